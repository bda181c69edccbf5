"""Statistics over games and seeds: interquartile means, bootstrap intervals, performance profiles.

Source: Agarwal et al. 2021, Deep Reinforcement Learning at the Edge of the Statistical Precipice.
"""

from typing import NamedTuple

import numpy as np

from ..seeding import generator

RESAMPLES = 2000


class Interval(NamedTuple):
    """A statistic and its 95 % bootstrap interval; `low` and `high` are None without two seeds of a game."""

    value: float
    low: float | None
    high: float | None


def interquartile_mean(scores, axis=-1):
    """Mean without the lowest and the highest quarter, floor(n / 4) scores each."""
    scores = np.sort(scores, axis)
    n = scores.shape[axis]
    return np.take(scores, range(n // 4, n - n // 4), axis).mean(axis)


def interval(scores):
    """`Interval` of the interquartile mean over all runs of all games, a stratified bootstrap.

    Seeds are drawn anew within each game, with replacement; the same scores give the same interval.

    scores: {game: normalised scores of its seeds [N]}.
    """
    value = float(interquartile_mean(np.concatenate(list(scores.values()))))
    if all(len(seeds) < 2 for seeds in scores.values()):
        return Interval(value, None, None)
    random = generator(0, 'bootstrap')
    drawn = np.concatenate(
        [seeds[random.integers(len(seeds), size=(RESAMPLES, len(seeds)))] for _, seeds in sorted(scores.items())], 1
    )
    return Interval(value, *map(float, np.quantile(interquartile_mean(drawn), (0.025, 0.975))))


def profile(scores, thresholds):
    """Share of runs above each threshold [T], each game weighing the same.

    scores: {game: normalised scores of its seeds [N]}.
    """
    return np.mean([(seeds[:, None] > thresholds).mean(0) for seeds in scores.values()], 0)
