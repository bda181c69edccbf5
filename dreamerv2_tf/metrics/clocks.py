"""Says when something is due."""

import time


class Every:
    """Fires on its first call, then whenever `step` has reached the last time + n; never if n is 0."""

    def __init__(self, every):
        self._every = every
        self.last = None

    def at(self, step):
        """Whether it would fire."""
        return bool(self._every) and (self.last is None or step >= self.last + self._every)

    def __call__(self, step):
        fires = self.at(step)
        if fires:
            self.last = step if self.last is None else self.last + self._every
        return fires


class Since:
    """Fires when so many frames or so many minutes have gone by since `restart`; 0 = never."""

    def __init__(self, frames, minutes, clock=time.monotonic):
        self._frames, self._seconds, self._clock = frames, 60 * minutes, clock
        self.restart(0)

    def restart(self, frames):
        """Counts anew from here."""
        self._last = frames, self._clock()

    def __call__(self, frames):
        before, then = self._last
        return bool(
            self._frames and frames >= before + self._frames or self._seconds and self._clock() >= then + self._seconds
        )
