"""Work that a run does not wait for."""

import concurrent.futures
import logging

WAITING = 2  # jobs at most

_log = logging.getLogger(__name__)


class Background:
    """Runs jobs one after the other in a thread; drops them with a notice where they pile up."""

    def __init__(self):
        self._worker = concurrent.futures.ThreadPoolExecutor(1, thread_name_prefix='pictures')
        self._jobs = []

    def submit(self, what, job):
        """Runs a function without arguments later; `what` names it if it is dropped or fails."""
        self._jobs = [running for running in self._jobs if not running.done()]
        if len(self._jobs) >= WAITING:
            _log.warning('%s dropped: the ones before are not finished yet', what)
            return
        self._jobs.append(self._worker.submit(_told, what, job))

    def close(self):
        """Waits for the jobs that were taken."""
        self._worker.shutdown()


def _told(what, job):
    try:
        job()
    except Exception as error:  # whatever it is, the run goes on without a picture
        _log.warning('%s failed: %r', what, error)
