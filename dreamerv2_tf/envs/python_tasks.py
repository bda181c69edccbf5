"""Tasks whose environments are made by functions of the user."""

import pickle
import re
from collections.abc import Callable
from typing import Any, Self

import cloudpickle
import gymnasium

from ..errors import UserError, shown
from . import gym_api

EnvFn = Callable[[], gymnasium.Env]

PREFIX = 'python_'  # of tasks that are named after their function

_NAME = re.compile(r'[A-Za-z]([\w.-]*\w)?', re.ASCII)
_functions: dict[str, EnvFn] = {}  # {task: function}


def register(task: str, env_fn: EnvFn) -> None:
    """Lets a task be made by a function; one that is there already is replaced by a new version of its function.

    Raises:
      UserError: another function has the task, it is no function, or the name is not allowed.
    """
    if not isinstance(task, str) or not _NAME.fullmatch(task):
        raise UserError(
            'the name of a task is letters, digits, `_`, `-` and `.`, and ends in none of the last two. '
            f'Received: {shown(task)}'
        )
    if not callable(env_fn) or isinstance(env_fn, gymnasium.Env):
        raise UserError(
            f'task `{task}`: a function without arguments must make the environment, such as its class. '
            f'Received: {shown(env_fn)}'
        )
    other = _functions.get(task)
    if other is not None and not _is_version_of(env_fn, other):
        raise UserError(f'the task `{task}` is made by {name_of(other)} already; choose another name')
    _functions[task] = env_fn


def add(env_fn: EnvFn) -> str:
    """Returns the task of a function: that under which it was registered, else `python_NAME`, which is made.

    Raises:
      UserError: it is no function.
    """
    for task, known in _functions.items():
        if known is env_fn and not task.startswith(PREFIX):
            return task
    task = f'{PREFIX}{re.sub(r"[^A-Za-z0-9_.-]", "", name_of(env_fn)) or "env"}'
    _functions.pop(task, None)
    register(task, env_fn)
    return task


def names() -> list[str]:
    """Returns the tasks that were registered under a name of the user's choice."""
    return [task for task in _functions if not task.startswith(PREFIX)]


def function_of(task: str) -> 'ByValue | None':
    """Returns the function that makes a task, so that processes can be handed it; None if there is none."""
    return ByValue(_functions[task]) if task in _functions else None


def make(env_fn: EnvFn) -> gymnasium.Env:
    """Returns the environment that a function makes. Raises UserError if it fails, or makes something else."""
    maker = f'`{name_of(env_fn)}()`'
    try:
        made = env_fn()
    except UserError:
        raise
    except (Exception, SystemExit) as error:  # of any kind: it is the user's function
        raise gym_api.failure(f'{maker} makes no environment', error) from error
    return gym_api.check_env(made, maker)


def name_of(env_fn: Any) -> str:
    """Returns the name of a function or a class, also inside functools.partial."""
    inner = getattr(env_fn, 'func', env_fn)
    return str(getattr(inner, '__name__', type(inner).__name__))


class ByValue:
    """A function that goes to other processes with its code, also one that no module there has.

    Raises:
      UserError: it is pickled, and holds something that cannot be.
    """

    def __init__(self, func: EnvFn):
        self.func = func

    def __call__(self) -> gymnasium.Env:
        """Returns what the function makes."""
        return self.func()

    def __reduce__(self) -> tuple[Callable[[bytes], Self], tuple[bytes]]:
        try:
            return type(self)._loaded, (cloudpickle.dumps(self.func),)
        except Exception as error:  # of any kind: objects refuse in ways of their own
            raise UserError(
                f'{name_of(self.func)} cannot be sent ({" ".join(str(error).split())}); '
                'use envs_parallel none or thread'
            ) from error

    @classmethod
    def _loaded(cls, code: bytes) -> Self:
        return cls(pickle.loads(code))


def _is_version_of(new: EnvFn, old: EnvFn) -> bool:
    """Whether both are the same, or the same name in the same module: a notebook's cell that ran again."""
    names = [(getattr(each, '__module__', None), getattr(each, '__qualname__', '<lambda>')) for each in (new, old)]
    return new is old or (names[0] == names[1] and '<lambda>' not in names[0][1])
