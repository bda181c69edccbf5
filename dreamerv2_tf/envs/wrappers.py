"""Wrappers of gymnasium environments, one idea each."""

from typing import Any

import gymnasium
import numpy as np

from ..errors import StateError
from ..spec import State


class StatefulWrapper(gymnasium.Wrapper):
    """Hands on the state of the environment, if it can be saved."""

    env: Any  # has the methods of `Stateful` if it is resumable

    @property
    def resumable(self) -> bool:
        """Whether running episodes can be saved."""
        return bool(getattr(self.env, 'resumable', False))

    @property
    def notes(self) -> list[str]:
        """Sentences for people about the environment, see `RowEnv`."""
        return list(getattr(self.env, 'notes', ()))

    def get_state(self) -> State:
        """Returns the state of the environment."""
        return self.env.get_state()

    def set_state(self, plain: dict[str, Any], arrays: dict[str, np.ndarray]) -> None:
        """Goes on from a state. Raises KeyError or StateError if it does not fit."""
        self.env.set_state(plain, arrays)


class TimeLimit(StatefulWrapper):
    """Truncates episodes after so many agent steps."""

    def __init__(self, env: gymnasium.Env, steps: int):
        super().__init__(env)
        self._limit, self._steps = steps, 0

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        """Begins an episode, and counts its steps anew."""
        self._steps = 0
        return self.env.reset(seed=seed, options=options)

    def step(self, action: Any) -> tuple[Any, Any, bool, bool, dict[str, Any]]:
        """Steps the environment; `truncated` is true from the last step allowed."""
        observation, reward, terminated, truncated, info = self.env.step(action)
        self._steps += 1
        return observation, reward, terminated, truncated or self._steps >= self._limit, info

    def get_state(self) -> State:
        """Returns the state of the environment, and how many steps of its episode are done."""
        plain, arrays = super().get_state()
        return plain, {**arrays, 'time_limit_steps': np.array(self._steps)}

    def set_state(self, plain: dict[str, Any], arrays: dict[str, np.ndarray]) -> None:
        """Goes on from a state. Raises KeyError or StateError if it does not fit."""
        steps = int(arrays['time_limit_steps'])
        if steps < 0:
            raise StateError(f'it was saved after {steps} steps')
        super().set_state(plain, arrays)
        self._steps = steps


class Repeat(StatefulWrapper):
    """Repeats each action, sums the rewards, and stops where the episode ends."""

    def __init__(self, env: gymnasium.Env, times: int):
        super().__init__(env)
        self._times = times

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        """Steps the environment so many times; all but the reward are those of the last time."""
        total = 0.0
        for _ in range(self._times):
            observation, reward, terminated, truncated, info = self.env.step(action)
            total += float(reward)
            if terminated or truncated:
                break
        return observation, total, terminated, truncated, info
