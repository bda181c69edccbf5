"""Acts without looking."""

from typing import Any

import numpy as np

from ..spec import ActionSpec


class RandomPolicy:
    """Uniform actions; remembers nothing.

    Args:
      action: what actions are.
      generator: draws them.
    """

    def __init__(self, action: ActionSpec, generator: np.random.Generator) -> None:
        self._action, self._generator = action, generator

    def __call__(self, rows: dict[str, np.ndarray], state: Any) -> tuple[np.ndarray, None]:
        """Rows {key: [N, ...]} -> (actions [N, A], None)."""
        count = len(rows['is_first'])
        return np.stack([self._action.random(self._generator) for _ in range(count)]), None
