"""Makes the environment of a task name: `atari_pong`, `dmc_walker_walk`, `crafter_reward`, ..."""

import functools
from collections.abc import Callable
from typing import Any, NamedTuple

import gymnasium

from ..config.tree import Config
from ..errors import UserError, nearest, require
from . import atari, gym_api, gym_ids, python_tasks, rendering
from .catch import Catch
from .rooms import Rooms
from .row_env import RowEnv
from .wrappers import Repeat, TimeLimit


class Suite(NamedTuple):
    """A family of tasks, SUITE_NAME.

    Attributes:
      make: function (NAME, **settings) -> gymnasium.Env whose steps are agent steps, or frames if it is `foreign`.
        Raises UserError if there is no such task.
      settings: what `make` takes by name: keys of configs.yaml, and `mode`, which is `train` or `eval`.
      usage: names of its tasks, for people.
      package: what must be installed for it; '' if nothing more than this project needs.
      extra: the extra of this project that brings the package.
      foreign: its environments are not this project's: what they give is checked, and actions are repeated.
    """

    make: Callable[..., gymnasium.Env]
    settings: tuple[str, ...]
    usage: str
    package: str = ''
    extra: str = ''
    foreign: bool = False


def env_constructor(config: Config, mode: str) -> Callable[[], RowEnv]:
    """Returns a function without arguments that makes an environment of a config; mode: `train` or `eval`."""
    suite = suite_of(config.task)
    settings = {key: config[key] for key in (*suite.settings, 'action_repeat') if key != 'mode'}
    return functools.partial(
        make_env, config.task, mode, config.time_limit, config.image_layout, suite=suite, **settings
    )


def make_env(
    task: str, mode: str, time_limit: int, image_layout: str, suite: Suite | None = None, **settings: Any
) -> RowEnv:
    """Makes the environment of a task; its steps are agent steps.

    Args:
      task: SUITE_NAME, or the name of a registered function.
      mode: `train` or `eval`; crafter_noreward gives its rewards in `eval`.
      time_limit: agent steps after which an episode is truncated; 0 = never.
      image_layout: where images have their channels: auto, hwc or chw.
      suite: of the task, for processes that do not know the functions that were registered.
      settings: by name as in configs.yaml, at least `action_repeat` and those that its suite takes.

    Raises:
      UserError: unknown suite or name, a package that is not installed, or an environment that cannot be used.
    """
    suite = suite or suite_of(task)
    env = bare_env(task, mode, suite, **settings)
    if suite.foreign:
        return row_env(env, f'`{task}`', time_limit, image_layout, settings['action_repeat'])
    return RowEnv(TimeLimit(env, time_limit) if time_limit else env, image_layout)


def row_env(made: object, maker: str, time_limit: int, image_layout: str, action_repeat: int) -> RowEnv:
    """Returns an environment of any origin as those of `make_env`; it has made one step.

    maker: names it in messages.

    Raises:
      UserError: it cannot be used.
    """
    checked = gym_api.check_env(made, maker)
    observations = gym_api.try_out(checked, maker)
    repeated = Repeat(gym_api.Checked(checked, maker), action_repeat)
    env = RowEnv(TimeLimit(repeated, time_limit) if time_limit else repeated, image_layout)
    try:
        for observation in observations:
            env.observer(observation)
    except UserError as error:
        raise UserError(f'{maker}: {error}') from None
    return env


def bare_env(task: str, mode: str, suite: Suite, **settings: Any) -> gymnasium.Env:
    """Returns the environment of a task as its suite makes it; see `make_env`."""
    if suite.package:
        require(suite.package, suite.extra, f'`{task}`')
    settings['mode'] = mode
    return suite.make(task.partition('_')[2], **{key: settings[key] for key in suite.settings})


def suite_of(task: str) -> Suite:
    """Returns the suite of a task. Raises UserError if there is none."""
    env_fn = python_tasks.function_of(task)
    if env_fn is not None:
        return Suite(functools.partial(_from_function, env_fn), settings=(), usage=task, foreign=True)
    name = task.partition('_')[0]
    if name in SUITES:
        return SUITES[name]
    if task.startswith(python_tasks.PREFIX):
        raise UserError(
            f'the task `{task}` is made by a function of a script, which this process does not know; '
            'dv2.train and dv2.register_task take it'
        )
    registered = python_tasks.names()
    usages = '; '.join([*(suite.usage for suite in SUITES.values()), *registered])
    raise UserError(f'unknown task `{task}`{nearest(name, [*SUITES, *registered])}; tasks are {usages}')


def task_of(text: str) -> str:
    """Returns the task that a text names: itself, or for an id of Gymnasium, ID or MODULE:ID, `gym_ID`."""
    is_task = text in python_tasks.names() or text.partition('_')[0] in SUITES or text.startswith(python_tasks.PREFIX)
    return f'gym_{text}' if gym_ids.is_id(text) and not is_task else text


def register_task(name: str, env_fn: python_tasks.EnvFn) -> None:
    """Lets `env_fn()` make the environments of a task; see `dreamerv2_tf.register_task`."""
    suite = str(name).partition('_')[0]
    if suite in SUITES or str(name).startswith(python_tasks.PREFIX):
        raise UserError(
            f'`{name}` cannot be registered: tasks that begin with `{suite}_` are taken; choose another name'
        )
    python_tasks.register(name, env_fn)


def _from_function(env_fn: python_tasks.EnvFn, name: str) -> gymnasium.Env:
    return python_tasks.make(env_fn)


def _atari(name: str, action_repeat: int, atari_grayscale: bool, atari_full_actions: bool) -> gymnasium.Env:
    return atari.make(name, action_repeat, atari_grayscale, atari_full_actions)


def _dmc(
    name: str, action_repeat: int, render_size: tuple[int, int], dmc_camera: int, dmc_image: bool
) -> gymnasium.Env:
    if dmc_image or name.startswith('manip_'):  # dm_control renders what manipulation tasks observe
        rendering.choose(f'dmc_{name}')
    try:
        from .dmc import DMC

        return Repeat(DMC(name, render_size, dmc_camera, dmc_image), action_repeat)
    except UserError:
        raise
    except Exception as error:  # of any kind: it is the package's own
        raise gym_api.failure(f'`dmc_{name}` cannot be made, the package dm_control fails', error) from error


def _crafter(name: str, action_repeat: int, render_size: tuple[int, int], mode: str) -> gymnasium.Env:
    from .crafter import Crafter

    return Repeat(Crafter(name, mode, render_size), action_repeat)


def _toy(name: str, action_repeat: int) -> gymnasium.Env:
    if name not in TOYS:
        tasks = [f'toy_{known}' for known in TOYS]
        raise UserError(f'unknown task `toy_{name}`{nearest(f"toy_{name}", tasks)}; there are {", ".join(tasks)}')
    return Repeat(TOYS[name](), action_repeat)


TOYS: dict[str, Callable[[], gymnasium.Env]] = {'catch': Catch, 'rooms': Rooms}


SUITES = {
    'atari': Suite(
        make=_atari,
        settings=('action_repeat', 'atari_grayscale', 'atari_full_actions'),
        usage='atari_GAME, such as atari_pong',
    ),
    'dmc': Suite(
        make=_dmc,
        settings=('action_repeat', 'render_size', 'dmc_camera', 'dmc_image'),
        usage='dmc_DOMAIN_TASK, such as dmc_walker_walk',
        package='dm_control',
        extra='dmc',
    ),
    'crafter': Suite(
        make=_crafter,
        settings=('action_repeat', 'render_size', 'mode'),
        usage='crafter_reward, crafter_noreward',
        package='crafter',
        extra='crafter',
    ),
    'gym': Suite(
        make=gym_ids.make,
        settings=(),
        usage='gym_ID with an id of gymnasium, such as gym_CartPole-v1, or gym_MODULE:ID',
        foreign=True,
    ),
    'toy': Suite(make=_toy, settings=('action_repeat',), usage='toy_catch, toy_rooms'),
}
