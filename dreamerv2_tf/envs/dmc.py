"""Tasks of the DeepMind Control Suite, of its manipulation tasks and of its rodent."""

from typing import Any

import gymnasium
import numpy as np
from dm_control import suite
from dm_control.rl import control

from ..errors import UserError, nearest

_RODENT = {
    f'locom_{name}': name
    for name in ('rodent_escape_bowl', 'rodent_run_gaps', 'rodent_maze_forage', 'rodent_two_touch')
}
_RODENT_CAMERAS = {'locom_rodent_maze_forage': 1, 'locom_rodent_two_touch': 1}


class DMC(gymnasium.Env):
    """A task such as `walker_walk`; shows a rendered `image` and measurements as vectors.

    An episode of the suite is a thousand environment steps; it is terminal only where the task's discount is 0.
    `cup_catch` and `manip_TASK` are the release's names of `ball_in_cup_catch` and of the manipulation task
    `TASK_vision`.

    Args:
      name: DOMAIN_TASK, manip_TASK or locom_TASK.
      size: pixels, (height, width).
      camera: -1 = 2 for quadruped tasks, 1 for two of the rodent tasks, else 0.
      rendered: whether there is an `image`; without it nothing is rendered.

    Raises:
      UserError: unknown task.
    """

    def __init__(self, name: str, size: tuple[int, int], camera: int, rendered: bool):
        self._tasks = {f'{domain}_{task}': (domain, task) for domain, task in suite.ALL_TASKS}
        self._name = name.replace('cup_', 'ball_in_cup_', 1) if name.startswith('cup_') else name
        self._manipulation = name.removeprefix('manip_') + '_vision' if name.startswith('manip_') else ''
        self._size, self._rendered = tuple(size), rendered
        names = [*self._tasks, *_RODENT, *_manipulation_names()]
        if self._name not in names:
            raise UserError(f'unknown task `dmc_{name}`{nearest(f"dmc_{name}", [f"dmc_{each}" for each in names])}')
        usual = 2 if name.startswith('quadruped') else _RODENT_CAMERAS.get(name, 0)
        self._camera = usual if camera == -1 else camera
        self._load(0)
        spec = self._env.action_spec()
        self.action_space = gymnasium.spaces.Box(spec.minimum.astype(np.float32), spec.maximum.astype(np.float32))
        spaces: dict[str, gymnasium.Space] = {key: _space(value) for key, value in self._env.observation_spec().items()}
        if rendered:
            spaces = {'image': gymnasium.spaces.Box(0, 255, (*self._size, 3), np.uint8), **spaces}
        self.observation_space: gymnasium.spaces.Dict = gymnasium.spaces.Dict(spaces)

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
        elif self._manipulation:
            from dm_control import manipulation

            self._env = manipulation.load(self._manipulation, seed=seed)
        else:
            self._env = suite.load(*self._tasks[self._name], task_kwargs={'random': seed})

    def _observation(self, time_step: Any) -> dict[str, Any]:
        spaces = self.observation_space
        measured = {
            key: np.asarray(value, spaces[key].dtype).reshape(spaces[key].shape)
            for key, value in time_step.observation.items()
        }
        if not self._rendered:
            return measured
        return {'image': self._env.physics.render(*self._size, camera_id=self._camera), **measured}


def _manipulation_names() -> list[str]:
    from dm_control import manipulation

    return [f'manip_{name.removesuffix("_vision")}' for name in manipulation.ALL if name.endswith('_vision')]


def _space(spec: Any) -> gymnasium.spaces.Box:
    """Images of a camera stay bytes, also those that come as a film of one; measurements become floats."""
    if spec.dtype == np.uint8:
        return gymnasium.spaces.Box(0, 255, spec.shape[-3:] if spec.shape[0] == 1 else spec.shape, np.uint8)
    return gymnasium.spaces.Box(-np.inf, np.inf, spec.shape, np.float32)
