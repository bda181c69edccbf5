"""Work that a run does not wait for."""

import concurrent.futures
import logging
from collections.abc import Callable

MAX_WAITING_JOBS = 2

_log = logging.getLogger(__name__)


class Background:
    """Runs jobs one after the other in a thread; drops them with a warning where they pile up."""

    def __init__(self) -> None:
        self._worker = concurrent.futures.ThreadPoolExecutor(1, thread_name_prefix='films')
        self._jobs: list[concurrent.futures.Future[None]] = []

    def submit(self, name: str, job: Callable[[], object]) -> None:
        """Runs a function without arguments later; a warning with its name says that it is dropped or fails."""
        self._jobs = [running for running in self._jobs if not running.done()]
        if len(self._jobs) >= MAX_WAITING_JOBS:
            _log.warning('%s dropped: the ones before are not finished yet', name)
            return
        self._jobs.append(self._worker.submit(_run, name, job))

    def close(self) -> None:
        """Waits for the jobs that were taken."""
        self._worker.shutdown()


def _run(name: str, job: Callable[[], object]) -> None:
    try:
        job()
    except Exception as error:  # whatever it is, the run goes on without a film
        _log.warning('%s failed: %s: %s', name, type(error).__name__, error)
