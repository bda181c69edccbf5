"""A folder of episodes, one `.npz` file each, that never holds half a file."""

import contextlib
import datetime
import logging
import pathlib
import threading

import rich.progress

from ..files import remove_unfinished
from . import archive
from . import episode as episodes

OPEN_FILES = 8192  # at most; a process may map some 65,000
INFLATED_BYTES = 2**29  # of compressed episodes at most

_log = logging.getLogger(__name__)


class Store:
    """Writes and reads the episodes of a run.

    Names begin with the time of writing and sort in the order of writing, also if the clock is set
    back. An episode that is recorded again under the same digest replaces the old file.

    Args:
      folder: made when the first episode is written.
      compress: files take less room and more time.

    Attributes:
      total_steps: agent steps of all episodes.
    """

    def __init__(self, folder, compress=False):
        self.folder, self._compress = pathlib.Path(folder), compress
        self._open = {}  # digest -> (arrays, bytes in memory), last used last
        self._bytes = 0
        self._lock = threading.Lock()  # batches are made in a thread of their own
        names = sorted(path.name for path in self.folder.glob('*.npz'))
        self._files = {}  # digest -> name, in order
        self._newest = None  # stamp
        for name in names:
            parsed = episodes.parse_filename(name)
            if parsed is None:
                _log.warning('%s is not named like an episode and left out', self.folder / name)
            else:
                self._newest, digest, _ = parsed
                self._files[digest] = name
        self.total_steps = sum(map(self.length, self._files))
        remove_unfinished(self.folder)

    @property
    def digests(self):
        """Of all episodes, oldest first."""
        return list(self._files)

    def length(self, digest):
        """Agent steps of an episode, as its name says."""
        return episodes.parse_filename(self._files[digest])[2]

    def path(self, digest):
        """The file of an episode."""
        return self.folder / self._files[digest]

    def read(self, digest):
        """The arrays of an episode; what lies uncompressed is read when it is touched.

        Raises:
          BrokenEpisode: the file holds no episode, or not the one that its name says.
        """
        with self._lock:
            opened = self._open.pop(digest, None)
            if opened is None:
                arrays = self._load(digest)
                opened = arrays, archive.bytes_in_memory(arrays)
                self._bytes += opened[1]
            self._open[digest] = opened
            while len(self._open) > 1 and (len(self._open) > OPEN_FILES or self._bytes > INFLATED_BYTES):
                self._close(next(iter(self._open)))
            return opened[0]

    def unpack(self, digests):
        """Rewrites compressed episodes so that they can be read in place, unless `compress`."""
        packed = [] if self._compress else [
            digest for digest in digests if archive.is_compressed(self.path(digest))]
        for digest in rich.progress.track(packed, 'unpacking episodes', disable=not packed, transient=True):
            with contextlib.suppress(archive.BrokenEpisode):  # told where it is read
                archive.write(self.path(digest), self.read(digest))
            self._close(digest)

    def quarantine(self, digest, reason):
        """Moves a broken file to the folder `quarantine` and warns."""
        self._close(digest)
        path, name = self.path(digest), self._files.pop(digest)
        self.total_steps -= episodes.parse_filename(name)[2]
        moved = self.folder / 'quarantine' / name
        moved.parent.mkdir(exist_ok=True)
        if path.exists():
            path.rename(moved)
        _log.warning('%s is moved to quarantine/: %s', path, reason)

    def write(self, digest, arrays):
        """Saves an episode: to a temporary name, flushed to disk, then renamed."""
        old = self._files.get(digest)
        stamp = episodes.parse_filename(old)[0] if old else self._stamp()
        name = episodes.filename(stamp, digest, len(arrays['reward']) - 1)
        self.folder.mkdir(parents=True, exist_ok=True)
        archive.write(self.folder / name, arrays, self._compress)
        with self._lock:
            self._close(digest)
        if old:
            if old != name:
                (self.folder / old).unlink()
            self.total_steps -= self.length(digest)
        self._files[digest] = name
        self.total_steps += self.length(digest)

    def _close(self, digest):
        self._bytes -= self._open.pop(digest, (None, 0))[1]

    def _load(self, digest):
        path = self.path(digest)
        arrays = episodes.load(path)
        steps = len(arrays['reward']) - 1
        if steps != self.length(digest):
            raise episodes.BrokenEpisode(f'{path} holds {steps} steps, other than its name says')
        return arrays

    def _stamp(self):
        """Now, or a second after the newest file where the clock says less."""
        now = datetime.datetime.now().strftime(episodes.STAMP)
        self._newest = max(now, episodes.later(self._newest)) if self._newest else now
        return self._newest
