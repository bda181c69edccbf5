"""What is known of an environment, as a short text for a terminal."""

from collections.abc import Sequence

import rich.console
import rich.table
import rich.text

from ..display.format import score_text
from ..display.printable import plain
from ..spec import Spec
from .examine import Examination


def report(task: str, found: Examination) -> rich.console.Group:
    """Returns what rich can print of an examination."""
    parts: list[rich.console.RenderableType] = [plain(task, 'bold'), _seen(found)]
    parts += _list('acts    ', [found.actions] if found.actions else []) + _list('note    ', found.notes)
    if found.steps:
        parts.append(_played(found))
    parts += _list('remark  ', found.remarks)
    if found.problems:
        wrong = 'one thing is wrong' if len(found.problems) == 1 else f'{len(found.problems)} things are wrong'
        parts.append(rich.text.Text(f'{wrong}:', 'bold red'))
    else:
        parts.append(rich.text.Text('nothing is wrong', 'bold green'))
    return rich.console.Group(*parts, *_list('-', found.problems))


def _list(mark: str, sentences: Sequence[str]) -> list[rich.console.RenderableType]:
    """Returns sentences, each of which stays right of its mark where it is long."""
    tables = [rich.table.Table.grid(padding=(0, 2, 0, 0)) for _ in sentences]
    for table, sentence in zip(tables, sentences):
        table.add_row(mark, plain(sentence))
    return list(tables)


def _seen(found: Examination) -> rich.table.Table:
    table = rich.table.Table.grid(padding=(0, 2))
    for number, (key, spec) in enumerate(found.observation.items()):
        table.add_row('observes' if not number else '        ', plain(key), _kind(key, spec))
    return table


def _kind(key: str, spec: Spec) -> str:
    """Returns how an agent sees an observation."""
    if key.startswith('log_'):
        return 'recorded, and not observed'
    if len(spec.shape) == 3:
        height, width, channels = spec.shape
        return f'image of {height} x {width} pixels, {channels} channel{"s" * (channels > 1)}'
    return f'vector of {spec.shape[0]:,}, {spec.dtype}' if spec.shape else f'number, {spec.dtype}'


def _played(found: Examination) -> rich.text.Text:
    """Returns a line on steps, speed and episodes."""
    speed = found.steps / max(sum(found.seconds), 1e-9)
    text = f'{found.steps:,} random steps, {speed:,.0f} a second'
    if found.lengths:
        lengths, returns = (min(found.lengths), max(found.lengths)), (min(found.returns), max(found.returns))
        text += (
            f'; {len(found.lengths):,} episodes of {lengths[0]:,} to {lengths[1]:,} steps, '
            f'returns from {score_text(returns[0])} to {score_text(returns[1])}'
        )
    return rich.text.Text(text)
