"""What the actions of saved episodes consist of.

Vectors [A] tell by themselves whether they are one choice or numbers. Where actions have several parts, the folder of
the episodes has a file that names them: {"parts": [{"size": 3, "discrete": true, "name": "walk"}, ...]}.
"""

import json
import pathlib

import numpy as np

from ..errors import UserError, shown
from ..files import replacing
from ..spec import ActionPart, ActionSpec

FILE_NAME = 'actions.json'
MAX_FILE_BYTES = 10_000_000


def write(folder: pathlib.Path, action: ActionSpec) -> None:
    """Writes the file of a folder, if actions have several parts and it is not there yet. Raises OSError."""
    path = folder / FILE_NAME
    if len(action.parts) > 1 and not path.exists():
        with replacing(path) as file:
            file.write(json.dumps(action.to_plain()).encode())


def read(folder: pathlib.Path) -> ActionSpec | None:
    """Returns the actions that the file of a folder names; None if there is no such file.

    Raises:
      UserError: it is not such a file.
    """
    path = folder / FILE_NAME
    try:
        if not path.is_file():
            return None
        if path.stat().st_size > MAX_FILE_BYTES:
            raise ValueError(f'it has more than {MAX_FILE_BYTES:,} bytes')
        action = ActionSpec.from_plain(json.loads(path.read_bytes()))
        for part in action.parts:
            _check(part)
    except (OSError, ValueError, TypeError, KeyError, RecursionError) as error:
        raise UserError(f'{path} does not name the parts of actions: {error}') from None
    return action


def check(folder: pathlib.Path, action: ActionSpec | None) -> None:
    """Raises UserError where the file of a folder names other actions than these."""
    known = read(folder.expanduser())
    if known is not None and action is not None and known != action:
        raise UserError(f'{folder / FILE_NAME} names {known.describe()}; here are {action.describe()}')


def of_episode(folder: pathlib.Path, actions: np.ndarray) -> ActionSpec:
    """Returns what actions [T, A] of an episode in a folder consist of.

    Raises:
      UserError: the folder's file does not fit them.
    """
    known = read(folder)
    if known is None:
        return ActionSpec((ActionPart(actions.shape[1], is_one_hot(actions)),))
    if not fit(known, actions):
        raise UserError(f'{folder / FILE_NAME} names {known.describe()}, which actions of an episode beside it are not')
    return known


def fit(action: ActionSpec, actions: np.ndarray) -> bool:
    """Whether actions [T, A] have these parts; rows of zeros, with which episodes begin, do not count."""
    if actions.shape[1] != action.size:
        return False
    taken, begin = actions[actions.any(1)], 0
    for part in action.parts:
        piece = taken[:, begin : begin + part.size]
        if part.discrete and not np.array_equal(np.eye(part.size)[piece.argmax(1)], piece):
            return False
        begin += part.size
    return True


def is_one_hot(actions: np.ndarray) -> bool:
    """Whether actions [T, A] are choices among A, 2 or more; rows of zeros do not count.

    Actions that are all zeros are no choices, but those of something continuous that rests.
    """
    return actions.shape[1] > 1 and bool(actions.any()) and fit(ActionSpec.choice(actions.shape[1]), actions)


def _check(part: ActionPart) -> None:
    """Raises ValueError unless a part may be one."""
    if type(part.size) is not int or part.size < 1 or type(part.discrete) is not bool or type(part.name) is not str:
        raise ValueError(f'a part is {shown(tuple(part))}')
