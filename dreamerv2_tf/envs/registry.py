"""Makes the environment of a task name: `atari_pong`, `dmc_walker_walk`, `crafter_reward`, ..."""

from collections.abc import Callable
from typing import NamedTuple

import gymnasium

from ..errors import UserError, nearest, require
from . import atari
from .row_env import RowEnv
from .toy import Catch
from .wrappers import Repeat, TimeLimit


class Suite(NamedTuple):
    """A family of tasks, SUITE_NAME.

    Attributes:
      make: function (name of the task without its suite, **settings) -> gymnasium.Env whose steps are agent steps.
      settings: keys of configs.yaml that `make` takes by name, and `mode`: `train` or `eval`.
      usage: names of its tasks, for people.
      package, extra: what must be installed, and the extra of this project that brings it; '' where nothing more is needed.
    """

    make: Callable[..., gymnasium.Env]
    settings: tuple[str, ...]
    usage: str
    package: str = ''
    extra: str = ''


def make_env(task, mode, time_limit, **settings):
    """The environment of a task as a `RowEnv`; its steps are agent steps.

    Args:
      task: SUITE_NAME.
      mode: `train` or `eval`; crafter_noreward gives its rewards in `eval`.
      time_limit: agent steps after which an episode is truncated; 0 = never.
      settings: by name as in configs.yaml, at least those that its suite needs.

    Raises:
      UserError: unknown suite or name, or a package that is not installed.
    """
    suite = suite_of(task)
    if suite.package:
        require(suite.package, suite.extra, 'this task')
    given = {**settings, 'mode': mode}
    env = suite.make(task.partition('_')[2], **{key: given[key] for key in suite.settings})
    return RowEnv(TimeLimit(env, time_limit) if time_limit else env)


def suite_of(task):
    """The `Suite` of a task. Raises UserError where there is none."""
    name = task.partition('_')[0]
    if name not in SUITES:
        raise UserError(
            f'unknown task `{task}`{nearest(name, SUITES)}; tasks are {"; ".join(s.usage for s in SUITES.values())}'
        )
    return SUITES[name]


def _atari(name, action_repeat, atari_grayscale, atari_full_actions):
    return atari.make(name, action_repeat, atari_grayscale, atari_full_actions)


def _dmc(name, action_repeat, render_size, dmc_camera):
    from .dmc import DMC

    return Repeat(DMC(name, render_size, dmc_camera), action_repeat)


def _crafter(name, action_repeat, render_size, mode):
    from .crafter import Crafter

    return Repeat(Crafter(name, mode, render_size), action_repeat)


def _toy(name, action_repeat):
    if name != 'catch':
        raise UserError(f'unknown task `toy_{name}`{nearest(name, ["catch"])}; there is toy_catch')
    return Repeat(Catch(), action_repeat)


def _gym(name, action_repeat):
    return Repeat(_registered(name), action_repeat)


SUITES = {
    'atari': Suite(
        _atari, ('action_repeat', 'atari_grayscale', 'atari_full_actions'), 'atari_GAME, such as atari_pong'
    ),
    'dmc': Suite(
        _dmc,
        ('action_repeat', 'render_size', 'dmc_camera'),
        'dmc_DOMAIN_TASK, such as dmc_walker_walk',
        'dm_control',
        'dmc',
    ),
    'crafter': Suite(
        _crafter, ('action_repeat', 'render_size', 'mode'), 'crafter_reward, crafter_noreward', 'crafter', 'crafter'
    ),
    'gym': Suite(_gym, ('action_repeat',), 'gym_ID with an id of gymnasium, such as gym_CartPole-v1, or gym_MODULE:ID'),
    'toy': Suite(_toy, ('action_repeat',), 'toy_catch'),
}


def _registered(name):
    if name.startswith('MiniGrid'):
        require('minigrid', 'minigrid', 'this task')
        import minigrid

        gymnasium.register_envs(minigrid)
    if ':' not in name and name not in gymnasium.registry:
        known = [f'gym_{known}' for known in gymnasium.registry]
        raise UserError(
            f'unknown task `gym_{name}`{nearest(f"gym_{name}", known)}; gym_ID must name a registered environment'
        )
    try:
        env = gymnasium.make(name)
    except (gymnasium.error.Error, ImportError) as error:
        raise UserError(f'`gym_{name}` cannot be made: {" ".join(str(error).split())}') from None
    if name.startswith('MiniGrid'):
        from minigrid.wrappers import RGBImgPartialObsWrapper

        return RGBImgPartialObsWrapper(env)
    return env
