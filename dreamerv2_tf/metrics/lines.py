"""Progress as lines of text, for files and pipes."""

import sys
import time

from .progress import duration, returns_text, speed

OFTEN_SECONDS, SELDOM_SECONDS = 10, 60  # between lines: in the first five minutes, and later
LOSSES = ('image_loss', 'reward_loss', 'model_kl', 'actor_ent', 'critic_target')


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
        self._stream.flush()

    def say(self, text):
        print(text, file=self._stream, flush=True)

    def changed(self, progress):
        now = self._clock()
        pause = OFTEN_SECONDS if now < self._began + 300 else SELDOM_SECONDS
        if progress.phases and now >= self._last + pause:
            self._last = now
            self.say(self._line(progress))

    def _line(self, progress):
        phase = progress.phases[-1]
        parts = [f'{phase.name} {phase.done:,} of {phase.total:,} {phase.unit}', speed(phase)]
        if phase.seconds_left is not None:
            parts.append(f'{duration(phase.seconds_left)} left')
        if progress.updates:
            parts.append(f'{progress.updates:,} updates')
        for mode, returns in progress.returns.items():
            if returns:
                parts.append(f'{mode} return {returns_text(returns)}')
        if progress.losses is not self._told:
            self._told = progress.losses
            parts += [f'{name} {progress.losses[name]:.4g}' for name in LOSSES if name in progress.losses]
        return ' | '.join(part for part in parts if part)
