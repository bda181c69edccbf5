"""Uniform random actions."""

from typing import Any

import numpy as np

from ..spec import ActionSpec


class RandomPolicy:
    """A policy of uniform actions, without a state.

    Args:
      action: the `ActionSpec` of the environment.
      generator: of the draws.
    """

    def __init__(self, action: ActionSpec, generator: np.random.Generator) -> None:
        self._action, self._generator = action, generator

    def __call__(self, rows: dict[str, np.ndarray], state: Any) -> tuple[np.ndarray, None]:
        """Returns (actions [N, A], None) for rows {key: [N, ...]}."""
        count = len(rows['is_first'])
        return np.stack([self._action.random(self._generator) for _ in range(count)]), None
