"""Progress as lines of text, for files and pipes."""

import logging
import sys
import time

from .format import duration_text, returns_text, speed_text
from .progress import LOSSES

OFTEN_SECONDS, SELDOM_SECONDS = 10, 60  # between lines: in the first five minutes, and later

_log = logging.getLogger(__name__)


class Lines:
    """A display for `Progress` that prints a line now and then.

    Args:
      stream: where to; standard output if None.
      clock: function that gives seconds.
    """

    def __init__(self, stream=None, clock=time.monotonic):
        self._stream, self._clock = stream or sys.stdout, clock
        self._began = self._last = clock()
        self._told = None  # losses of the last line

    def __enter__(self):
        return self

    def __exit__(self, *_):
        """Nothing is left to print."""

    def say(self, text):
        """Prints a line; once nobody reads them any more, nothing."""
        if self._stream is None:
            return
        try:
            print(text, file=self._stream, flush=True)
        except OSError:
            self._stream = None
            _log.warning('nobody reads what is printed; the run goes on')

    def changed(self, progress):
        now = self._clock()
        pause = OFTEN_SECONDS if now < self._began + 300 else SELDOM_SECONDS
        if progress.phases and now >= self._last + pause:
            self._last = now
            self.say(self._line(progress))

    def _line(self, progress):
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
        if progress.losses is not self._told:
            self._told = progress.losses
            parts += [f'{text} {progress.losses[name]:.4g}' for name, text in LOSSES.items() if name in progress.losses]
        return ' | '.join(part for part in parts if part)
