"""Where the runs of a sweep happen. The processes of this machine are one such place."""

import os
import pathlib
import subprocess
import sys
from typing import Protocol

from .grid import Job

SECONDS_TO_STOP = 60  # that a run gets to save all, before it is killed


class Pool(Protocol):
    """Runs jobs side by side.

    Attributes:
      places: how many jobs may run at once.
    """

    places: int

    def start(self, job: Job) -> None:
        """Begins a job, or goes on with it."""

    def ended(self) -> list[tuple[Job, int]]:
        """Returns the jobs that ended since the last call, each with its exit code."""

    def stop(self) -> None:
        """Lets all running jobs save and end, and waits for them."""


class LocalPool:
    """Processes of this machine.

    Args:
      places: how many at once.
      logs: folder for what each prints, `TASK/METHOD/SEED.log`.
    """

    def __init__(self, places: int, logs: pathlib.Path) -> None:
        self.places, self._logs = places, logs
        self._running: list[tuple[Job, subprocess.Popen[bytes]]] = []

    def start(self, job: Job) -> None:
        """Starts the process of a job; what it prints is added to its log."""
        path = log_of(self._logs, job)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open('ab') as log:
            process = subprocess.Popen(
                [sys.executable, '-m', 'dreamerv2_tf.train', *job.words],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C is for the sweep, which tells them
                env={**os.environ, 'PYTHONUNBUFFERED': '1'},
            )
        self._running.append((job, process))

    def ended(self) -> list[tuple[Job, int]]:
        """Returns the jobs that ended since the last call, each with its exit code."""
        ended = [(job, process.returncode) for job, process in self._running if process.poll() is not None]
        self._running = [(job, process) for job, process in self._running if process.returncode is None]
        return ended

    def stop(self) -> None:
        """Sends SIGTERM to all, upon which runs save; kills those that take too long."""
        for _, process in self._running:
            process.terminate()
        for _, process in self._running:
            try:
                process.wait(SECONDS_TO_STOP)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._running = []


def log_of(logs: pathlib.Path, job: Job) -> pathlib.Path:
    """Returns the file with what the process of a job prints."""
    return logs.joinpath(*job.logdir.parts[-3:-1], f'{job.logdir.name}.log')
