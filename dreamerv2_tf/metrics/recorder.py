"""Collects numbers while a run goes on and hands them to sinks."""

import time

import numpy as np


class Recorder:
    """Averages what is added until it is written.

    Args:
      sinks: objects with `write(step, {name: float})`, where step counts frames.
    """

    def __init__(self, sinks):
        self._sinks = sinks
        self._added = {}
        self._last = None  # (seconds, frames) of the last write

    def add(self, numbers):
        """{name: number}."""
        for name, value in numbers.items():
            self._added.setdefault(name, []).append(value)

    @property
    def state(self):
        """{name: [numbers added since the last write]}."""
        return {name: list(values) for name, values in self._added.items()}

    def restore(self, state):
        """Goes on from a `state`."""
        self._added = {name: list(values) for name, values in state.items()}

    def write_at_once(self, frames, numbers):
        """Writes {name: float} as it is, such as the return of an episode that just ended."""
        for sink in self._sinks:
            sink.write(frames, numbers)

    def write(self, frames):
        """Writes the mean of every number, and `fps`, the frames per second since the last time."""
        if not self._added:
            return
        means = {name: float(np.mean(values)) for name, values in self._added.items()}
        now = time.monotonic()
        if self._last and now > self._last[0]:
            means['fps'] = (frames - self._last[1]) / (now - self._last[0])
        self._last = (now, frames)
        self._added.clear()
        self.write_at_once(frames, means)
