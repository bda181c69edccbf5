"""Moves environments forward with a policy and hands on every row."""

from collections.abc import Callable
from typing import Any

import numpy as np

from ..spec import Row, State

Policy = Callable[[Row, Any], tuple[np.ndarray, Any]]  # ({key: [N, ...]}, state or None) -> (actions [N, A], state)
OnRow = Callable[[Row, int], None]  # (row with its action, index of the environment)


class Driver:
    """Steps N environments together and starts a new episode wherever one ended.

    Args:
      envs: `Serial` or `Processes`.
      seeds: function (index of the environment) that gives the seed of its next episode.
    """

    def __init__(self, envs: Any, seeds: Callable[[int], int]) -> None:
        self._envs, self._seeds = envs, seeds
        self.restart()

    def restart(self) -> None:
        """Forgets running episodes and the policy's state; the next step begins new episodes."""
        self._rows: list[Row | None] = [None] * len(self._envs)  # the newest ones, without their actions
        self._policy_state: Any = None

    def step(self, policy: Policy, on_row: OnRow) -> int:
        """One agent step in every environment.

            row t -> policy -> action_{t+1} -> environment -> row t+1 with action_{t+1}

        Args:
          policy: chooses the actions.
          on_row: called with every new row, in the order of the environments.

        Returns the number of episodes that ended.
        """
        for index, row in enumerate(self._rows):
            if row is None or row['is_last']:
                self._rows[index] = first = self._envs.reset(index, self._seeds(index))
                on_row({**first, 'action': self._envs.action.zeros()}, index)
        rows = [row for row in self._rows if row is not None]
        batch = {key: np.stack([row[key] for row in rows]) for key in rows[0]}
        actions, self._policy_state = policy(batch, self._policy_state)
        rows = self._envs.step(actions)
        self._rows = [*rows]
        for index, (row, action) in enumerate(zip(rows, actions)):
            on_row({**row, 'action': np.asarray(action, np.float32)}, index)
        return sum(bool(row['is_last']) for row in rows)

    def get_state(self) -> State:
        """Rows of running episodes as `rows/INDEX/KEY`, and what the policy remembers as `policy/NAME`."""
        state = self._policy_state
        remembered = state if state is None or isinstance(state, dict) else state.to_arrays()
        arrays = {f'policy/{name}': array for name, array in (remembered or {}).items()}
        for index, row in enumerate(self._rows):
            if row is not None and not row['is_last']:
                arrays |= {f'rows/{index}/{key}': value for key, value in row.items()}
        return {}, arrays

    def set_state(self, plain: Any, arrays: dict[str, np.ndarray]) -> None:
        """Goes on from a state; the environments must go on with the same episodes."""
        self.restart()
        self._policy_state = _below(arrays, 'policy/') or None
        for index in range(len(self._rows)):
            self._rows[index] = _below(arrays, f'rows/{index}/') or None


def _below(arrays: dict[str, np.ndarray], prefix: str) -> dict[str, np.ndarray]:
    """{'PREFIXa': x} -> {'a': x}."""
    return {name.removeprefix(prefix): array for name, array in arrays.items() if name.startswith(prefix)}
