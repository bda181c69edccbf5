"""Runs all jobs of a sweep; the folders of the runs are all that is known of how far it is."""

import pathlib
import time
from collections.abc import Callable, Sequence
from typing import Literal, NamedTuple

from ..comparison.runs import read_metrics
from ..config import bounded_yaml
from ..config.changes import changed_settings
from ..errors import UserError
from ..learning import checkpoint
from ..training.logdir import in_use, reading_from
from .grid import Job
from .pool import Pool, log_of

SECONDS_BETWEEN_LOOKS = 1.0
Standing = Literal['waiting', 'running', 'elsewhere', 'finished', 'failed']


class Progress(NamedTuple):
    """How far a job is.

    Attributes:
      job: the job.
      standing: `elsewhere` = another process has its folder, such as one that a killed sweep left behind.
      frames: of its newest evaluation or episode.
      score: mean of its newest evaluation, or None.
      remark: why it failed, or ''.
    """

    job: Job
    standing: Standing
    frames: int
    score: float | None
    remark: str


class Sweep:
    """Jobs and how far they are.

    Args:
      jobs: all jobs.
      pool: runs them.
      logs: folder of what they print.
    """

    def __init__(self, jobs: Sequence[Job], pool: Pool, logs: pathlib.Path) -> None:
        self._jobs, self._pool, self._logs = jobs, pool, logs
        self._remarks: dict[str, str] = {}
        self._known: dict[str, tuple[int, int, float | None]] = {}  # {job: size of its metrics, frames, score}
        self._standing: dict[str, Standing] = {job.name: self._found(job) for job in jobs}

    def run(self, stop: Callable[[], bool], report: Callable[[list[Progress]], None]) -> list[Progress]:
        """Runs until every job is finished or has failed, or `stop` is true; a failed job does not stop the others.

        Whatever ends this ends the running jobs with all saved.

        Args:
          stop: whether to end.
          report: called after each look, with the `Progress` of all jobs.

        Returns how all of them ended.
        """
        try:
            while not stop() and self._look():
                report(self.progress())
                time.sleep(SECONDS_BETWEEN_LOOKS)
        finally:
            self._pool.stop()
            for job in self._jobs:
                if self._standing[job.name] == 'running':
                    self._standing[job.name] = self._found(job)
        return self.progress()

    def progress(self) -> list[Progress]:
        """Returns how far each job is."""
        return [self._progress(job) for job in self._jobs]

    def _look(self) -> bool:
        """Takes note of what ended, starts what has a place; returns whether anything is left to do."""
        for job, code in self._pool.ended():
            self._standing[job.name] = self._found(job)
            if self._standing[job.name] == 'waiting':
                self._standing[job.name] = 'failed'
                self._remarks[job.name] = f'exit code {code}: {_last_line(log_of(self._logs, job))}'
        for job in self._jobs:
            if self._standing[job.name] == 'elsewhere':
                self._standing[job.name] = self._found(job)
            busy = self._count('running') + self._count('elsewhere')
            if self._standing[job.name] == 'waiting' and busy < self._pool.places:
                self._pool.start(job)
                self._standing[job.name] = 'running'
        return any(standing in ('waiting', 'running', 'elsewhere') for standing in self._standing.values())

    def _count(self, standing: Standing) -> int:
        return list(self._standing.values()).count(standing)

    def _found(self, job: Job) -> Standing:
        """Returns how far a job is by its folder, where this sweep does not run it."""
        if in_use(job.logdir):
            return 'elsewhere'
        if not is_finished(job):
            return 'waiting'
        self._remarks[job.name] = _objection(job)
        return 'failed' if self._remarks[job.name] else 'finished'

    def _progress(self, job: Job) -> Progress:
        path = job.logdir / 'metrics.jsonl'
        size = path.stat().st_size if path.is_file() else 0
        known = self._known.get(job.name)
        if known is None or known[0] != size:
            known = self._known[job.name] = (size, *_read(path if size else None))
        _, frames, score = known
        standing = self._standing[job.name]
        frames = job.frames if standing == 'finished' else frames
        return Progress(job, standing, frames, score, self._remarks.get(job.name, ''))


def is_finished(job: Job) -> bool:
    """Whether the newest checkpoint of a job is of its last step."""
    paths = checkpoint.find(job.logdir / 'checkpoints')
    return bool(paths) and int(paths[-1].stem) >= job.config.steps


def _objection(job: Job) -> str:
    """Returns why the finished run in the folder of a job is not the job, or ''."""
    path = job.logdir / 'config.yaml'
    try:
        changed = changed_settings(bounded_yaml.read(path), reading_from(job.config), str(path))
    except UserError as error:
        return str(error)
    listed = '; '.join(changed.values())
    return f'it was made with other settings: {listed}; use another --out' if changed else ''


def _read(path: pathlib.Path | None) -> tuple[int, float | None]:
    """Returns (frames of the newest return, mean of the newest evaluation or None) of a metrics.jsonl."""
    if path is None:
        return 0, None
    trained, _, _ = read_metrics(path, 'train_return')
    evaluated, scores, _ = read_metrics(path, 'eval_return')
    newest = scores[evaluated == evaluated[-1]] if len(scores) else scores
    frames = max([0, *trained[-1:].tolist(), *evaluated[-1:].tolist()])
    return frames, float(newest.mean()) if len(newest) else None


def _last_line(log: pathlib.Path) -> str:
    lines = log.read_text(errors='replace').split('\n') if log.is_file() else []
    written = [line.rpartition('\r')[2].strip() for line in lines if line.strip()]
    return written[-1] if written else 'it printed nothing'
