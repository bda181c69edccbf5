"""Lets any gymnasium environment speak in rows: vectors as actions, flat keys as observations."""

import logging
import math

import gymnasium
import numpy as np

from ..errors import SnapshotError, UserError
from ..spec import NOT_OBSERVED, ActionSpec, Spec

SMALLEST_IMAGE = 32  # pixels of the shorter side; smaller ones become vectors

_log = logging.getLogger(__name__)


class RowEnv:
    """Steps one environment; every call returns a row without its action (see spec.py).

    Dict observations become keys `a_b`; other ones are called `image` or `vector`. Discrete ones
    become one-hot vectors, small or boolean images vectors; text and the like is left out.

    Attributes:
      observation: {key: `Spec`}.
      action: an `ActionSpec`.
      resumable: whether running episodes can be saved and go on in another process.

    Raises:
      UserError: an action or observation space that is not supported.
    """

    def __init__(self, env):
        self._env = env
        self.resumable, self._seeded = hasattr(env, 'snapshot'), False
        found = list(observers(env.observation_space))
        self._observers = dict(found)
        if not found:
            raise UserError(f'the environment has nothing to observe: {env.observation_space}')
        names = [key for key, _ in found] + list(NOT_OBSERVED)
        taken = sorted({key for key in names if names.count(key) > 1})
        if taken:
            raise UserError(
                f'an observation may not be called {", ".join(taken)}: rows hold something else under that name'
            )
        self.observation = {key: observer.spec for key, observer in self._observers.items()}
        self.action, self._to_env = _action(env.action_space)

    def reset(self, seed):
        """Row 0 of a new episode, whose random draws follow from the seed.

        An environment that can be saved carries its random state along: it takes its first seed alone,
        which in ALE also spares loading the game again.
        """
        observation, _ = self._env.reset(seed=None if self.resumable and self._seeded else seed)
        self._seeded = True
        return self._row(observation, 0.0, first=True)

    def step(self, action):
        """The row that an action [A] leads to."""
        observation, reward, terminated, truncated, _ = self._env.step(self._to_env(action))
        return self._row(observation, reward, last=terminated or truncated, terminal=terminated)

    def snapshot(self):
        """{name: array} that lets the running episode go on in another process; None if it cannot."""
        return self._env.snapshot() if self.resumable and self._seeded else None

    def restore(self, arrays):
        """Goes on with the episode of a `snapshot`.

        Raises:
          SnapshotError: it does not fit; a new episode can be begun.
        """
        if not self.resumable:
            raise SnapshotError('episodes of this environment cannot be saved while they go on')
        try:
            self._env.restore(arrays)
        except KeyError as error:
            raise SnapshotError(f'it was saved without {error}') from None
        self._seeded = True

    def close(self):
        self._env.close()

    def _row(self, observation, reward, first=False, last=False, terminal=False):
        row = {key: observer(observation) for key, observer in self._observers.items()}
        row['reward'] = np.float32(reward)
        row['is_first'], row['is_last'], row['is_terminal'] = map(np.bool_, (first, last, terminal))
        return row


class _Observer:
    """Takes one key out of an observation and brings it to its stored form."""

    def __init__(self, path, spec, convert):
        self._path, self.spec, self._convert = path, spec, convert

    def __call__(self, observation):
        for part in self._path:
            observation = observation[part]
        return self._convert(observation)


def observers(space, key='', path=()):
    """Yields (key, `_Observer`) for all that a space contains."""
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
            isinstance(space, spaces.Box) and len(shape) == 3 and dtype != np.bool_ and min(shape[:2]) >= SMALLEST_IMAGE
        )
        if not image and len(shape) > 1:
            shape = (math.prod(shape),)
        yield (
            key or ('image' if image else 'vector'),
            _Observer(path, Spec(shape, dtype), lambda x: np.array(x, dtype).reshape(shape)),
        )
    else:
        _log.warning('the observation `%s` holds no numbers (%s) and is left out', key, type(space).__name__)


def _stored(dtype):
    """Floats are kept as float32, integers as int32, uint8 and bool as they are."""
    dtype = np.dtype(dtype)
    if dtype in (np.uint8, np.bool_):
        return dtype
    return np.dtype(np.float32 if np.issubdtype(dtype, np.floating) else np.int32)


def _action(space):
    """(`ActionSpec`, function from an action vector to what the environment takes)."""
    if isinstance(space, gymnasium.spaces.Discrete):
        return ActionSpec(int(space.n), True), lambda a: int(np.argmax(a)) + int(space.start)
    if isinstance(space, gymnasium.spaces.Box):
        low, high = _bounds(space)

        def scale(action):
            action = np.clip(action, -1, 1).reshape(low.shape)
            return (low + (action + 1) / 2 * (high - low)).astype(space.dtype)

        return ActionSpec(math.prod(space.shape), False), scale
    raise UserError(
        f'actions of the kind {type(space).__name__} are not supported; there may be Discrete and Box actions'
    )


def inverse_action(space):
    """(`ActionSpec`, function from what an environment takes to an action vector)."""
    spec, _ = _action(space)
    if spec.discrete:
        return spec, lambda a: np.eye(spec.size, dtype=np.float32)[int(a) - int(space.start)]
    low, high = _bounds(space)
    span = np.where(high > low, high - low, 1)
    return spec, lambda a: np.clip((np.asarray(a, np.float32) - low) / span * 2 - 1, -1, 1).reshape(-1)


def _bounds(space):
    """(low, high) of a Box, between which -1 .. 1 is scaled; -1 and 1 where it has none."""
    low, high = space.low.astype(np.float32), space.high.astype(np.float32)
    bounded = np.isfinite(low) & np.isfinite(high)
    return np.where(bounded, low, -1), np.where(bounded, high, 1)
