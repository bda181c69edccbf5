"""Progress as a live picture in a terminal."""

import contextlib
import math

import rich.console
import rich.live
import rich.progress_bar
import rich.table
import rich.text

from .format import duration_text, returns_text, speed_text
from .progress import LOSSES

BLOCKS = '▁▂▃▄▅▆▇█'


class Live:
    """A display for `Progress`: a bar for each phase, returns and losses; refreshes itself.

    Sentences, and what others print, stay above it.

    Args:
      console: a rich `Console`; that of standard output if None.
    """

    def __init__(self, console=None):
        self._console = console or rich.console.Console()
        self._progress = None
        self._live = rich.live.Live(
            console=self._console, get_renderable=self.picture, refresh_per_second=2, transient=True
        )

    def __enter__(self):
        self._live.start()
        return self

    def __exit__(self, *_):
        with contextlib.suppress(OSError):
            self._live.stop()

    def say(self, text):
        """Prints a sentence; nothing where the terminal has been closed: the run goes on."""
        with contextlib.suppress(OSError):
            self._console.print(rich.text.Text(text), soft_wrap=True)

    def changed(self, progress):
        self._progress = progress

    def picture(self):
        """What is to be seen now."""
        progress = self._progress
        phases = progress.phases if progress else ()  # read once: the run goes on meanwhile
        if not phases:
            return ''
        parts = [_bars(phases)]
        if any(progress.returns.values()):
            parts.append(_returns(progress))
        if progress.losses:
            parts.append(_losses(progress))
        return rich.console.Group('', *parts)


def _bars(phases):
    table = rich.table.Table.grid(padding=(0, 2))
    for phase in phases:
        share = min(1.0, phase.done / phase.total) if phase.total else 1.0
        left = phase.seconds_left
        table.add_row(
            f'[bold]{phase.name}',
            rich.progress_bar.ProgressBar(phase.total, phase.done, width=24),
            f'{share:.1%}',
            f'{phase.done:,} / {phase.total:,} {phase.unit}',
            f'[cyan]{speed_text(phase)}',
            '' if left is None else f'[green]{duration_text(left)} left',
        )
    return table


def _returns(progress):
    table = rich.table.Table.grid(padding=(0, 2))
    for mode, values in progress.returns.items():
        if values:
            table.add_row(f'[bold]{mode} return', returns_text(values), f'[magenta]{sparkline(values[-40:])}')
    if progress.published:
        table.add_row('[bold]published', progress.published)
    return table


def _losses(progress):
    shown = {text: progress.losses[name] for name, text in LOSSES.items() if name in progress.losses}
    texts = [f'[dim]{text}[/] {value:.4g}' for text, value in shown.items()]
    return '   '.join([f'[bold]{progress.updates:,} updates[/]', *texts])


def sparkline(values):
    """A curve of block characters, one per value, from the smallest to the largest; gaps for NaN."""
    finite = [value for value in values if math.isfinite(value)] or [0]
    low, high = min(finite), max(finite)
    step = (high - low) / (len(BLOCKS) - 1) or 1
    return ''.join(BLOCKS[round((value - low) / step)] if math.isfinite(value) else ' ' for value in values)
