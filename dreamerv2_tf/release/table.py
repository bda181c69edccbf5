"""What became of every array of a release's checkpoint, for people."""

from collections.abc import Sequence

from .weights import Found


def table(found: Sequence[Found]) -> str:
    """Returns a line per array, then how many of them are weights and which are left out."""
    width = max(len(one.name) for one in found)
    lines = [f'{index:4}  {one.name:{width}}  {_content(one)}' for index, one in enumerate(found)]
    others = [one.name for one in found if not one.is_weight]
    lines.append(
        f'{len(found) - len(others)} of {len(found)} arrays are weights; left out are {len(others)}: '
        f'{", ".join(others)}. The state of optimizers is not in the file; they begin anew'
    )
    return '\n'.join(lines)


def _content(one: Found) -> str:
    return 'x'.join(map(str, one.array.shape)) if one.is_weight else f'{one.array}, left out'
