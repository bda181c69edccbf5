"""Finds runs and reads their returns: logdirs, single metrics.jsonl files, and the authors' score files."""

import json
import math
import os
import pathlib
from typing import NamedTuple

import numpy as np

from ..errors import UserError
from ..scores import protocol, published
from . import run_config

INSIDE_RUNS = {'train_episodes', 'eval_episodes', 'checkpoints', 'videos', 'quarantine'}  # no runs below
MOST_FRAMES = 10**15
LOOKS = (
    'a run is a folder with config.yaml and metrics.jsonl, such as logdir/atari_pong/dreamerv2/0; '
    'a score file is a .json list of {task, method, seed, xs, ys}'
)


class Run(NamedTuple):
    """The returns of a run.

    Attributes:
      task, method, seed: which run it is.
      frames: [N], ascending.
      returns: [N], at those frames.
      metric: 'eval_return' or 'train_return'.
      action_repeat: frames of an agent step, or None where the file does not say.
      remarks: how its protocol differs from the published one, as phrases.
      source: its folder or file.
      settings: `Settings` of its config.yaml, or None.
    """

    task: str
    method: str
    seed: str
    frames: np.ndarray
    returns: np.ndarray
    metric: str
    action_repeat: int | None
    remarks: tuple
    source: pathlib.Path
    run_config: run_config.Settings | None

    @property
    def curve(self):
        """The published `Curve` of its task, or None."""
        return published.curve_of(self.task, self.settings and self.settings.values.get('discount'))

    @property
    def refusal(self):
        """Why its scores must not be set beside the published ones, or ''."""
        return protocol.refusal(self.task, self.metric, self.action_repeat)


class Found(NamedTuple):
    """Attributes: runs: `Run`s, by task, method and seed. notices: sentences on what was left out."""

    runs: list
    notices: list


def find(roots, metric=None, tasks=None):
    """All runs at or below some paths.

    Args:
      roots: folders that hold runs at any depth, metrics.jsonl files or score files (.json).
      metric: 'eval_return' or 'train_return'; None = that of the published curve of each task.
      tasks: compiled pattern that the whole name of a task must match, or None.

    Raises:
      UserError: a path is not there, a score file is none, or no run is found.
    """
    runs, notices, paths = [], [], _paths(roots)
    for path in paths:
        try:
            runs += _scores_of(path) if path.suffix == '.json' else [_run_of(path, metric, notices)]
        except ValueError as error:
            notices.append(f'{path.parent} is left out: {error}')
    wanted = [run for run in runs if tasks is None or tasks.fullmatch(run.task)]
    if runs and not wanted:
        raise UserError(
            f'no run has a task like `--tasks` {tasks.pattern}; there are '
            f'{", ".join(sorted({run.task for run in runs}))}'
        )
    if not wanted:
        told = ''.join(f'\n  {notice}' for notice in notices)
        where = ', '.join(map(str, roots))
        raise UserError(f'no runs found in {where} ({len(paths)} metrics.jsonl files there); {LOOKS}{told}')
    return Found(sorted(wanted, key=lambda run: (run.task, run.method, run.seed)), notices)


def _paths(roots):
    """Paths of metrics.jsonl and score files, each once. Raises UserError."""
    found = {}
    for root in map(pathlib.Path, roots):
        if not root.exists():
            raise UserError(f'`--logdir` {root} is not there; {LOOKS}')
        for path in [root] if root.is_file() else sorted(_metrics_files(root)):
            found.setdefault(path.resolve(), path)
    return list(found.values())


def _metrics_files(root):
    seen = set()  # links may lead back
    for folder, below, files in os.walk(root, followlinks=True):
        real = os.path.realpath(folder)
        below[:] = [name for name in below if name not in INSIDE_RUNS and real not in seen]
        seen.add(real)
        if 'metrics.jsonl' in files:
            yield pathlib.Path(folder, 'metrics.jsonl')


def _run_of(file, metric, notices):
    """The `Run` of a metrics.jsonl with a config.yaml beside it. Raises ValueError."""
    config = file.parent / 'config.yaml'
    if not config.is_file():
        raise ValueError('there is no config.yaml, which names task and seed, beside metrics.jsonl')
    try:
        said = run_config.read(config)
    except ValueError as error:
        raise ValueError(f'config.yaml {error}') from None
    metric = metric or protocol.metric_of(said.task)
    frames, returns, broken = read_metrics(file, metric)
    if broken:
        lines = 'lines' if broken > 1 else 'line'
        notices.append(f'{file}: {broken} broken {lines} skipped, such as a half-written one')
    if not len(frames):
        raise ValueError(f'metrics.jsonl has no {metric} yet')
    repeat = said.values.get('action_repeat')
    return Run(
        _name(said.task),
        said.method,
        said.seed,
        frames,
        returns,
        metric,
        repeat,
        protocol.remarks(said.task, said.values),
        file.parent,
        said,
    )


def _name(task):
    """The name that the published data has for a task, or its own."""
    return published.known_name(task) or task


def read_metrics(path, metric):
    """(frames [N], returns [N], number of broken lines) of one metric of a metrics.jsonl."""
    points, broken, key = [], 0, f'"{metric}"'.encode()
    with path.open('rb') as file:
        for line in file:
            whole = line.rstrip().endswith(b'}')
            if whole and key not in line:
                continue
            try:
                row = json.loads(line) if whole else None
                if row[metric] is not None:
                    points.append((_frames(row['step']), _number(row[metric])))
            except (ValueError, TypeError, KeyError, OverflowError, RecursionError):
                broken += bool(line.strip())
    points = np.array(sorted(points, key=lambda point: point[0]), float).reshape(-1, 2)
    return points[:, 0].astype(np.int64), points[:, 1], broken


def _number(value):
    if isinstance(value, bool) or not math.isfinite(value):
        raise ValueError
    return float(value)


def _frames(value):
    if not 0 <= _number(value) < MOST_FRAMES:
        raise ValueError
    return int(value)


def _scores_of(path):
    """`Run`s of a score file. Raises UserError."""
    try:
        entries = json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise UserError(f'{path} is not JSON: {error}') from None
    if not isinstance(entries, list) or not entries:
        raise UserError(f'{path} is no score file: expected a list of {{task, method, seed, xs, ys}}')
    return [_entry(path, index, entry) for index, entry in enumerate(entries)]


def _entry(path, index, entry):
    try:
        points = np.array([entry['xs'], entry['ys']], float)
        names = [str(entry[key]) for key in ('task', 'method', 'seed')]
        points = points[:, np.isfinite(points).all(0)]
        if (
            not points.size
            or not (0 <= points[0]).all()
            or not (points[0] < MOST_FRAMES).all()
            or not all(map(str.isprintable, names))
        ):
            raise ValueError
    except (TypeError, KeyError, ValueError, IndexError, OverflowError):
        raise UserError(
            f'{path}: entry {index} needs task, method, seed, and xs and ys as lists of as many '
            f'numbers. Received: {str(entry)[:80]}'
        ) from None
    points = points[:, points[0].argsort(kind='stable')]
    task, method, seed = names
    return Run(
        _name(task),
        method,
        seed,
        points[0].astype(np.int64),
        points[1],
        protocol.metric_of(task),
        None,
        ('protocol as in that score file',),
        path,
        None,
    )
