"""Computes interquartile means, bootstrap intervals and performance profiles over games and seeds.

Source: Agarwal et al. 2021, Deep Reinforcement Learning at the Edge of the Statistical Precipice.
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from ..seeding import generator

RESAMPLES = 2000


class Interval(NamedTuple):
    """A statistic and its 95 % bootstrap interval.

    Attributes:
      value: the statistic.
      low, high: ends of the interval, or None if no game has two seeds.
    """

    value: float
    low: float | None
    high: float | None


def interquartile_mean(scores: np.ndarray, axis: int = -1) -> np.ndarray:
    """Returns the mean over an axis without the lowest and the highest quarter, floor(n / 4) scores each."""
    scores = np.sort(scores, axis)
    n = scores.shape[axis]
    return np.take(scores, range(n // 4, n - n // 4), axis).mean(axis)


def interval(scores: Mapping[str, np.ndarray]) -> Interval:
    """Returns the `Interval` of the interquartile mean over all runs of all games by a stratified bootstrap.

    Seeds are drawn anew within each game, with replacement; the same scores give the same interval.

    Args:
      scores: {game: normalised scores of its seeds [N]}.
    """
    value = float(interquartile_mean(np.concatenate(list(scores.values()))))
    if all(len(seeds) < 2 for seeds in scores.values()):
        return Interval(value, None, None)
    random = generator(0, 'bootstrap')
    drawn = np.concatenate(
        [seeds[random.integers(len(seeds), size=(RESAMPLES, len(seeds)))] for _, seeds in sorted(scores.items())], 1
    )
    low, high = np.quantile(interquartile_mean(drawn), (0.025, 0.975))
    return Interval(value, float(low), float(high))


def profile(scores: Mapping[str, np.ndarray], thresholds: np.ndarray) -> np.ndarray:
    """Returns the share of runs above each threshold, float64 [T]; each game has the same weight.

    Args:
      scores: {game: normalised scores of its seeds [N]}.
      thresholds: normalised scores [T].
    """
    return np.mean([(seeds[:, None] > thresholds).mean(0) for seeds in scores.values()], 0)
