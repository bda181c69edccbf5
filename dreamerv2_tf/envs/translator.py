"""What an environment gives and takes, of one or of several at once, beside rows and action vectors."""

import itertools
from collections.abc import Iterable, Mapping
from typing import Any

import gymnasium
import numpy as np
from gymnasium.vector.utils import batch_space, concatenate, create_empty_array, iterate

from ..errors import UserError, shown
from ..spec import Spaces, Spec
from .actions import ActionAdapter
from .observations import Observer

spaces = gymnasium.spaces
WHOLE_NUMBERS = (spaces.Discrete, spaces.MultiDiscrete, spaces.MultiBinary)


class Translator:
    """Translates for a policy that sees rows {key: [N, ...]} and chooses action vectors [N, A].

    Args:
      observation, action: spaces of the environment.
      image_layout: see `Observer`.

    Attributes:
      spaces: `Spaces` of the rows.
      action_space: of the environment.
    """

    def __init__(self, observation: gymnasium.Space, action: gymnasium.Space, image_layout: str):
        self._observation, self.action_space = observation, action
        self._observer, self._adapter = Observer(observation, image_layout), ActionAdapter(action)
        self.spaces = Spaces(self._observer.specs, self._adapter.spec)

    def is_row(self, observation: Any) -> bool:
        """Whether something is a row, {key: array}, rather than an observation as the environment gives it."""
        is_dict = isinstance(self._observation, spaces.Dict)
        return isinstance(observation, dict) and ('is_first' in observation or not is_dict)

    def observed(self, observation: Any) -> tuple[dict[str, np.ndarray], bool]:
        """Returns ({key: [N, ...]}, whether it is of one environment) of an observation, or of a batch of them.

        Raises:
          UserError: it does not fit the space, or holds a number that is not finite; names the key.
        """
        count = _count(self._observation, observation)
        single = [observation] if count is None else [_taken(self._observation, observation, i) for i in range(count)]
        rows = [self._observer(each) for each in single]
        return {key: np.stack([row[key] for row in rows]) for key in rows[0]}, count is None

    def actions(self, vectors: np.ndarray, single: bool) -> Any:
        """Returns what the environment takes for action vectors [N, A]; a batch of it unless `single`."""
        taken = [self._adapter.to_env(vector) for vector in vectors]
        if single:
            return taken[0]
        empty: Any = create_empty_array(self.action_space, len(taken))
        return concatenate(self.action_space, taken, empty)

    def vectors(self, actions: Any, single: bool) -> np.ndarray:
        """Returns the action vectors [N, A] for which `actions` returns these; a batch of them unless `single`.

        Raises:
          UserError: the environment has no such action.
        """
        try:
            taken = [actions] if single else list(iterate(batch_space(self.action_space, len(actions)), actions))
            for action in taken:
                if isinstance(self.action_space, WHOLE_NUMBERS) and not self.action_space.contains(action):
                    raise ValueError('it is not in the space')
            return np.stack([self._adapter.from_env(action) for action in taken])
        except (ValueError, TypeError, KeyError, IndexError, OverflowError) as error:
            raise UserError(f'this is no action of {self.action_space}: {shown(actions)}: {error}') from None


def _count(space: gymnasium.Space, observation: Any) -> int | None:
    """Returns how many observations a batch holds; None if it is one, or fits in no way."""
    pairs: Iterable[tuple[gymnasium.Space, Any]] = ()
    if isinstance(space, spaces.Dict) and isinstance(observation, Mapping):
        pairs = [(part, observation[name]) for name, part in space.items() if name in observation]
    elif isinstance(space, spaces.Tuple) and isinstance(observation, (tuple, list)):
        pairs = zip(space, observation)
    elif space.shape is not None:
        shape = np.shape(observation)
        return shape[0] if len(shape) == len(space.shape) + 1 and shape[0] else None
    return next((count for count in itertools.starmap(_count, pairs) if count is not None), None)


def _taken(space: gymnasium.Space, batch: Any, index: int) -> Any:
    """Returns one observation of a batch."""
    if isinstance(space, spaces.Dict):
        return {name: _taken(part, batch[name], index) for name, part in space.items() if name in batch}
    if isinstance(space, spaces.Tuple):
        return tuple(_taken(part, each, index) for part, each in zip(space, batch))
    return batch[index]


def batch_of_rows(rows: Mapping[str, Any], specs: Mapping[str, Spec]) -> tuple[dict[str, np.ndarray], bool]:
    """Returns ({key: [N, ...]} with is_first, whether they were of one environment) of some keys of rows.

    Args:
      rows: {key: array} or {key: [N, ...]}; without `is_first`, no episode begins.
      specs: {key: `Spec`} of the keys.

    Raises:
      UserError: a key is missing, does not fit, or holds a number that is not finite.
    """
    arrays = {key: np.asarray(rows[key]) for key in specs if key in rows}
    missing = [key for key in specs if key not in rows]
    if missing:
        raise UserError(f'there is no `{missing[0]}` in the observation. Received: {", ".join(map(str, rows))}')
    first = next(iter(specs))
    single = arrays[first].ndim == len(specs[first].shape)
    begin = (1,) if single else arrays[first].shape[:1]
    for key, spec in specs.items():
        array = arrays[key] = arrays[key][None] if single else arrays[key]
        if array.shape != (*begin, *spec.shape):
            one = array.shape[1:] if single else array.shape
            raise UserError(f'`{key}` must be {spec.shape}, or [N, ...] of that. Received: {one}')
        if not np.can_cast(array.dtype, spec.dtype, 'same_kind'):
            raise UserError(f'`{key}` must be {spec.dtype}. Received: {array.dtype}')
        if not np.isfinite(array).all():
            raise UserError(f'`{key}` must be finite. Received: {array[~np.isfinite(array)][0]}')
        arrays[key] = array.astype(spec.dtype)
    return arrays | {'is_first': np.broadcast_to(np.asarray(rows.get('is_first', False), bool), begin)}, single
