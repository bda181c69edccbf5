"""Names of actions, and how often they were taken."""

from collections.abc import Iterable

import numpy as np

from .episodes import Episode

MAX_NUMBERS_SHOWN = 4  # of a continuous action


def action_names(size: int) -> list[str]:
    """Returns names of discrete actions: those of Atari where there are all 18, else their numbers."""
    import ale_py

    names = [name.lower() for name in ale_py.Action.__members__]
    return names if len(names) == size else [str(index) for index in range(size)]


def action_text(episode: Episode, row: int) -> str:
    """Returns the action that led to a row, for people."""
    action = episode.action[row]
    if row == 0:
        return 'begins'
    if episode.discrete:
        return action_names(len(action))[int(action.argmax())]
    more = ' ...' if len(action) > MAX_NUMBERS_SHOWN else ''
    return ' '.join(f'{value:+.2f}' for value in action[:MAX_NUMBERS_SHOWN]) + more


def action_counts(episodes: Iterable[Episode]) -> np.ndarray:
    """Returns how often each discrete action was taken, int64 [A]."""
    return np.sum([episode.action[1:].sum(0).astype(np.int64) for episode in episodes], 0)
