"""The card of an agent: what it has learned from, and how well it plays. Exported agents carry one."""

import math
import statistics
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Self

from ..spec import State

PART = 'card'  # of a checkpoint, see `checkpoint_format`
CURVE_POINTS = 200


class Card(NamedTuple):
    """What is known of an exported agent.

    Attributes:
      steps: agent steps it has learned from.
      updates: of its weights.
      curve: [(frames, return)] of the evaluations of its run, thinned to 200 points.
      returns: of the episodes it was judged by; empty where it was not judged.
      seed: of these episodes.
    """

    steps: int
    updates: int
    curve: list[tuple[int, float]]
    returns: list[float]
    seed: int

    @property
    def mean(self) -> float:
        """Mean of `returns`, or NaN."""
        return statistics.fmean(self.returns) if self.returns else math.nan

    @property
    def standard_error(self) -> float:
        """Standard error of `mean`, or NaN where there are fewer than two returns."""
        count = len(self.returns)
        return statistics.stdev(self.returns) / math.sqrt(count) if count > 1 else math.nan

    def text(self) -> str:
        """Returns what people want to know first, as a phrase."""
        learned = f'exported after {self.steps:,} agent steps, {self.updates:,} updates'
        if not self.returns:
            return learned
        error = f' (standard error {self.standard_error:.2g})' if len(self.returns) > 1 else ''
        return f'{learned}; return {self.mean:.4g}{error} of {len(self.returns)} episodes'

    def to_state(self) -> State:
        """Returns it as the part of a checkpoint."""
        return self._asdict(), {}

    @classmethod
    def from_parts(cls, parts: Mapping[str, State]) -> Self | None:
        """Returns the card among the parts of a checkpoint, which `checkpoint_forms` has checked, or None."""
        if PART not in parts:
            return None
        plain: dict[str, Any] = parts[PART][0]
        curve = [(frames, score) for frames, score in plain['curve']]
        return cls(plain['steps'], plain['updates'], curve, plain['returns'], plain['seed'])


def thinned(curve: Sequence[tuple[int, float]]) -> list[tuple[int, float]]:
    """Returns at most 200 points of a curve, evenly spread, with the last one."""
    every = math.ceil(len(curve) / CURVE_POINTS) or 1
    return list(curve[::-1][::every][::-1])
