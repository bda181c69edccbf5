"""Finds runs and reads their returns from logdirs, single metrics.jsonl files, and the authors' score files."""

import json
import math
import os
import pathlib
import re
import reprlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, BinaryIO, NamedTuple

import numpy as np

from ..display.printable import printable
from ..errors import UserError
from ..scores import protocol, published
from ..scores.curves import Curve
from . import run_config

FOLDERS_OF_RUNS = {'train_episodes', 'eval_episodes', 'checkpoints', 'videos', 'quarantine'}  # hold no other runs
MAX_FRAMES = 10**15
MAX_RETURN = 1e100  # either way; squares of larger numbers are no floats, and no run returns them
MAX_METRICS_BYTES = 2**32  # of metrics.jsonl, which has some megabytes after 200 million frames
MAX_LINE_BYTES = 2**24
MAX_SCORE_FILE_BYTES = 10**8
WHAT_A_RUN_IS = (
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
      action_repeat: frames of an agent step, or None if that is not known.
      remarks: how its protocol differs from the published one, as phrases.
      source: its folder or file.
      settings: `Settings` of its config.yaml, or None for runs of a score file.
    """

    task: str
    method: str
    seed: str
    frames: np.ndarray
    returns: np.ndarray
    metric: str
    action_repeat: int | None
    remarks: tuple[str, ...]
    source: pathlib.Path
    settings: run_config.Settings | None

    @property
    def curve(self) -> Curve | None:
        """The published `Curve` of its task, or None."""
        return published.curve_of(self.task, self.settings.values.get('discount') if self.settings else None)

    @property
    def refusal(self) -> str:
        """Why its scores must not be set beside the published ones, or ''."""
        return protocol.refusal(self.task, self.metric, self.action_repeat)


class FoundRuns(NamedTuple):
    """The runs below some paths.

    Attributes:
      runs: ordered by task, method and seed.
      notices: sentences on what was left out.
    """

    runs: list[Run]
    notices: list[str]


def find(
    roots: Sequence[str | os.PathLike[str]], metric: str | None = None, tasks: re.Pattern[str] | None = None
) -> FoundRuns:
    """Finds all runs at or below some paths.

    Args:
      roots: folders that hold runs at any depth, metrics.jsonl files or score files (.json).
      metric: 'eval_return' or 'train_return'; None = that of the published curve of each task.
      tasks: pattern that the whole name of a task must match; None = all tasks.

    Raises:
      UserError: a path does not exist, a .json file holds no scores, or no run is found.
    """
    runs: list[Run] = []
    notices: list[str] = []
    paths = _paths(roots)
    for path in paths:
        try:
            runs += _scores_of(path) if path.suffix == '.json' else [_run_of(path, metric, notices)]
        except (ValueError, OSError) as error:
            notices.append(f'{path.parent} is left out: {error}')
    wanted = [run for run in runs if tasks is None or tasks.fullmatch(run.task)]
    if tasks and runs and not wanted:
        raise UserError(
            f'no run has a task like `--tasks` {tasks.pattern}; there are '
            f'{", ".join(sorted({run.task for run in runs}))}'
        )
    if not wanted:
        lines = ''.join(f'\n  {printable(notice)}' for notice in notices)
        where = ', '.join(map(str, roots))
        raise UserError(f'no runs found in {where} ({len(paths)} metrics.jsonl files there); {WHAT_A_RUN_IS}{lines}')
    return FoundRuns(sorted(wanted, key=lambda run: (run.task, run.method, run.seed)), notices)


def _paths(roots: Iterable[str | os.PathLike[str]]) -> list[pathlib.Path]:
    """Returns the paths of metrics.jsonl and score files, each once. Raises UserError."""
    paths: dict[str, pathlib.Path] = {}
    for root in map(pathlib.Path, roots):
        if not root.exists():
            raise UserError(f'`--logdir` {root} is not there; {WHAT_A_RUN_IS}')
        for path in [root] if root.is_file() else sorted(_metrics_files(root)):
            paths.setdefault(os.path.realpath(path), path)
    return list(paths.values())


def _metrics_files(root: pathlib.Path) -> Iterator[pathlib.Path]:
    seen: set[str] = set()  # links may lead back
    for folder, below, files in os.walk(root, followlinks=True):
        real = os.path.realpath(folder)
        below[:] = [name for name in below if name not in FOLDERS_OF_RUNS and real not in seen]
        seen.add(real)
        if 'metrics.jsonl' in files:
            yield pathlib.Path(folder, 'metrics.jsonl')


def _run_of(file: pathlib.Path, metric: str | None, notices: list[str]) -> Run:
    """Returns the `Run` of a metrics.jsonl with a config.yaml beside it. Raises ValueError."""
    config = file.parent / 'config.yaml'
    if not config.is_file():
        raise ValueError('there is no config.yaml, which names task and seed, beside metrics.jsonl')
    if not file.is_file():
        raise ValueError('metrics.jsonl is no regular file')
    if file.stat().st_size > MAX_METRICS_BYTES:
        raise ValueError(f'metrics.jsonl has more than {MAX_METRICS_BYTES:,} bytes')
    settings = run_config.read(config)
    metric = metric or protocol.metric_of(settings.task)
    frames, returns, broken = read_metrics(file, metric)
    if broken:
        lines = 'lines' if broken > 1 else 'line'
        notices.append(f'{file}: {broken} {lines} skipped, half-written or with a number that no run has')
    if not len(frames):
        raise ValueError(f'metrics.jsonl has no {metric} yet')
    return Run(
        _name(settings.task),
        settings.method,
        settings.seed,
        frames,
        returns,
        metric,
        settings.action_repeat,
        protocol.remarks(settings.task, settings.values),
        file.parent,
        settings,
    )


def _name(task: str) -> str:
    """Returns the name of a task in the published data, or its own if nothing is published for it."""
    return published.known_name(task) or task


def read_metrics(path: pathlib.Path, metric: str) -> tuple[np.ndarray, np.ndarray, int]:
    """Reads one metric of a metrics.jsonl.

    Returns:
      frames: int64 [N], ascending.
      values: of the metric there, float64 [N].
      broken: number of lines that were skipped, such as a half-written last one.
    """
    points: list[tuple[int, float]] = []
    broken, key = 0, f'"{metric}"'.encode()
    with path.open('rb') as file:
        for line in _lines(file):
            whole = line.rstrip().endswith(b'}')
            if whole and key not in line:
                continue
            try:
                row: Any = json.loads(line) if whole else None
                if row[metric] is not None:
                    points.append((_frames(row['step']), _return(row[metric])))
            except (ValueError, TypeError, KeyError, OverflowError, RecursionError):
                broken += bool(line.strip())
    ordered = np.array(sorted(points, key=lambda point: point[0]), float).reshape(-1, 2)
    return ordered[:, 0].astype(np.int64), ordered[:, 1], broken


def _number(value: Any) -> float:
    """Returns a finite number as a float. Raises ValueError or TypeError."""
    if isinstance(value, bool) or not math.isfinite(value):
        raise ValueError
    return float(value)


def _lines(file: BinaryIO) -> Iterator[bytes]:
    """Yields the lines of a file, of longer ones the first `MAX_LINE_BYTES`."""
    while line := file.readline(MAX_LINE_BYTES):
        yield line
        while line and not line.endswith(b'\n'):
            line = file.readline(MAX_LINE_BYTES)


def _return(value: Any) -> float:
    """Returns the return of an episode. Raises ValueError or TypeError."""
    if abs(_number(value)) > MAX_RETURN:
        raise ValueError
    return float(value)


def _frames(value: Any) -> int:
    """Returns a number of frames. Raises ValueError or TypeError."""
    if not 0 <= _number(value) < MAX_FRAMES:
        raise ValueError
    return int(value)


def _scores_of(path: pathlib.Path) -> list[Run]:
    """Returns the `Run`s of a score file. Raises UserError."""
    if path.stat().st_size > MAX_SCORE_FILE_BYTES:
        raise UserError(f'{path} is no score file: it has more than {MAX_SCORE_FILE_BYTES:,} bytes')
    try:
        entries = json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise UserError(f'{path} is not JSON: {error}') from None
    if not isinstance(entries, list) or not entries:
        raise UserError(f'{path} is no score file: expected a list of {{task, method, seed, xs, ys}}')
    return [_entry(path, index, entry) for index, entry in enumerate(entries)]


def _entry(path: pathlib.Path, index: int, entry: Any) -> Run:
    """Returns the `Run` of an entry of a score file. Raises UserError."""
    try:
        points = np.array([entry['xs'], entry['ys']], float)
        names = [str(entry[key]) for key in ('task', 'method', 'seed')]
        points = points[:, np.isfinite(points).all(0)]
        if (
            not points.size
            or not (0 <= points[0]).all()
            or not (points[0] < MAX_FRAMES).all()
            or not (abs(points[1]) <= MAX_RETURN).all()
            or not all(map(run_config.is_name, names))
        ):
            raise ValueError
    except (TypeError, KeyError, ValueError, IndexError, OverflowError):
        raise UserError(
            f'{path}: entry {index} needs task, method and seed of 1 to {run_config.MAX_NAME_CHARACTERS} printable '
            f'characters, and as many xs, frames below {MAX_FRAMES:.0e}, as ys, returns up to {MAX_RETURN:.0e}. '
            f'Received: {reprlib.repr(entry)}'
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
