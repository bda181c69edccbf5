"""Progress as lines of text, for files and pipes."""

import logging
import sys
import time
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import TextIO

from .format import duration_text, returns_text, speed_text
from .progress import LOSS_NAMES, Progress

FIRST_SECONDS = 300  # of a run, in which lines come more often
SECONDS_BETWEEN_FIRST_LINES, SECONDS_BETWEEN_LINES = 10, 60

_log = logging.getLogger(__name__)


class Lines:
    """A display for `Progress` that prints a line now and then.

    Args:
      stream: where to; standard output if None. A process without one prints nothing.
      clock: function that gives seconds.
    """

    def __init__(self, stream: TextIO | None = None, clock: Callable[[], float] = time.monotonic):
        self._stream: TextIO | None = stream or sys.stdout  # None where nobody reads it
        self._clock = clock
        self._began = self._last = clock()
        self._printed_losses: Mapping[str, float] | None = None  # of the last line that had any

    def __enter__(self) -> 'Lines':
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leaves nothing to be printed."""

    def say(self, text: str) -> None:
        """Prints a line, until the reader of the output has closed it."""
        if self._stream is None:
            return
        try:
            print(text, file=self._stream, flush=True)
        except OSError:
            self._stream = None
            _log.warning('nobody reads what is printed; the run goes on')

    def changed(self, progress: Progress) -> None:
        """Prints a line where the last one is old enough."""
        now = self._clock()
        is_first = now < self._began + FIRST_SECONDS
        pause = SECONDS_BETWEEN_FIRST_LINES if is_first else SECONDS_BETWEEN_LINES
        if progress.phases and now >= self._last + pause:
            self._last = now
            self.say(self._line(progress))

    def _line(self, progress: Progress) -> str:
        phase = progress.phases[-1]
        parts = [f'{phase.name} {phase.done:,} of {phase.total:,} {phase.unit}', speed_text(phase)]
        if phase.seconds_left is not None:
            parts.append(f'{duration_text(phase.seconds_left)} left')
        if progress.updates:
            parts.append(f'{progress.updates:,} updates')
        for mode, returns in progress.returns.items():
            if returns:
                parts.append(f'{mode} return {returns_text(returns)}')
        if progress.published:
            parts.append(f'published {progress.published}')
        if progress.losses is not self._printed_losses:
            self._printed_losses = progress.losses
            known = {text: progress.losses[name] for name, text in LOSS_NAMES.items() if name in progress.losses}
            parts += [f'{text} {value:.4g}' for text, value in known.items()]
        return ' | '.join(part for part in parts if part)
