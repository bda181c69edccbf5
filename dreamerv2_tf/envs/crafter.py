"""Crafter, a survival game with achievements."""

import collections
from typing import Any

import crafter
import gymnasium
import numpy as np

from ..errors import UserError, nearest

_TASKS = ('reward', 'noreward')


class Crafter(gymnasium.Env):
    """Shows `image`, and for the logs `log_reward` and a count `log_achievement_NAME` of each achievement.

    Args:
      name: `reward`, or `noreward`, which gives rewards in evaluation alone.
      mode: `train` or `eval`.
      size: pixels, (height, width).

    Raises:
      UserError: unknown task.
    """

    def __init__(self, name: str, mode: str, size: tuple[int, int]):
        if name not in _TASKS:
            raise UserError(
                f'unknown task `crafter_{name}`{nearest(name, _TASKS)}; there are crafter_reward and crafter_noreward'
            )
        self._rewarded = name == 'reward' or mode == 'eval'
        self._size = tuple(size)
        self._load(0)
        box = gymnasium.spaces.Box
        logs = {
            f'log_achievement_{key}': box(0, np.iinfo(np.int32).max, (), np.int32)
            for key in crafter.constants.achievements
        }
        self.observation_space = gymnasium.spaces.Dict(
            {
                'image': box(0, 255, (*self._size, 3), np.uint8),
                'log_reward': box(-np.inf, np.inf, (), np.float32),
                **logs,
            }
        )
        self.action_space = gymnasium.spaces.Discrete(self._env.action_space.n)

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Begins an episode; with a seed, this world and all later ones follow from it."""
        super().reset(seed=seed)
        if seed is not None:
            self._load(seed)
        image = self._env.reset()
        _order(self._env._world)
        return self._observation(image, 0.0, {}), {}

    def step(self, action: int) -> tuple[dict[str, Any], float, bool, bool, dict[str, Any]]:
        """Takes an action. Death is terminal, the end after 10,000 steps is not."""
        image, reward, done, info = self._env.step(action)
        terminal = bool(done and info['discount'] == 0)
        observation = self._observation(image, reward, info['achievements'])
        reward = reward if self._rewarded else 0.0
        return observation, reward, terminal, bool(done and not terminal), {}

    def _load(self, seed: int | None) -> None:
        self._env = crafter.Env(size=self._size, reward=True, seed=seed)

    def _observation(self, image: np.ndarray, reward: float, achievements: dict[str, int]) -> dict[str, Any]:
        counts = {
            f'log_achievement_{key}': np.int32(achievements.get(key, 0)) for key in crafter.constants.achievements
        }
        return {'image': image, 'log_reward': np.float32(reward), **counts}


class _OrderedSet(dict[Any, None]):
    """A set that keeps the order in which it was filled."""

    def add(self, item: Any) -> None:
        self[item] = None

    def remove(self, item: Any) -> None:
        del self[item]


def _order(world: Any) -> None:
    """Lets a seed decide a game: Crafter draws creatures from sets, whose order is that of addresses in memory."""
    chunks = collections.defaultdict(_OrderedSet, {chunk: _OrderedSet() for chunk in world.chunks})
    for creature in world.objects:
        chunks[world.chunk_key(creature.pos)].add(creature)
    world._chunks = chunks
