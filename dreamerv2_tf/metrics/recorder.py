"""Collects numbers while a run goes on and hands them to sinks."""

import time
from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np

from ..spec import State


class Sink(Protocol):
    """Takes numbers, such as a file or a service."""

    def write(self, step: int, numbers: dict[str, float]) -> None:
        """Takes {name: number} of a step, in frames."""


class Recorder:
    """Averages the numbers that are added until they are written to all sinks."""

    def __init__(self, sinks: Sequence[Sink]):
        self._sinks = sinks
        self._added: dict[str, list[float]] = {}
        self._last: tuple[float, int] | None = None  # (seconds, frames) of the last write

    def add(self, numbers: Mapping[str, float]) -> None:
        """Takes {name: number} into the next means."""
        for name, value in numbers.items():
            self._added.setdefault(name, []).append(value)

    def get_state(self) -> State:
        """({name: [numbers added since the last write]}, no arrays)."""
        return {name: list(values) for name, values in self._added.items()}, {}

    def set_state(self, plain: dict[str, list[float]], arrays: dict[str, np.ndarray]) -> None:
        """Goes on from a state."""
        self._added = {name: list(values) for name, values in plain.items()}

    def write_at_once(self, frames: int, numbers: dict[str, float]) -> None:
        """Writes {name: number} as it is, such as the return of an episode that just ended."""
        for sink in self._sinks:
            sink.write(frames, numbers)

    def write(self, frames: int) -> None:
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
