"""How published scores were measured, and how a run's own measure differs from it."""

from ..errors import nearest
from . import published

ATARI = {'action_repeat': 4, 'time_limit': 27000, 'atari_full_actions': True, 'eval_noise': 0, 'eval_state_mean': False}
DMC = {'action_repeat': 2}
BIN_FRAMES = {'atari': 1_000_000, 'dmc': 30_000}
METRICS = ('eval_return', 'train_return')


def metric_of(task):
    """What is compared: returns of evaluations, but of training for dm_control, as published."""
    return 'train_return' if _suite(task) == 'dmc' else 'eval_return'


def bin_frames_of(task):
    """Frames of a bin of the published curve; for other tasks those of Atari."""
    return BIN_FRAMES.get(_suite(task), BIN_FRAMES['atari'])


def remarks(task, values):
    """Phrases on settings {key: value} that change what a score means, compared with the published ones."""
    if published.known_name(task) is None:
        return ()
    expected = DMC if _suite(task) == 'dmc' else ATARI
    return tuple(
        f'{key} {values[key]}, published {value}'
        for key, value in expected.items()
        if key in values and values[key] != value
    )


def refusal(task, metric, action_repeat):
    """Why scores of a task must not be set beside the published ones, or ''.

    Args:
      metric: what they are, 'eval_return' or 'train_return'.
      action_repeat: frames of an agent step, or None where that is not known.
    """
    if published.known_name(task) is None:
        near = nearest(task, published.curves()) if _suite(task) in BIN_FRAMES else ''
        return f'nothing is published for this task{near}'
    if metric != metric_of(task):
        kinds = {'eval_return': 'evaluation', 'train_return': 'training'}
        return f'{kinds[metric]} returns; published are {kinds[metric_of(task)]} returns'
    expected = (DMC if _suite(task) == 'dmc' else ATARI)['action_repeat']
    if action_repeat not in (None, expected):
        return f'action repeat {action_repeat}; published with {expected}'
    return ''


def _suite(task):
    return (published.known_name(task) or task).partition('_')[0]
