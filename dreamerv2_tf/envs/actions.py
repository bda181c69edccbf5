"""Action vectors and what a gymnasium environment takes, both ways."""

import math
from collections.abc import Sequence
from typing import Any, Protocol

import gymnasium
import numpy as np

from ..errors import UserError, shown
from ..spec import ActionPart, ActionSpec

MAX_BOUND = 1e6  # a side of a Box beyond it is not scaled to, as if there were none
UNSCALED_SPAN = 2.0  # from -1 to 1
INVERSE_TOLERANCE = 1e-4  # of half the way from the lowest to the highest action

spaces = gymnasium.spaces


class ActionAdapter:
    """Translates between action vectors [A] of the agent and actions of an environment.

    Discrete, MultiDiscrete and MultiBinary spaces become one choice for each of their numbers. A Box becomes numbers
    in -1 .. 1, which are scaled to its bounds. Parts of Dict and Tuple spaces follow each other.

    Args:
      space: of the actions.

    Attributes:
      spec: an `ActionSpec`.
      notes: sentences for people about numbers that are not simply scaled.

    Raises:
      UserError: a space that is not supported.
    """

    def __init__(self, space: gymnasium.Space) -> None:
        self._root = _translator(space, '')
        self.spec = ActionSpec(tuple(self._root.parts))
        if not self.spec.size:
            raise UserError(f'there is nothing to choose in the actions {space}')
        self.notes = self._root.notes

    def to_env(self, action: np.ndarray) -> Any:
        """Returns what the environment takes for an action vector [A]; its space contains it."""
        return self._root.to_env(np.asarray(action))

    def from_env(self, action: Any) -> np.ndarray:
        """Returns the action vector, float32 [A], for which `to_env` returns an action of the environment.

        Raises:
          ValueError: no vector gives it; says which actions there are.
        """
        return np.asarray(self._root.from_env(action), np.float32)


class _Translator(Protocol):
    """Translates the actions of one space; `from_env` raises ValueError."""

    parts: list[ActionPart]
    notes: list[str]

    def to_env(self, vector: np.ndarray) -> Any: ...

    def from_env(self, action: Any) -> np.ndarray: ...


def _translator(space: gymnasium.Space, name: str) -> _Translator:
    """Returns the translator of a space. `name` is that of its parts; '' of the whole."""
    if isinstance(space, spaces.Dict):
        return _Together(list(space), space.values(), name)
    if isinstance(space, spaces.Tuple):
        return _Together(None, space, name)
    if isinstance(space, spaces.Discrete):
        return _Choice(space, name)
    if isinstance(space, (spaces.MultiDiscrete, spaces.MultiBinary)):
        return _Choices(space, name)
    if isinstance(space, spaces.Box):
        return _Numbers(space, name)
    raise UserError(
        f'actions of the kind {type(space).__name__} are not supported; there may be Discrete, MultiDiscrete, '
        'MultiBinary and Box actions, and Dict and Tuple of these'
    )


class _Together:
    """Actions that are a dict with these keys, or a tuple where there are none."""

    def __init__(self, keys: list[str] | None, inside: Any, name: str) -> None:
        self._keys, names = keys, keys or range(len(inside))
        self._inside = [_translator(space, f'{name}_{key}' if name else str(key)) for key, space in zip(names, inside)]
        self.parts = [part for each in self._inside for part in each.parts]
        self.notes = [note for each in self._inside for note in each.notes]
        sizes = [sum(part.size for part in each.parts) for each in self._inside]
        self._cuts = np.cumsum(sizes)[:-1]

    def to_env(self, vector: np.ndarray) -> Any:
        taken = [each.to_env(part) for each, part in zip(self._inside, np.split(vector, self._cuts))]
        return tuple(taken) if self._keys is None else dict(zip(self._keys, taken))

    def from_env(self, action: Any) -> np.ndarray:
        keys = range(len(self._inside)) if self._keys is None else self._keys
        if len(action) != len(keys):
            raise ValueError(f'there must be {len(keys)} parts. Received: {shown(action)}')
        return np.concatenate([each.from_env(action[key]) for key, each in zip(keys, self._inside)])


class _Choice:
    """One of n numbers."""

    def __init__(self, space: spaces.Discrete, name: str) -> None:
        self._start, self._size = int(space.start), int(space.n)
        self.parts = [ActionPart(self._size, True, name)]
        self.notes: list[str] = []

    def to_env(self, vector: np.ndarray) -> int:
        return int(vector.argmax()) + self._start

    def from_env(self, action: Any) -> np.ndarray:
        return _one_hot(np.array([int(action) - self._start]), [self._size], [self._start])


class _Choices:
    """An array of numbers, each one of so many."""

    def __init__(self, space: Any, name: str) -> None:
        self._shape, self._dtype = space.shape, space.dtype
        binary = isinstance(space, spaces.MultiBinary)
        self._sizes = [2] * math.prod(space.shape) if binary else space.nvec.ravel().tolist()
        self._starts = np.zeros(len(self._sizes), int) if binary else space.start.ravel()
        self._cuts = np.cumsum(self._sizes)[:-1]
        names = [f'{name}_{index}' if name else str(index) for index in range(len(self._sizes))]
        self.parts = [ActionPart(size, True, each) for size, each in zip(self._sizes, names)]
        self.notes: list[str] = []

    def to_env(self, vector: np.ndarray) -> np.ndarray:
        chosen = np.array([part.argmax() for part in np.split(vector, self._cuts)])
        return (chosen + self._starts).astype(self._dtype).reshape(self._shape)

    def from_env(self, action: Any) -> np.ndarray:
        chosen = np.asarray(action).ravel() - self._starts
        return _one_hot(chosen, self._sizes, self._starts)


class _Numbers:
    """An array of numbers between bounds.

    Each side of a number is respected where it lies within -1e6 .. 1e6; to a side beyond, or infinite, nothing
    is scaled: the number keeps its unit.

        bounds       [low, high]    [low, inf)      (-inf, high]     (-inf, inf)
        -1 .. 1 is   low .. high    low .. low+2    high-2 .. high   -1 .. 1
    """

    def __init__(self, space: spaces.Box, name: str) -> None:
        self._space = space
        below, above = space.low.astype(np.float64), space.high.astype(np.float64)
        opens_below, opens_above = below < -MAX_BOUND, above > MAX_BOUND
        low = np.where(opens_below, np.where(opens_above, -UNSCALED_SPAN / 2, above - UNSCALED_SPAN), below)
        high = np.where(opens_above, np.where(opens_below, UNSCALED_SPAN / 2, below + UNSCALED_SPAN), above)
        low, high = np.maximum(low, below), np.minimum(high, above)
        self._low, self._high = (side.astype(space.dtype).astype(np.float64) for side in (low, high))
        self.parts = [ActionPart(math.prod(space.shape), False, name)]
        self.notes: list[str] = []
        unscaled = int((opens_below | opens_above).sum())
        if unscaled:
            ends = f'{self._low[opens_below | opens_above].min():g} .. {self._high[opens_below | opens_above].max():g}'
            self.notes.append(
                f'{unscaled} of {low.size} numbers of the action{f" `{name}`" if name else ""} have no bound within '
                f'-1e6 .. 1e6 on a side and keep their unit: the agent takes them from {ends}'
            )

    def to_env(self, vector: np.ndarray) -> np.ndarray:
        space = self._space
        share = (np.clip(vector, -1, 1).astype(np.float64).reshape(space.shape) + 1) / 2
        action = self._low + share * (self._high - self._low)
        action = np.rint(action) if space.dtype.kind in 'iub' else action
        return np.asarray(np.clip(action.astype(space.dtype), space.low, space.high))

    def from_env(self, action: Any) -> np.ndarray:
        values = np.asarray(action, np.float64).reshape(self._space.shape)
        half = (self._high - self._low) / 2
        outside = ~(np.abs(values - self._low - half) <= half * (1 + INVERSE_TOLERANCE))
        if outside.any():
            place = tuple(np.argwhere(outside)[0])
            where = f'dimension {", ".join(map(str, place))} of ' if place else ''
            raise ValueError(
                f'{where}the action is {values[place]:g}; the agent takes {self._low[place]:g} to {self._high[place]:g}'
            )
        return np.clip((values - self._low) / np.where(half > 0, half, 1) - 1, -1, 1).ravel()


def _one_hot(chosen: np.ndarray, sizes: Sequence[int], starts: Any) -> np.ndarray:
    """Returns one-hot vectors, one after the other. Raises ValueError unless 0 <= chosen < sizes."""
    wrong = np.flatnonzero((chosen < 0) | (chosen >= np.asarray(sizes)))
    if len(wrong):
        index = wrong[0]
        raise ValueError(
            f'the action is {chosen[index] + starts[index]}; there are {sizes[index]} actions from {starts[index]} on'
        )
    vector = np.zeros(sum(sizes), np.float32)
    vector[np.cumsum(sizes) - np.asarray(sizes) + chosen] = 1
    return vector
