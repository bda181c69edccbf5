"""Runs all jobs of a sweep; the folders of the runs are all that is known of how far it is."""

import pathlib
import time
from collections.abc import Callable, Sequence
from typing import Literal, NamedTuple

from ..comparison.runs import read_metrics
from ..learning import checkpoint
from ..training.logdir import in_use
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
        self._standing: dict[str, Standing] = {job.name: self._found(job) for job in jobs}
        self._remarks: dict[str, str] = {}

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
            self._standing[job.name] = 'finished' if is_finished(job) else 'failed'
            if not is_finished(job):
                self._remarks[job.name] = f'exit code {code}: {_last_line(log_of(self._logs, job))}'
        for job in self._jobs:
            if self._standing[job.name] == 'elsewhere':
                self._standing[job.name] = self._found(job)
            if self._standing[job.name] == 'waiting' and self._count('running') < self._pool.places:
                self._pool.start(job)
                self._standing[job.name] = 'running'
        return any(standing in ('waiting', 'running', 'elsewhere') for standing in self._standing.values())

    def _count(self, standing: Standing) -> int:
        return list(self._standing.values()).count(standing)

    def _found(self, job: Job) -> Standing:
        if is_finished(job):
            return 'finished'
        return 'elsewhere' if in_use(job.logdir) else 'waiting'

    def _progress(self, job: Job) -> Progress:
        frames, score = 0, None
        if (job.logdir / 'metrics.jsonl').is_file():
            trained, _, _ = read_metrics(job.logdir / 'metrics.jsonl', 'train_return')
            evaluated, scores, _ = read_metrics(job.logdir / 'metrics.jsonl', 'eval_return')
            frames = max([0, *trained[-1:].tolist(), *evaluated[-1:].tolist()])
            newest = scores[evaluated == evaluated[-1]] if len(scores) else scores
            score = float(newest.mean()) if len(newest) else None
        return Progress(job, self._standing[job.name], frames, score, self._remarks.get(job.name, ''))


def is_finished(job: Job) -> bool:
    """Whether the newest checkpoint of a job is of its last step."""
    paths = checkpoint.find(job.logdir / 'checkpoints')
    return bool(paths) and int(paths[-1].stem) >= job.steps


def _last_line(log: pathlib.Path) -> str:
    lines = log.read_text(errors='replace').split('\n') if log.is_file() else []
    written = [line.rpartition('\r')[2].strip() for line in lines if line.strip()]
    return written[-1] if written else 'it printed nothing'
