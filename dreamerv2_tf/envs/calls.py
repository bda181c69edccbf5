"""Calls to one environment, whose failures are answers, too."""

import traceback
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from ..errors import StateError, UserError
from ..spec import ActionSpec, Row, Spec, State
from .row_env import RowEnv

TOO_LATE = 'did not answer while the run was being stopped'


class Failure(NamedTuple):
    """Comes in place of a row from an environment that failed.

    Attributes:
      reason: what happened, such as 'raised ValueError: no path'; its subject is the environment.
      traceback: of the exception; '' if there was none.
      is_not_finite: a number of the row or the action was NaN or infinite, and nothing else is wrong with the
        environment.
    """

    reason: str
    traceback: str = ''
    is_not_finite: bool = False


class Interface(NamedTuple):
    """What is known of an environment once it is made, see `RowEnv`."""

    observation: dict[str, Spec]
    action: ActionSpec
    resumable: bool
    notes: Sequence[str]
    gym_spaces: str


class Calls:
    """Makes an environment and calls its methods.

    Args:
      construct: function without arguments that makes a `RowEnv`.
    """

    def __init__(self, construct: Callable[[], RowEnv]) -> None:
        self._construct = construct
        self._env: RowEnv | None = None

    def __call__(self, method: str, *args: Any) -> Any:
        """Returns what the method of that name returns.

        An exception is returned, not raised: UserError and StateError as they are, others as a `Failure`.
        """
        try:
            return getattr(self, method)(*args)
        except (UserError, StateError) as error:
            return error
        except (Exception, SystemExit) as error:
            return Failure(f'raised {type(error).__name__}: {error}', traceback.format_exc())

    def make(self) -> Interface:
        """Makes the environment."""
        self._env = env = self._construct()
        return Interface(env.observation, env.action, env.resumable, env.notes, env.gym_spaces)

    def reset(self, seed: int) -> Row | Failure:
        """Returns row 0 of a new episode, or a `Failure`, see `step`."""
        return _checked(lambda: self._made.reset(seed))

    def step(self, action: np.ndarray) -> Row | Failure:
        """Returns the row that an action [A] leads to.

        It is a `Failure` if a number in either is not finite, or the row is none of its spaces.
        """
        return _not_finite({'action': action}) or _checked(lambda: self._made.step(action))

    def get_state(self) -> State:
        """Returns the state of the running episode."""
        return self._made.get_state()

    def set_state(self, plain: Any, arrays: dict[str, np.ndarray]) -> None:
        """Goes on with a saved episode."""
        self._made.set_state(plain, arrays)

    def close(self) -> None:
        """Closes the environment, if it was made."""
        if self._env is not None:
            self._env.close()

    @property
    def _made(self) -> RowEnv:
        assert self._env is not None
        return self._env


def _checked(make_row: Callable[[], Row]) -> Row | Failure:
    try:
        row = make_row()
    except UserError as error:  # it gave no such row when it was made
        return Failure(f'gave what it must not: {error}')
    return _not_finite(row) or row


def _not_finite(row: Row) -> Failure | None:
    """Returns a `Failure` if a number is NaN or infinite. Keys `log_...` are never learned from, and may hold any."""
    for key, value in row.items():
        if value.dtype.kind == 'f' and not np.isfinite(value).all() and not key.startswith('log_'):
            number = value[~np.isfinite(value)].flat[0]
            whose = 'was given' if key == 'action' else 'gave'
            return Failure(f'{whose} {number} in `{key}`', is_not_finite=True)
    return None
