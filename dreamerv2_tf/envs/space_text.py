"""Gymnasium spaces as JSON, so that a saved agent knows what its environment gave and took."""

import json
import math
from typing import Any

import gymnasium
import numpy as np

from ..errors import shown

MAX_NUMBERS = 10**7  # of an observation or an action

spaces = gymnasium.spaces


def to_text(observation: gymnasium.Space, action: gymnasium.Space) -> str:
    """Returns the spaces of an environment as a text that `from_text` reads."""
    return json.dumps([_plain(observation), _plain(action)])


def from_text(text: str) -> tuple[gymnasium.Space, gymnasium.Space]:
    """Returns (observation space, action space). What holds no numbers comes back as a text of any kind.

    Raises:
      ValueError: `to_text` has not written that.
    """
    try:
        observation, action = json.loads(text)
        return _space(observation), _space(action)
    except Exception as error:  # of any kind: a text in a file may be anything
        raise ValueError(f'it describes no spaces: {shown(error)}') from None


def _plain(space: gymnasium.Space) -> Any:
    if isinstance(space, spaces.Dict):
        return {'Dict': [[key, _plain(part)] for key, part in space.items()]}
    if isinstance(space, spaces.Tuple):
        return {'Tuple': [_plain(part) for part in space]}
    if isinstance(space, spaces.Discrete):
        return {'Discrete': [int(space.n), int(space.start)]}
    if isinstance(space, spaces.MultiDiscrete):
        return {'MultiDiscrete': [space.nvec.tolist(), space.start.tolist(), space.dtype.name]}
    if isinstance(space, spaces.MultiBinary):
        return {'MultiBinary': list(space.shape)}
    if isinstance(space, spaces.Box):
        return {'Box': [list(space.shape), space.dtype.name, _bound(space.low), _bound(space.high)]}
    return None  # it holds no numbers


def _bound(values: np.ndarray) -> Any:
    """Returns one number where all are the same."""
    same = values.size > 0 and (values == values.flat[0]).all()
    return values.flat[0].item() if same else values.tolist()


def _space(plain: Any) -> gymnasium.Space:
    if plain is None:
        return spaces.Text(1)
    [(kind, content)] = plain.items()
    if kind == 'Dict':
        return spaces.Dict({key: _space(part) for key, part in content})
    if kind == 'Tuple':
        return spaces.Tuple([_space(part) for part in content])
    if kind == 'Discrete':
        return spaces.Discrete(_size(content[0]), start=content[1])
    if kind == 'MultiDiscrete':
        sizes, starts, dtype = content
        _size(int(np.sum(sizes)))
        return spaces.MultiDiscrete(sizes, dtype=np.dtype(dtype).type, start=starts)
    _size(math.prod(content if kind == 'MultiBinary' else content[0]))
    if kind == 'MultiBinary':
        return spaces.MultiBinary(content)
    if kind == 'Box':
        shape, dtype, low, high = content
        low, high = (np.broadcast_to(np.array(bound, dtype), shape) for bound in (low, high))
        return spaces.Box(low, high, tuple(shape), np.dtype(dtype).type)
    raise ValueError(f'there is no space {shown(kind)}')


def _size(numbers: int) -> int:
    if not 0 <= numbers <= MAX_NUMBERS:
        raise ValueError(f'{shown(numbers)} numbers')
    return numbers
