"""Episode files that are written while a run goes on."""

import pathlib
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import NamedTuple

import numpy as np

from . import archive

MAX_PENDING_EPISODES = 4  # not saved yet; where the disk is slower than the run, the run waits for it


class Written(NamedTuple):
    """How the writing of an episode ended."""

    digest: str
    replaced: pathlib.Path | None  # its file before
    error: BaseException | None  # None where it is saved


class _Job(NamedTuple):
    arrays: Mapping[str, np.ndarray]
    replaced: pathlib.Path | None
    future: 'Future[None]'


class Writer:
    """Writes episodes one after the other in a thread.

    Args:
      compress: files take less room and more time.
    """

    def __init__(self, compress: bool):
        self._compress = compress
        self._worker = ThreadPoolExecutor(1, thread_name_prefix='episodes')
        self._jobs: dict[str, _Job] = {}  # by digest, oldest first

    def submit(
        self, digest: str, arrays: Mapping[str, np.ndarray], path: pathlib.Path, replaced: pathlib.Path | None = None
    ) -> None:
        """Saves an episode {key: [L+1, ...]} at a path soon, then deletes the file that it replaces.

        It must not be one of the `pending`.
        """
        self._jobs[digest] = _Job(arrays, replaced, self._worker.submit(self._write, arrays, path, replaced))

    def pending(self, digest: str) -> Mapping[str, np.ndarray] | None:
        """Returns the arrays of an episode that is not known to be saved, or None."""
        job = self._jobs.get(digest)
        return job and job.arrays

    def finish(self, max_pending: int = 0) -> list[Written]:
        """Waits until at most so many are pending; returns what is `Written` since the last call."""
        written = []
        for digest, job in list(self._jobs.items()):
            if job.future.done() or len(self._jobs) > max_pending:
                written.append(Written(digest, job.replaced, job.future.exception()))
                del self._jobs[digest]
        return written

    def _write(self, arrays: Mapping[str, np.ndarray], path: pathlib.Path, replaced: pathlib.Path | None) -> None:
        archive.write(path, arrays, self._compress)
        if replaced and replaced != path:
            replaced.unlink()
