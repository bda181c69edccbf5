"""A published learning curve, and its figures at any number of frames."""

from typing import NamedTuple

import numpy as np


class Point(NamedTuple):
    """The figures of a published curve at one number of frames.

    Attributes:
      frames: the number of frames.
      mean, std, low, high: mean, standard deviation and range of the published seeds' raw scores.
      seeds: how many seeds there are.
      how: 'published', 'interpolated' between two published points, or 'last' behind the last one.
    """

    frames: int
    mean: float
    std: float
    low: float
    high: float
    seeds: int
    how: str

    def verdict(self, score: float) -> str:
        """Returns where a raw score lies to the seeds' range, ends included: 'inside', 'above' or 'below'."""
        if score < self.low:
            return 'below'
        return 'above' if score > self.high else 'inside'


class Curve(NamedTuple):
    """Published points, ordered by frames; each array is float64 [N]. Source: `data/provenance.json`.

    Attributes:
      task: its name.
      method: name of the agent.
      frames: right edges of the bins.
      mean, std, low, high: mean, standard deviation and range of the seeds' raw scores in each bin.
      seeds: number of runs behind each point.
      running: how many of them had not stopped yet.
    """

    task: str
    method: str
    frames: np.ndarray
    mean: np.ndarray
    std: np.ndarray
    low: np.ndarray
    high: np.ndarray
    seeds: np.ndarray
    running: np.ndarray

    @property
    def first(self) -> int:
        """Frames of the first point; nothing is known before it."""
        return int(self.frames[0])

    @property
    def last(self) -> int:
        """Frames of the last point."""
        return int(self.frames[-1])

    def at(self, frames: float) -> Point | None:
        """Returns the `Point` at a number of frames, or None before the first one.

        Between points all figures are interpolated linearly; behind the last one they stay.
        """
        if frames < self.first:
            return None
        how = 'last' if frames > self.last else 'published' if frames in self.frames else 'interpolated'
        mean, std, low, high = (
            float(np.interp(frames, self.frames, values)) for values in (self.mean, self.std, self.low, self.high)
        )
        return Point(int(frames), mean, std, low, high, int(self.seeds[0]), how)
