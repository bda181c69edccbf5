"""Normalised scores and the paper's four aggregates of them."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, TypeVar

import numpy as np

from . import published

Scores = TypeVar('Scores', float, np.ndarray)


class Aggregates(NamedTuple):
    """The columns of the paper's Table 1.

    Attributes:
      gamer_median, gamer_mean: median and mean of gamer-normalised scores over the games.
      record_mean: mean of record-normalised scores over the games.
      clipped_record_mean: the same, each game's score clipped at 1.
    """

    gamer_median: float
    gamer_mean: float
    record_mean: float
    clipped_record_mean: float


def normalized(score: Scores, game: published.Game, reference: str) -> Scores:
    """Returns (score - random) / (reference - random); 0 is random play, 1 the reference.

    Args:
      score: raw score, or an array of them of any shape.
      game: a `Game`.
      reference: 'gamer' or 'record'.
    """
    low, high = game.scores['random'], game.scores[reference]
    return (score - low) / (high - low)


def aggregates(scores: Mapping[str, float | Sequence[float] | np.ndarray]) -> Aggregates:
    """Returns the `Aggregates` over games (paper, Table 1): seeds are averaged first, then games.

    Args:
      scores: {name of a game: raw score, or those of all seeds [N]}, at least one game.
    """
    means = [(published.games()[name], float(np.mean(values))) for name, values in scores.items()]
    gamer, record = (
        np.array([normalized(mean, game, reference) for game, mean in means]) for reference in ('gamer', 'record')
    )
    return Aggregates(*map(float, (np.median(gamer), np.mean(gamer), np.mean(record), np.mean(np.minimum(record, 1)))))


def table_1() -> dict[str, Aggregates]:
    """Returns {method: `Aggregates`} over the paper's 55 games: its Table 1."""
    games = published.games().values()
    finals = {variant: {game.name: game.finals[variant] for game in games} for variant in published.VARIANTS}
    baselines = {name: {game.name: game.scores[name] for game in games} for name in published.BASELINES}
    return {method: aggregates(scores) for method, scores in (finals | baselines).items()}
