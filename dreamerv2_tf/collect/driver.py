"""Moves environments forward with a policy and hands on every row."""

import numpy as np


class Driver:
    """Steps N environments together and starts a new episode wherever one ended.

    Args:
      envs: `Serial` or `Processes`.
      on_row: function (row with its action, index of the environment), called in order.
    """

    def __init__(self, envs, on_row):
        self._envs, self._on_row = envs, on_row
        self.restart()

    def restart(self):
        """Forgets running episodes and the policy's state; the next step begins new episodes."""
        self._rows = [None] * len(self._envs)
        self._state = None

    def step(self, policy):
        """One agent step in every environment.

            row t -> policy -> action_{t+1} -> environment -> row t+1 with action_{t+1}

        policy: ({key: [N, ...]}, state or None) -> (actions [N, A], state).

        Returns the number of episodes that ended.
        """
        for index, row in enumerate(self._rows):
            if row is None or row['is_last']:
                self._rows[index] = self._envs.reset(index)
                self._on_row({**self._rows[index], 'action': self._envs.action.zeros()}, index)
        batch = {key: np.stack([row[key] for row in self._rows]) for key in self._rows[0]}
        actions, self._state = policy(batch, self._state)
        self._rows = self._envs.step(actions)
        for index, (row, action) in enumerate(zip(self._rows, actions)):
            self._on_row({**row, 'action': np.asarray(action, np.float32)}, index)
        return sum(bool(row['is_last']) for row in self._rows)


class RandomPolicy:
    """Uniform actions.

    Args:
      action: an `ActionSpec`.
      generator: a NumPy generator.
    """

    def __init__(self, action, generator):
        self._action, self._generator = action, generator

    def __call__(self, rows, state):
        count = len(rows['is_first'])
        return np.stack([self._action.random(self._generator) for _ in range(count)]), None
