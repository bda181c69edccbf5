"""Names of actions, and how often they were taken."""

from collections.abc import Iterable

import numpy as np

from ..spec import MAX_PARTS_SHOWN
from .episodes import Episode

MAX_NUMBERS_SHOWN = 4  # of a continuous action


def action_names(size: int) -> list[str]:
    """Returns names of discrete actions: those of Atari where there are all 18, else their numbers."""
    import ale_py

    names = [name.lower() for name in ale_py.Action.__members__]
    return names if len(names) == size else [str(index) for index in range(size)]


def action_text(episode: Episode, row: int) -> str:
    """Returns the action that led to a row, for people: 'fire', '+0.25 -1.00', or of several parts '2 0 +0.25'."""
    action, parts = episode.action[row], episode.action_spec.parts
    if row == 0:
        return 'begins'
    if episode.action_spec.is_choice:
        return action_names(len(action))[int(action.argmax())]
    pieces = np.split(action, np.cumsum([part.size for part in parts])[:-1])
    texts = [
        str(piece.argmax()) if part.discrete else _numbers_text(piece)
        for part, piece in zip(parts[:MAX_PARTS_SHOWN], pieces)
    ]
    return ' '.join([*texts, *['...'] * (len(parts) > MAX_PARTS_SHOWN)])


def action_counts(episodes: Iterable[Episode]) -> np.ndarray:
    """Returns how often each choice was taken, int64 [A]; numbers among the actions have no meaning there."""
    return np.sum([episode.action[1:].sum(0, dtype=np.float64).astype(np.int64) for episode in episodes], 0)


def _numbers_text(values: np.ndarray) -> str:
    more = ' ...' if len(values) > MAX_NUMBERS_SHOWN else ''
    return ' '.join(f'{value:+.2f}' for value in values[:MAX_NUMBERS_SHOWN]) + more
