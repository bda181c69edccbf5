"""Makes an environment, examines it, and prints what was found."""

import contextlib

import gymnasium

from ..config.tree import Config
from ..display import terminal
from ..envs import python_tasks, registry
from ..errors import UserError, shown
from .examine import Examination, examine
from .report import report


def check(env: str | python_tasks.EnvFn | gymnasium.Env, config: Config) -> Examination:
    """Returns what was found of an environment, and prints it.

    Args:
      env: a task or an id of Gymnasium, a function that makes it, or itself.
      config: settings, such as `time_limit` and `image_layout`; its task has no effect.

    Raises:
      UserError: it cannot be made.
    """
    made, name, foreign = _made(env, config)
    with contextlib.ExitStack() as stack:
        if made is not env:
            stack.callback(made.close)
        spec = getattr(made, 'spec', None)
        limited = bool(config.time_limit or not foreign or (spec and spec.max_episode_steps))
        found = examine(made, config.image_layout, limited)
    terminal.show(report(name, found))
    return found


def _made(env: str | python_tasks.EnvFn | gymnasium.Env, config: Config) -> tuple[gymnasium.Env, str, bool]:
    """Returns (environment, its name, whether it is of another project than this)."""
    if isinstance(env, gymnasium.Env):
        return env, type(env).__name__, True
    if not isinstance(env, str) and not callable(env):
        raise UserError(
            'what is checked must be an environment, a function that makes one, a task, or an id of Gymnasium. '
            f'Received: {shown(env)}'
        )
    if not isinstance(env, str):
        return python_tasks.make(env), python_tasks.name_of(env), True
    task = registry.task_of(env)
    suite = registry.suite_of(task)
    settings = {key: config[key] for key in suite.settings if key != 'mode'}
    return registry.bare_env(task, 'train', suite, **settings), task, suite.foreign
