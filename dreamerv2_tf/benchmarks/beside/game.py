"""An Atari game in the interface that the authors' release expects of environments."""

from typing import Any

import gymnasium
import numpy as np

from ...envs.registry import make_env
from ...spec import Row


class Game:
    """Rows of this project's game, so that both sides play the same one.

    Args:
      settings: of the release, with its names as attributes.
      full_actions: all 18 actions instead of the game's minimal set.
      seed: of its episodes.

    Attributes:
      observation: {key: `Spec`}.
      action: an `ActionSpec`.
    """

    def __init__(self, settings: Any, full_actions: bool, seed: int) -> None:
        self._env = make_env(
            settings.task,
            'train',
            settings.time_limit,
            'auto',
            action_repeat=settings.action_repeat,
            atari_grayscale=settings.atari_grayscale,
            atari_full_actions=full_actions,
        )
        self._seed = seed
        self.observation, self.action = self._env.observation, self._env.action

    @property
    def obs_space(self) -> dict[str, gymnasium.Space]:
        """{key: space} of a row without its action."""
        spaces = {key: _box(spec.shape, spec.dtype) for key, spec in self.observation.items()}
        flags = {key: _box((), np.dtype(bool)) for key in ('is_first', 'is_last', 'is_terminal')}
        return {**spaces, 'reward': _box((), np.dtype(np.float32)), **flags}

    @property
    def act_space(self) -> dict[str, gymnasium.Space]:
        """{'action': a one-hot vector}, which the release knows by its attribute `n`."""
        space: Any = gymnasium.spaces.Box(0, 1, (self.action.size,), np.float32)
        space.n = self.action.size
        return {'action': space}

    def reset(self) -> Row:
        """Begins an episode."""
        return self._env.reset(self._seed)

    def step(self, action: dict[str, np.ndarray]) -> Row:
        """Makes an agent step."""
        return self._env.step(action['action'])


def _box(shape: tuple[int, ...], dtype: np.dtype) -> gymnasium.Space:
    low, high = (-np.inf, np.inf) if dtype.kind == 'f' else (0, 1 if dtype.kind == 'b' else 255)
    return gymnasium.spaces.Box(low, high, shape, dtype.type)
