"""Reads the published scores in `data/`; where each column comes from: `data/provenance.json`."""

import csv
import functools
import json
import pathlib
from typing import Any, NamedTuple

import numpy as np

from ..errors import UserError, nearest
from .curves import Curve

FOLDER = pathlib.Path(__file__).parent / 'data'
BASELINES = ('iqn', 'rainbow', 'c51', 'dqn')  # after 200M frames, with sticky actions
VARIANTS = ('dreamerv2', 'schedules')  # with finals of every seed
TITLES = {
    'random': 'Random',
    'gamer': 'Gamer',
    'record': 'Record',
    'dqn': 'DQN',
    'c51': 'C51',
    'rainbow': 'Rainbow',
    'iqn': 'IQN',
    'dreamerv2': 'DreamerV2',
    'schedules': 'DreamerV2 (schedules)',
}


class Game(NamedTuple):
    """An Atari game's published scores.

    Attributes:
      name: without the suite, such as pong.
      scores: {'random', 'gamer', 'record' or a baseline: raw score}.
      finals: {variant: raw score of each seed at the end of training, float64 [N]}.
    """

    name: str
    scores: dict[str, float]
    finals: dict[str, np.ndarray]

    @property
    def task(self) -> str:
        """The name of its task, such as atari_pong."""
        return f'atari_{self.name}'


@functools.cache
def games() -> dict[str, Game]:
    """Returns {name: `Game`} of the paper's 55 games."""
    finals = {
        row['game']: {variant: np.array(row[variant].split(), float) for variant in VARIANTS}
        for row in _rows('atari_finals.csv')
    }
    return {
        row['game']: Game(
            row['game'], {key: float(value) for key, value in row.items() if key != 'game'}, finals[row['game']]
        )
        for row in _rows('atari_scores.csv')
    }


@functools.cache
def curves() -> dict[str, dict[str, Curve]]:
    """Returns {task: {method: `Curve`}} of all tasks with published curves."""
    return _curves('curves.csv')


@functools.cache
def early_curves() -> dict[str, dict[str, Curve]]:
    """Returns {task: {'dreamerv3_100k': `Curve`}} below the first published point of the paper's agent.

    They are of another agent under another protocol, for orientation alone.
    """
    return _curves('early_curves.csv')


def provenance() -> dict[str, dict[str, dict[str, Any]]]:
    """Returns {file: {column: {'paper', 'table', 'frames', 'seeds', 'protocol', ...}}}."""
    sources: dict[str, dict[str, dict[str, Any]]] = json.loads((FOLDER / 'provenance.json').read_text())
    return sources


def known_name(task: str) -> str | None:
    """Returns the name of a task in the published data, or None if nothing is published for it.

    `pong`, `atari_pong` and `atari_jamesbond` (published as atari_james_bond) are understood.
    """
    return _names().get(_letters(task))


def find(task: str) -> str:
    """Returns the name of a task in the published data.

    Raises:
      UserError: nothing is published for it. The message has the nearest name.
    """
    name = known_name(task)
    if name is None:
        known = [*curves(), *games()]
        raise UserError(
            f'nothing is published for `{task}`{nearest(task, known)}; published are 55 Atari '
            'games, such as pong, 20 dm_control tasks, such as dmc_walker_walk, and dmc_humanoid_walk'
        )
    return name


def game_of(task: str) -> Game | None:
    """Returns the `Game` of a task such as atari_pong, or None for other tasks and unknown games."""
    name = known_name(task)
    return games().get(name.removeprefix('atari_')) if name else None


def curve_of(task: str, discount: float | None = None) -> Curve | None:
    """Returns the `Curve` of the paper's agent on a task, or None if there is none.

    Args:
      task: its name.
      discount: of the agent to compare; if a curve with that discount is published, that one is returned.
    """
    methods = curves().get(known_name(task) or '', {})
    names = (f'discount_{discount}', 'dreamerv2', *methods)
    return next((methods[name] for name in names if name in methods), None)


def early_curve_of(task: str) -> Curve | None:
    """Returns the early `Curve` of an Atari game, or None; see `early_curves`."""
    methods = early_curves().get(known_name(task) or '', {})
    return next(iter(methods.values()), None)


@functools.cache
def _names() -> dict[str, str]:
    return {_letters(name): task for task in curves() for name in (task, task.removeprefix('atari_'))}


def _letters(task: str) -> str:
    return task.lower().replace('_', '')


def _curves(name: str) -> dict[str, dict[str, Curve]]:
    columns: dict[str, dict[str, list[list[float]]]] = {}
    for row in _rows(name):
        columns.setdefault(row['task'], {}).setdefault(row['method'], []).append(
            [float(row[key]) for key in ('frames', 'mean', 'std', 'min', 'max', 'seeds', 'running')]
        )
    return {
        task: {method: Curve(task, method, *np.array(rows).T) for method, rows in methods.items()}
        for task, methods in columns.items()
    }


def _rows(name: str) -> list[dict[str, str]]:
    with (FOLDER / name).open(newline='') as file:
        return list(csv.DictReader(file))
