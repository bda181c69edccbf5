"""What an environment of Gymnasium must give; what does not is named in one line."""

from typing import Any

import gymnasium
import numpy as np

from ..errors import UserError, shown
from .wrappers import StatefulWrapper

OLD_API = 'environments of Gym before 0.26 do that; Gymnasium needs reset(seed=...) -> 2 and step -> 5 values'

Transition = tuple[Any, float, bool, bool, dict[str, Any]]


def check_env(made: object, maker: str) -> gymnasium.Env:
    """Returns what a function made if it is an environment with spaces.

    maker: names the function in messages.

    Raises:
      UserError: it is something else.
    """
    kind = type(made)
    if not isinstance(made, gymnasium.Env):
        raise UserError(f'{maker} must make a gymnasium.Env. Received: {kind.__module__}.{kind.__qualname__}')
    for name in ('observation_space', 'action_space'):
        space = getattr(made, name, None)
        if not isinstance(space, gymnasium.Space):
            raise UserError(f'{maker}: `{name}` must be a space of gymnasium.spaces. Received: {shown(space)}')
    return made


def check_reset(result: Any, maker: str) -> tuple[Any, dict[str, Any]]:
    """Returns (observation, info) as `reset` gave it. Raises UserError if it gave something else."""
    if isinstance(result, tuple) and len(result) == 2 and isinstance(result[1], dict):
        return result
    raise UserError(f'{maker}: reset() must return (observation, info). Received: {_described(result)}; {OLD_API}')


def check_step(result: Any, maker: str) -> Transition:
    """Returns what `step` gave, with the reward as a float and both flags as bool.

    Raises:
      UserError: it is not (observation, reward, terminated, truncated, info), the reward is not one number, or a flag
        is neither true nor false.
    """
    if not isinstance(result, tuple) or len(result) != 5:
        raise UserError(
            f'{maker}: step() must return (observation, reward, terminated, truncated, info). '
            f'Received: {_described(result)}; {OLD_API}'
        )
    observation, reward, terminated, truncated, info = result
    flags = _flag(terminated, 'terminated', maker), _flag(truncated, 'truncated', maker)
    return observation, number(reward, maker), *flags, info


def number(reward: Any, maker: str) -> float:
    """Returns a reward, also one in an array of size 1. Raises UserError if it is something else."""
    try:
        array = np.empty(0) if isinstance(reward, (str, bytes)) else np.asarray(reward, np.float64)
    except (TypeError, ValueError):
        array = np.empty(0)
    if array.size == 1:
        return float(array.reshape(()))
    raise UserError(f'{maker}: the reward must be one number. Received: {_described(reward)}')


def _flag(value: Any, name: str, maker: str) -> bool:
    """Returns a flag, also one in an array of size 1. Raises UserError if it is something else."""
    array = np.asarray(value)
    if array.size == 1 and array.dtype.kind in 'biu' and array.reshape(()) in (0, 1):
        return bool(array.reshape(()))
    raise UserError(f'{maker}: `{name}` must be True or False. Received: {_described(value)}')


class Checked(StatefulWrapper):
    """Checks what each call of an environment returns, and makes rewards plain numbers.

    Args:
      env: the environment.
      maker: names it in messages.
    """

    def __init__(self, env: gymnasium.Env, maker: str):
        super().__init__(env)
        self._maker = maker

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        """Begins an episode. Raises UserError if that does not give (observation, info)."""
        return check_reset(self.env.reset(seed=seed, options=options), self._maker)

    def step(self, action: Any) -> Transition:
        """Steps the environment. Raises UserError if that gives something else than a transition."""
        return check_step(self.env.step(action), self._maker)


def try_out(env: gymnasium.Env, maker: str) -> tuple[Any, Any]:
    """Begins an episode and takes one step, so that a mistake shows before a run has made anything.

    Returns both observations.

    Raises:
      UserError: the environment fails, or gives something else than Gymnasium asks for.
    """
    env.action_space.seed(0)
    try:
        first, _ = check_reset(env.reset(seed=0), maker)
        second, *_ = check_step(env.step(env.action_space.sample()), maker)
    except UserError:
        raise
    except Exception as error:  # of any kind: it is the environment's own
        check_inner(env.unwrapped, maker)
        raise failure(f'{maker} fails in its first step', error) from error
    return first, second


def check_inner(env: gymnasium.Env, maker: str) -> None:
    """Raises UserError if the environment inside all wrappers, which unpack what it gives, has the old API."""
    try:
        reset, step = env.reset(), env.step(env.action_space.sample())
    except Exception:  # then its own error tells more
        return
    check_reset(reset, maker)
    check_step(step, maker)


def failure(sentence: str, error: BaseException) -> UserError:
    """Returns the error for people of an environment that raised one of its own."""
    text = ' '.join(f'{type(error).__name__}: {error}'.split())
    return UserError(f'{sentence}: {text}. --debug_errors shows where')


def _described(value: Any) -> str:
    if isinstance(value, tuple):
        return f'{len(value)} values'
    if isinstance(value, np.ndarray):
        return f'an array of shape {value.shape}'
    return shown(value)
