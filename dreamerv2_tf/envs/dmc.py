"""Tasks of the DeepMind Control Suite."""

from typing import Any

import gymnasium
import numpy as np
from dm_control import suite
from dm_control.rl import control

from ..errors import UserError, nearest

_RODENT = {'locom_rodent_maze_forage': 'rodent_maze_forage', 'locom_rodent_two_touch': 'rodent_two_touch'}


class DMC(gymnasium.Env):
    """A task such as `walker_walk`; shows a rendered `image` and measurements as vectors.

    An episode is a thousand environment steps; it is terminal only where the task's discount is 0.

    Args:
      name: DOMAIN_TASK.
      size: pixels, (height, width).
      camera: -1 = 2 for quadruped tasks, 1 for the two rodent tasks, else 0.

    Raises:
      UserError: unknown task.
    """

    def __init__(self, name: str, size: tuple[int, int], camera: int):
        self._tasks = {f'{domain}_{task}': (domain, task) for domain, task in suite.ALL_TASKS}
        names = [*self._tasks, *_RODENT]
        if name not in names:
            raise UserError(f'unknown task `dmc_{name}`{nearest(name, names)}')
        self._name, self._size = name, tuple(size)
        usual = 2 if name.startswith('quadruped') else 1 if name in _RODENT else 0
        self._camera = usual if camera == -1 else camera
        self._load(0)
        spec = self._env.action_spec()
        self.action_space = gymnasium.spaces.Box(spec.minimum.astype(np.float32), spec.maximum.astype(np.float32))
        vectors = {key: _space(value) for key, value in self._env.observation_spec().items()}
        image = gymnasium.spaces.Box(0, 255, (*self._size, 3), np.uint8)
        self.observation_space = gymnasium.spaces.Dict({'image': image, **vectors})

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Begins an episode; with a seed, this one and all later ones follow from it."""
        super().reset(seed=seed)
        if seed is not None:
            self._load(seed)
        return self._observation(self._env.reset()), {}

    def step(self, action: np.ndarray) -> tuple[dict[str, Any], float, bool, bool, dict[str, Any]]:
        """Takes an action. Raises RuntimeError if the physics diverge."""
        try:
            time_step = self._env.step(action)
        except control.PhysicsError as error:
            raise RuntimeError(f'the physics of {self._name} diverged: {error}') from error
        terminal = time_step.last() and time_step.discount == 0
        truncated = time_step.last() and not terminal
        return self._observation(time_step), float(time_step.reward or 0), terminal, truncated, {}

    def _load(self, seed: int | None) -> None:
        if self._name in _RODENT:
            from dm_control.locomotion.examples import basic_rodent_2020

            self._env = getattr(basic_rodent_2020, _RODENT[self._name])(random_state=seed)
        else:
            self._env = suite.load(*self._tasks[self._name], task_kwargs={'random': seed})

    def _observation(self, time_step: Any) -> dict[str, Any]:
        image = self._env.physics.render(*self._size, camera_id=self._camera)
        return {'image': image, **time_step.observation}


def _space(spec: Any) -> gymnasium.spaces.Box:
    """Images of a camera stay bytes, measurements become floats."""
    if spec.dtype == np.uint8:
        return gymnasium.spaces.Box(0, 255, spec.shape, np.uint8)
    return gymnasium.spaces.Box(-np.inf, np.inf, spec.shape, np.float32)
