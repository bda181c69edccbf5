"""Episode files that are written while a run goes on."""

from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from . import archive

WAITING = 4  # episodes at most are not saved yet; where the disk is slower than the run, the run waits for it


class Written(NamedTuple):
    """How it went with an episode."""

    digest: str
    replaced: object  # path of its file before, or None
    error: Exception  # or None where it is saved


class Writer:
    """Writes episodes one after the other in a thread.

    Args:
      compress: files take less room and more time.
    """

    def __init__(self, compress):
        self._compress = compress
        self._worker = ThreadPoolExecutor(1, thread_name_prefix='episodes')
        self._jobs = {}  # digest -> (arrays, path of the file before, future), oldest first

    def submit(self, digest, arrays, path, replaced=None):
        """Saves an episode {key: [L+1, ...]} at a path soon, then deletes the file that it replaces.

        It must not be one of the `pending`.
        """
        self._jobs[digest] = arrays, replaced, self._worker.submit(self._write, arrays, path, replaced)

    def pending(self, digest):
        """The arrays of an episode that is not known to be saved, or None."""
        return self._jobs.get(digest, (None,))[0]

    def finish(self, most=0):
        """Waits until at most so many are pending; returns what is `Written` since the last call."""
        written = []
        for digest, (_, replaced, job) in list(self._jobs.items()):
            if job.done() or len(self._jobs) > most:
                written.append(Written(digest, replaced, job.exception()))
                del self._jobs[digest]
        return written

    def _write(self, arrays, path, replaced):
        archive.write(path, arrays, self._compress)
        if replaced and replaced != path:
            replaced.unlink()
