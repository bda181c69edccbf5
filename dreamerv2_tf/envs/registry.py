"""Makes the environment of a task name: `atari_pong`, `dmc_walker_walk`, `crafter_reward`, ..."""

import importlib.util

import gymnasium
import numpy as np

from ..errors import UserError, nearest
from . import atari
from .row_env import RowEnv

SUITES = {
    'atari': 'atari_GAME, such as atari_pong',
    'dmc': 'dmc_DOMAIN_TASK, such as dmc_walker_walk',
    'crafter': 'crafter_reward, crafter_noreward',
    'gym': 'gym_ID with an id of gymnasium, such as gym_CartPole-v1, or gym_MODULE:ID',
    'toy': 'toy_catch'}


def make_env(task, mode, time_limit, action_repeat, render_size, atari_grayscale,
             atari_full_actions, dmc_camera):
    """The environment of a task as a `RowEnv`; its steps are agent steps.

    Args:
      task: SUITE_NAME.
      mode: `train` or `eval`; crafter_noreward gives its rewards in `eval`.
      The rest: see configs.yaml.

    Raises:
      UserError: unknown suite or name, or a package that is not installed.
    """
    suite, _, name = task.partition('_')
    if suite == 'atari':
        env = atari.make(name, action_repeat, atari_grayscale, atari_full_actions)
    elif suite == 'dmc':
        _require('dm_control', 'dmc')
        from .dmc import DMC
        env = Repeat(DMC(name, render_size, dmc_camera), action_repeat)
    elif suite == 'crafter':
        _require('crafter', 'crafter')
        from .crafter import Crafter
        env = Repeat(Crafter(name, mode, render_size), action_repeat)
    elif suite == 'gym':
        env = Repeat(_registered(name), action_repeat)
    elif task == 'toy_catch':
        from .toy import Catch
        env = Repeat(Catch(), action_repeat)
    else:
        raise UserError(f'unknown task `{task}`{nearest(suite, SUITES)}; '
                        f'tasks are {"; ".join(SUITES.values())}')
    if time_limit:
        env = TimeLimit(env, time_limit)
    return RowEnv(env)


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


def _registered(name):
    if name.startswith('MiniGrid'):
        _require('minigrid', 'minigrid')
        import minigrid
        gymnasium.register_envs(minigrid)
    if ':' not in name and name not in gymnasium.registry:
        known = [f'gym_{known}' for known in gymnasium.registry]
        raise UserError(f'unknown task `gym_{name}`{nearest(f"gym_{name}", known)}; '
                        'gym_ID must name a registered environment')
    try:
        env = gymnasium.make(name)
    except (gymnasium.error.Error, ImportError) as error:
        raise UserError(f'`gym_{name}` cannot be made: {" ".join(str(error).split())}') from None
    if name.startswith('MiniGrid'):
        from minigrid.wrappers import RGBImgPartialObsWrapper
        return RGBImgPartialObsWrapper(env)
    return env


def _require(package, extra):
    if importlib.util.find_spec(package) is None:
        raise UserError(f'this task needs the package {package}: '
                        f"pip install 'dreamerv2_tf[{extra}]'")
