"""Counts of a run that no other part of it keeps."""

import math
from typing import Any

import numpy as np

from ..spec import State


class RunCounts:
    """Counts of a run, and what is known of its best evaluation.

    Attributes:
      steps: agent steps done.
      prefilled: whether the prefill is over.
      best_return: mean of the best evaluation so far, or None.
    """

    def __init__(self) -> None:
        self.steps = 0
        self.prefilled = False
        self.best_return: float | None = None

    def get_state(self) -> State:
        """Returns all counts."""
        return {'steps': self.steps, 'prefilled': self.prefilled, 'best_return': self.best_return}, {}

    def set_state(self, plain: dict[str, Any], arrays: dict[str, np.ndarray]) -> None:
        """Goes on from a state. A best mean that is not finite, which early versions kept, counts as none."""
        self.steps, self.prefilled = plain['steps'], plain['prefilled']
        best = plain['best_return']
        self.best_return = best if best is not None and math.isfinite(best) else None
