"""Moves environments forward with a policy and hands on every row."""

import numpy as np


class Driver:
    """Steps N environments together and starts a new episode wherever one ended.

    Args:
      envs: `Serial` or `Processes`.
      on_row: function (row with its action, index of the environment), called in order.
      seeds: function (index of the environment) that gives the seed of its next episode.

    Attributes:
      rows: the newest row of each environment, without its action; None before the first one.
      state: of the policy, or None.
    """

    def __init__(self, envs, on_row, seeds):
        self._envs, self._on_row, self._seeds = envs, on_row, seeds
        self.restart()

    def restart(self):
        """Forgets running episodes and the policy's state; the next step begins new episodes."""
        self.rows = [None] * len(self._envs)
        self.state = None

    def step(self, policy):
        """One agent step in every environment.

            row t -> policy -> action_{t+1} -> environment -> row t+1 with action_{t+1}

        policy: ({key: [N, ...]}, state or None) -> (actions [N, A], state).

        Returns the number of episodes that ended.
        """
        for index, row in enumerate(self.rows):
            if row is None or row['is_last']:
                self.rows[index] = self._envs.reset(index, self._seeds(index))
                self._on_row({**self.rows[index], 'action': self._envs.action.zeros()}, index)
        batch = {key: np.stack([row[key] for row in self.rows]) for key in self.rows[0]}
        actions, self.state = policy(batch, self.state)
        self.rows = self._envs.step(actions)
        for index, (row, action) in enumerate(zip(self.rows, actions)):
            self._on_row({**row, 'action': np.asarray(action, np.float32)}, index)
        return sum(bool(row['is_last']) for row in self.rows)


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
