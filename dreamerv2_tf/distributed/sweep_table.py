"""What a terminal shows of a sweep: a live table, or a line for each change."""

import rich.console
import rich.live
import rich.table

from ..display.format import score_text
from ..display.printable import printable_lines
from .sweep import Progress, Standing

STYLES: dict[Standing, str] = {'finished': 'green', 'failed': 'red', 'running': 'bold', 'elsewhere': 'yellow'}


class LiveTable:
    """A table of all jobs that is drawn anew at each look; where nobody watches, lines of what changed.

    Used as a context: it is drawn inside alone.
    """

    def __init__(self, console: rich.console.Console) -> None:
        self._console = console
        self._live = rich.live.Live(console=console, auto_refresh=False) if console.is_terminal else None
        self._before: dict[str, Standing] = {}

    def __enter__(self) -> 'LiveTable':
        if self._live:
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._live:
            self._live.stop()

    def show(self, progress: list[Progress]) -> None:
        """Shows how far all jobs are."""
        if self._live:
            self._live.update(table(progress), refresh=True)
            return
        for one in progress:
            if self._before.get(one.job.name) != one.standing and one.standing != 'waiting':
                self._console.print(printable_lines(line(one)), markup=False, highlight=False, soft_wrap=True)
            self._before[one.job.name] = one.standing


def table(progress: list[Progress]) -> rich.table.Table:
    """Returns all jobs as a table."""
    rows = rich.table.Table('run', 'state', 'frames', 'of', 'evaluation', '', box=None)
    for one in progress:
        score = '' if one.score is None else score_text(one.score)
        style = STYLES.get(one.standing, 'dim')
        rows.add_row(
            one.job.name, one.standing, f'{one.frames:,}', f'{one.job.frames:,}', score, one.remark, style=style
        )
    return rows


def line(one: Progress) -> str:
    """Returns how far a job is as a line."""
    score = '' if one.score is None else f', evaluation {score_text(one.score)}'
    remark = f' ({one.remark})' if one.remark else ''
    return f'{one.job.name}: {one.standing} at {one.frames:,} frames{score}{remark}'
