"""Moves environments forward with a policy and hands on every row."""

from collections.abc import Callable
from typing import Any

import numpy as np

from ..envs.calls import Failure
from ..envs.vector import Environments
from ..spec import Row, State
from .failures import Failures

Policy = Callable[[Row, Any], tuple[np.ndarray, Any]]  # ({key: [N, ...]}, state or None) -> (actions [N, A], state)
OnRow = Callable[[Row, int], None]  # (row with its action, index of the environment)
OnCut = Callable[[int], None]  # (index of the environment)


class Driver:
    """Steps N environments together and starts a new episode wherever one ended.

    Args:
      envs: that are stepped.
      seeds: function (index of the environment) that gives the seed of its next episode.
      episode_limit: function that gives the agent steps after which an episode ends as truncated; None = never.
    """

    def __init__(
        self, envs: Environments, seeds: Callable[[int], int], episode_limit: Callable[[], int | None] = lambda: None
    ) -> None:
        self._envs, self._seeds, self._episode_limit = envs, seeds, episode_limit
        self._failures = Failures(len(envs))
        self.restart()

    def restart(self) -> None:
        """Forgets running episodes and the policy's state; the next step begins new episodes."""
        self._rows: list[Row | None] = [None] * len(self._envs)  # the newest ones, without their actions
        self._steps = [0] * len(self._envs)  # of running episodes
        self._policy_state: Any = None

    def step(self, policy: Policy, on_row: OnRow, on_cut: OnCut = lambda index: None) -> int:
        """One agent step in every environment.

            row t -> policy -> action_{t+1} -> environment -> row t+1 with action_{t+1}

        Where an environment fails, its episode ends without a further row, and the next call begins a new one. If it
        fails while it begins one, nobody steps in this call.

        Args:
          policy: chooses the actions.
          on_row: called with every new row, in the order of the environments.
          on_cut: called in place of `on_row` for an environment that failed.

        Returns the number of episodes that ended by themselves.

        Raises:
          EnvironmentFailed: an environment failed three times in a row; all rows were handed on.
        """
        for index, newest in enumerate(self._rows):
            if newest is None or newest['is_last']:
                first = self._envs.reset(index, self._seeds(index))
                if isinstance(first, Failure):
                    self._cut(index, on_cut)
                    self._failures.add(index, first)
                    return 0
                self._rows[index], self._steps[index] = first, 0
                on_row({**first, 'action': self._envs.action.zeros()}, index)
        rows = [row for row in self._rows if row is not None]
        batch = {key: np.stack([row[key] for row in rows]) for key in rows[0]}
        actions, self._policy_state = policy(batch, self._policy_state)
        answers = [self._limited(index, answer) for index, answer in enumerate(self._envs.step(actions))]
        self._rows = [None if isinstance(answer, Failure) else answer for answer in answers]
        for index, (row, action) in enumerate(zip(self._rows, actions)):
            if row is None:
                self._cut(index, on_cut)
            else:
                self._failures.stepped(index, row)
                on_row({**row, 'action': np.asarray(action, np.float32)}, index)
        for index, answer in enumerate(answers):
            if isinstance(answer, Failure):
                self._failures.add(index, answer)
        return sum(bool(row['is_last']) for row in self._rows if row is not None)

    def _limited(self, index: int, answer: Row | Failure) -> Row | Failure:
        """Returns a row, with is_last at the limit of episodes."""
        self._steps[index] += 1
        limit = self._episode_limit()
        if isinstance(answer, Failure) or limit is None or self._steps[index] < limit:
            return answer
        return {**answer, 'is_last': np.array(True)}

    def _cut(self, index: int, on_cut: OnCut) -> None:
        self._rows[index] = None
        on_cut(index)

    def get_state(self) -> State:
        """Rows of running episodes as `rows/INDEX/KEY`, and what the policy remembers as `policy/NAME`.

        The steps of running episodes count only where there is a limit.
        """
        state = self._policy_state
        remembered = state if state is None or isinstance(state, dict) else state.to_arrays()
        arrays = {f'policy/{name}': array for name, array in (remembered or {}).items()}
        for index, row in enumerate(self._rows):
            if row is not None and not row['is_last']:
                arrays |= {f'rows/{index}/{key}': value for key, value in row.items()}
        return {'episode_steps': list(self._steps)} if self._episode_limit() else {}, arrays

    def set_state(self, plain: Any, arrays: dict[str, np.ndarray]) -> None:
        """Goes on from a state; the environments must go on with the same episodes."""
        self.restart()
        self._steps = plain.get('episode_steps', self._steps)
        self._policy_state = _below(arrays, 'policy/') or None
        for index in range(len(self._rows)):
            self._rows[index] = _below(arrays, f'rows/{index}/') or None


def _below(arrays: dict[str, np.ndarray], prefix: str) -> dict[str, np.ndarray]:
    """{'PREFIXa': x} -> {'a': x}."""
    return {name.removeprefix(prefix): array for name, array in arrays.items() if name.startswith(prefix)}
