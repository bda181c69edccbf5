"""Progress as a live view in a terminal."""

import contextlib
import math
from collections.abc import Sequence
from types import TracebackType

import rich.console
import rich.live
import rich.progress_bar
import rich.table
import rich.text

from .format import duration_text, returns_text, speed_text
from .progress import LOSS_NAMES, Phase, Progress

MAX_RETURNS_DRAWN = 40
BAR_CHARACTERS = 24
BLOCKS = '▁▂▃▄▅▆▇█'


class Live:
    """A display for `Progress`: a bar for each phase, returns and losses; refreshes itself.

    Sentences, and what others print, stay above it.

    Args:
      console: a rich `Console`; that of standard output if None.
    """

    def __init__(self, console: rich.console.Console | None = None):
        self._console = console or rich.console.Console()
        self._progress: Progress | None = None
        self._live = rich.live.Live(
            console=self._console, get_renderable=self.view, refresh_per_second=2, transient=True
        )

    def __enter__(self) -> 'Live':
        self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with contextlib.suppress(OSError):
            self._live.stop()

    def say(self, text: str) -> None:
        """Prints a sentence; nothing where the terminal has been closed: the run goes on."""
        with contextlib.suppress(OSError):
            self._console.print(rich.text.Text(text), soft_wrap=True)

    def changed(self, progress: Progress) -> None:
        """Takes what is drawn from now on."""
        self._progress = progress

    def view(self) -> rich.console.RenderableType:
        """Returns what is to be drawn now."""
        progress = self._progress
        phases = progress.phases if progress else ()  # read once: the run goes on meanwhile
        if not progress or not phases:
            return ''
        parts: list[rich.console.RenderableType] = [_bars(phases)]
        if any(progress.returns.values()):
            parts.append(_returns(progress))
        if progress.losses:
            parts.append(_losses(progress))
        return rich.console.Group('', *parts)


def _bars(phases: Sequence[Phase]) -> rich.table.Table:
    table = rich.table.Table.grid(padding=(0, 2))
    for phase in phases:
        share = min(1.0, phase.done / phase.total) if phase.total else 1.0
        left = phase.seconds_left
        table.add_row(
            f'[bold]{phase.name}',
            rich.progress_bar.ProgressBar(phase.total, phase.done, width=BAR_CHARACTERS),
            f'{share:.1%}',
            f'{phase.done:,} / {phase.total:,} {phase.unit}',
            f'[cyan]{speed_text(phase)}',
            '' if left is None else f'[green]{duration_text(left)} left',
        )
    return table


def _returns(progress: Progress) -> rich.table.Table:
    table = rich.table.Table.grid(padding=(0, 2))
    for mode, values in progress.returns.items():
        if values:
            table.add_row(
                f'[bold]{mode} return', returns_text(values), f'[magenta]{sparkline(values[-MAX_RETURNS_DRAWN:])}'
            )
    if progress.published:
        table.add_row('[bold]published', progress.published)
    return table


def _losses(progress: Progress) -> str:
    known = {text: progress.losses[name] for name, text in LOSS_NAMES.items() if name in progress.losses}
    texts = [f'[dim]{text}[/] {value:.4g}' for text, value in known.items()]
    return '   '.join([f'[bold]{progress.updates:,} updates[/]', *texts])


def sparkline(values: Sequence[float]) -> str:
    """Returns a curve of block characters, one per value, from the smallest to the largest; gaps for NaN."""
    finite = [value for value in values if math.isfinite(value)] or [0]
    low, high = min(finite), max(finite)
    step = (high - low) / (len(BLOCKS) - 1) or 1
    return ''.join(BLOCKS[round((value - low) / step)] if math.isfinite(value) else ' ' for value in values)
