"""A published learning curve, and what it says at any number of frames."""

from typing import NamedTuple

import numpy as np


class Point(NamedTuple):
    """A place on a published curve.

    Attributes:
      frames: where it is.
      mean, std, low, high: of the published seeds.
      seeds: how many there are.
      how: 'published', 'interpolated' between two published points, or 'last' behind the last one.
    """

    frames: int
    mean: float
    std: float
    low: float
    high: float
    seeds: int
    how: str

    def verdict(self, score):
        """'inside', 'above' or 'below' the range of the published seeds, ends included."""
        if score < self.low:
            return 'below'
        return 'above' if score > self.high else 'inside'


class Curve(NamedTuple):
    """Published points, each array [N], ordered by frames; source: `data/provenance.json`.

    Attributes:
      method: the agent.
      frames: right edges of the bins.
      mean, std, low, high: of the seeds' bins.
      seeds: runs behind a point.
      running: of them, those that had not stopped yet.
    """

    method: str
    frames: np.ndarray
    mean: np.ndarray
    std: np.ndarray
    low: np.ndarray
    high: np.ndarray
    seeds: np.ndarray
    running: np.ndarray

    @property
    def first(self):
        """Frames of the first point; nothing is known before it."""
        return int(self.frames[0])

    @property
    def last(self):
        """Frames of the last point."""
        return int(self.frames[-1])

    def at(self, frames):
        """The `Point` at a number of frames, or None before the first one.

        Between points all figures are interpolated linearly; behind the last one they stay.
        """
        if frames < self.first:
            return None
        how = 'last' if frames > self.last else 'published' if frames in self.frames else 'interpolated'
        figures = [
            float(np.interp(frames, self.frames, values)) for values in (self.mean, self.std, self.low, self.high)
        ]
        return Point(frames, *figures, int(self.seeds[0]), how)
