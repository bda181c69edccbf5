"""Wrappers of gymnasium environments, one idea each."""

import gymnasium
import numpy as np


class TimeLimit(gymnasium.Wrapper):
    """Truncates episodes after so many agent steps."""

    def __init__(self, env, steps):
        super().__init__(env)
        self._limit, self._steps = steps, 0
        if hasattr(env, 'snapshot'):
            self.snapshot = self._snapshot

    def reset(self, *, seed=None, options=None):
        self._steps = 0
        return self.env.reset(seed=seed, options=options)

    def step(self, action):
        observation, reward, terminated, truncated, info = self.env.step(action)
        self._steps += 1
        return observation, reward, terminated, truncated or self._steps >= self._limit, info

    def restore(self, arrays):
        """See `RowEnv`."""
        self.env.restore(arrays)
        self._steps = int(arrays['time_limit_steps'])

    def _snapshot(self):
        return {**self.env.snapshot(), 'time_limit_steps': np.array(self._steps)}


class Repeat(gymnasium.Wrapper):
    """Repeats each action, sums the rewards, and stops where the episode ends."""

    def __init__(self, env, times):
        super().__init__(env)
        self._times = times

    def step(self, action):
        total = 0.0
        for _ in range(self._times):
            observation, reward, terminated, truncated, info = self.env.step(action)
            total += float(reward)
            if terminated or truncated:
                break
        return observation, total, terminated, truncated, info
