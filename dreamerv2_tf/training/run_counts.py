"""Counts of a run that no other part of it keeps."""

import math
from typing import Any

import numpy as np

from ..spec import State


class RunCounts:
    """Counts of a run, and what is known of its best evaluation."""

    def __init__(self) -> None:
        self._steps = 0
        self._prefilled = False
        self._best_return: float | None = None
        self._episode_limit: int | None = None

    @property
    def steps(self) -> int:
        """Agent steps done."""
        return self._steps

    @property
    def prefilled(self) -> bool:
        """Whether the prefill is over."""
        return self._prefilled

    @property
    def episode_limit(self) -> int | None:
        """Agent steps after which episodes are cut, since none ended in the prefill; None = never."""
        return self._episode_limit

    def add_steps(self, steps: int) -> None:
        """Counts further agent steps."""
        self._steps += steps

    def end_prefill(self) -> None:
        """The prefill is over."""
        self._prefilled = True

    def limit_episodes(self, steps: int) -> None:
        """Episodes are cut after so many agent steps from now on."""
        self._episode_limit = steps

    def is_best(self, mean_return: float) -> bool:
        """Returns whether an evaluation is the best one so far, and remembers it; one that is not finite never is."""
        best = math.isfinite(mean_return) and (self._best_return is None or mean_return > self._best_return)
        if best:
            self._best_return = mean_return
        return best

    def get_state(self) -> State:
        """Returns all counts."""
        counts = {'steps': self._steps, 'prefilled': self._prefilled, 'best_return': self._best_return}
        return counts | ({'episode_limit': self._episode_limit} if self._episode_limit else {}), {}

    def set_state(self, plain: dict[str, Any], arrays: dict[str, np.ndarray]) -> None:
        """Goes on from a state. A best mean that is not finite, which early versions kept, counts as none."""
        self._steps, self._prefilled = plain['steps'], plain['prefilled']
        self._episode_limit = plain.get('episode_limit')
        best = plain['best_return']
        self._best_return = best if best is not None and math.isfinite(best) else None
