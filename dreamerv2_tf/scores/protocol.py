"""How published scores were measured, and how a run's own measure differs from it."""

import functools
from collections.abc import Mapping

from ..config import presets
from ..config.schema import SCHEMA
from ..errors import nearest
from . import published

PRESETS = {'atari': 'atari', 'dmc': 'dmc_vision'}  # {suite: preset with the settings of its published scores}
BIN_FRAMES = {'atari': 1_000_000, 'dmc': 30_000}
METRICS = ('eval_return', 'train_return')


def metric_of(task: str) -> str:
    """Returns the metric that is compared: 'eval_return', but 'train_return' for dm_control, as published."""
    return 'train_return' if _suite(task) == 'dmc' else 'eval_return'


def bin_frames_of(task: str) -> int:
    """Returns the frames of a bin of the published curve; for tasks without one those of Atari."""
    return BIN_FRAMES.get(_suite(task), BIN_FRAMES['atari'])


@functools.cache
def settings_of(suite: str) -> dict[str, object]:
    """Returns {key: published value} of the settings that change what a score of a suite means.

    The schema says which keys these are (`protocol_of`), the suite's preset in configs.yaml which values.

    Args:
      suite: 'atari' or 'dmc'.
    """
    config, _ = presets.stack([PRESETS[suite]])
    return {key: config[key] for key, setting in SCHEMA.items() if suite in setting.protocol_of}


def remarks(task: str, values: Mapping[str, object]) -> tuple[str, ...]:
    """Returns a phrase for each setting that changes what a score means.

    Args:
      task: its name.
      values: {key: value} of the settings that are known.
    """
    if published.known_name(task) is None:
        return ()
    return tuple(
        f'{key} {values[key]}, published {value}'
        for key, value in settings_of(_suite(task)).items()
        if key in values and values[key] != value
    )


def refusal(task: str, metric: str, action_repeat: int | None) -> str:
    """Returns why scores of a task must not be set beside the published ones, or ''.

    Args:
      task: its name.
      metric: of the scores, 'eval_return' or 'train_return'.
      action_repeat: frames of an agent step, or None if that is not known.
    """
    if published.known_name(task) is None:
        hint = nearest(task, published.curves()) if _suite(task) in BIN_FRAMES else ''
        return f'nothing is published for this task{hint}'
    if metric != metric_of(task):
        kinds = {'eval_return': 'evaluation', 'train_return': 'training'}
        return f'{kinds[metric]} returns; published are {kinds[metric_of(task)]} returns'
    expected = settings_of(_suite(task))['action_repeat']
    if action_repeat not in (None, expected):
        return f'action repeat {action_repeat}; published with {expected}'
    return ''


def _suite(task: str) -> str:
    """Returns 'atari' for the published names of Atari games and the part before the first `_` of others."""
    return (published.known_name(task) or task).partition('_')[0]
