"""Makes rows from any gymnasium environment: vectors as actions, flat keys as observations."""

import logging
import math
from collections.abc import Callable, Iterator
from typing import Any

import gymnasium
import numpy as np

from ..errors import StateError, UserError
from ..spec import NOT_OBSERVED, ActionSpec, Row, Spec, State

MIN_IMAGE_PIXELS = 32  # of the shorter side; smaller images become vectors

_log = logging.getLogger(__name__)


class RowEnv:
    """Steps one environment; every call returns a row without its action (see spec.py).

    Dict observations become keys `a_b`; other ones are called `image` or `vector`. Discrete ones
    become one-hot vectors, small or boolean images vectors; text and the like is left out.

    Args:
      env: its running episodes can be saved if it has an attribute `resumable` that is true, and the
        methods of `spec.Stateful`.

    Attributes:
      observation: {key: `Spec`}.
      action: an `ActionSpec`.
      resumable: whether running episodes can be saved and go on in another process.

    Raises:
      UserError: an action or observation space that is not supported.
    """

    def __init__(self, env: gymnasium.Env):
        self._env: Any = env  # has the methods of `Stateful` if it is resumable
        self.resumable, self._seeded = getattr(env, 'resumable', False), False
        keyed = list(observers(env.observation_space))
        self._observers = dict(keyed)
        if not keyed:
            raise UserError(f'the environment has nothing to observe: {env.observation_space}')
        names = [key for key, _ in keyed] + list(NOT_OBSERVED)
        taken = sorted({key for key in names if names.count(key) > 1})
        if taken:
            raise UserError(
                f'an observation may not be called {", ".join(taken)}: rows hold something else under that name'
            )
        self.observation = {key: observer.spec for key, observer in self._observers.items()}
        self.action, self._to_env = _action(env.action_space)

    def reset(self, seed: int) -> Row:
        """Returns row 0 of a new episode, whose random draws follow from the seed.

        An environment that can be saved carries its random state along: it takes its first seed alone,
        which in ALE also spares loading the game again.
        """
        observation, _ = self._env.reset(seed=None if self.resumable and self._seeded else seed)
        self._seeded = True
        return self._row(observation, 0.0, first=True)

    def step(self, action: np.ndarray) -> Row:
        """Returns the row that an action [A] leads to."""
        observation, reward, terminated, truncated, _ = self._env.step(self._to_env(action))
        return self._row(observation, reward, last=terminated or truncated, terminal=terminated)

    def get_state(self) -> State:
        """Returns ({}, {name: array}) of the running episode; no arrays if it cannot be saved or there is none."""
        return self._env.get_state() if self.resumable and self._seeded else ({}, {})

    def set_state(self, plain: dict[str, Any], arrays: dict[str, np.ndarray]) -> None:
        """Goes on with a saved episode.

        Raises:
          StateError: it does not fit; a new episode can be begun.
        """
        if not self.resumable:
            raise StateError('episodes of this environment cannot be saved while they go on')
        try:
            self._env.set_state(plain, arrays)
        except StateError:
            raise
        except KeyError as error:
            raise StateError(f'it was saved without {error}') from None
        except Exception as error:  # of any kind: environments read their states in ways of their own
            raise StateError(f'its state cannot be read: {error!r}') from error
        self._seeded = True

    def close(self) -> None:
        """Closes the environment."""
        self._env.close()

    def _row(
        self, observation: Any, reward: float, first: bool = False, last: bool = False, terminal: bool = False
    ) -> Row:
        row: dict[str, Any] = {key: observer(observation) for key, observer in self._observers.items()}
        row['reward'] = np.float32(reward)
        row['is_first'], row['is_last'], row['is_terminal'] = map(np.bool_, (first, last, terminal))
        return row


class _Observer:
    """Takes one key out of an observation and brings it to its stored form."""

    def __init__(self, path: tuple[Any, ...], spec: Spec, convert: Callable[[Any], np.ndarray]):
        self._path, self.spec, self._convert = path, spec, convert

    def __call__(self, observation: Any) -> np.ndarray:
        for part in self._path:
            observation = observation[part]
        return self._convert(observation)


def observers(space: gymnasium.Space, key: str = '', path: tuple[Any, ...] = ()) -> Iterator[tuple[str, _Observer]]:
    """Yields (key, function from an observation to what is stored of it) for all that a space contains.

    The functions have an attribute `spec`, a `Spec`. `key` and `path` lead to a part of the observation.
    """
    spaces = gymnasium.spaces
    if isinstance(space, (spaces.Dict, spaces.Tuple)):
        inside = space.items() if isinstance(space, spaces.Dict) else enumerate(space)
        for name, part in inside:
            yield from observers(part, f'{key}_{name}' if key else str(name), (*path, name))
    elif isinstance(space, spaces.Discrete):
        hot, start = np.eye(space.n, dtype=np.float32), space.start
        yield (
            key or 'vector',
            _Observer(path, Spec((int(space.n),), np.dtype(np.float32)), lambda x: hot[int(x) - start]),
        )
    elif isinstance(space, (spaces.Box, spaces.MultiBinary, spaces.MultiDiscrete)):
        shape, dtype = space.shape, _stored(space.dtype)
        image = (
            isinstance(space, spaces.Box)
            and len(shape) == 3
            and dtype != np.bool_
            and min(shape[:2]) >= MIN_IMAGE_PIXELS
        )
        if not image and len(shape) > 1:
            shape = (math.prod(shape),)
        yield (
            key or ('image' if image else 'vector'),
            _Observer(path, Spec(shape, dtype), lambda x: np.array(x, dtype).reshape(shape)),
        )
    else:
        _log.warning('the observation `%s` holds no numbers (%s) and is left out', key, type(space).__name__)


def _stored(dtype: Any) -> np.dtype:
    """Returns the dtype that is stored: floats as float32, integers as int32, uint8 and bool as they are."""
    dtype = np.dtype(dtype)
    if dtype in (np.uint8, np.bool_):
        return dtype
    return np.dtype(np.float32 if np.issubdtype(dtype, np.floating) else np.int32)


def _action(space: gymnasium.Space) -> tuple[ActionSpec, Callable[[np.ndarray], Any]]:
    """Returns (`ActionSpec`, function from an action vector to what the environment takes)."""
    if isinstance(space, gymnasium.spaces.Discrete):
        return ActionSpec(int(space.n), True), lambda a: int(np.argmax(a)) + int(space.start)
    if isinstance(space, gymnasium.spaces.Box):
        low, high = _bounds(space)

        def scale(action: np.ndarray) -> np.ndarray:
            action = np.clip(action, -1, 1).reshape(low.shape)
            return (low + (action + 1) / 2 * (high - low)).astype(space.dtype)

        return ActionSpec(math.prod(space.shape), False), scale
    raise UserError(
        f'actions of the kind {type(space).__name__} are not supported; there may be Discrete and Box actions'
    )


def inverse_action(space: gymnasium.Space) -> tuple[ActionSpec, Callable[[Any], np.ndarray]]:
    """Returns (`ActionSpec`, function from what an environment takes to an action vector)."""
    spec, _ = _action(space)
    if isinstance(space, gymnasium.spaces.Discrete):
        return spec, lambda a: np.eye(spec.size, dtype=np.float32)[int(a) - int(space.start)]
    low, high = _bounds(space)
    span = np.where(high > low, high - low, 1)
    return spec, lambda a: np.clip((np.asarray(a, np.float32) - low) / span * 2 - 1, -1, 1).reshape(-1)


def _bounds(space: Any) -> tuple[np.ndarray, np.ndarray]:
    """Returns (low, high) of a Box, to which -1 and 1 are scaled; -1 and 1 where it has none."""
    low, high = space.low.astype(np.float32), space.high.astype(np.float32)
    bounded = np.isfinite(low) & np.isfinite(high)
    return np.where(bounded, low, -1), np.where(bounded, high, 1)
