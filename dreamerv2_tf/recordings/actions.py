"""Names of actions, and how often they were taken."""

import numpy as np

FEW = 4  # numbers of a continuous action that are written out


def action_names(size):
    """Of discrete actions: those of Atari where there are all 18, else their numbers."""
    import ale_py

    names = [action.name.lower() for action in ale_py.Action]
    return names if len(names) == size else [str(index) for index in range(size)]


def action_text(episode, row):
    """The action that led to a row of an `Episode`, for people."""
    action = episode.action[row]
    if row == 0:
        return 'begins'
    if episode.discrete:
        return action_names(len(action))[int(action.argmax())]
    more = ' ...' if len(action) > FEW else ''
    return ' '.join(f'{value:+.2f}' for value in action[:FEW]) + more


def action_counts(episodes):
    """How often each discrete action was taken, int64 [A]."""
    return sum(episode.action[1:].sum(0).astype(np.int64) for episode in episodes)
