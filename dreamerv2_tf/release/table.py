"""A table of the arrays of a release's checkpoint, and which of them are weights."""

from collections.abc import Sequence

from .weights import NamedArray


def table(arrays: Sequence[NamedArray]) -> str:
    """Returns a line per array, then how many of them are weights and which are left out."""
    width = max(len(one.name) for one in arrays)
    lines = [f'{index:4}  {one.name:{width}}  {_content(one)}' for index, one in enumerate(arrays)]
    others = [one.name for one in arrays if not one.is_weight]
    lines.append(
        f'{len(arrays) - len(others)} of {len(arrays)} arrays are weights; left out are {len(others)}: '
        f'{", ".join(others)}. The state of optimizers is not in the file; they begin anew'
    )
    return '\n'.join(lines)


def _content(one: NamedArray) -> str:
    return 'x'.join(map(str, one.array.shape)) if one.is_weight else f'{one.array}, left out'
