"""A folder of episodes, one `.npz` file each, that never holds half a file."""

import contextlib
import datetime
import logging
import pathlib
import resource
import threading

import rich.progress

from ..files import remove_unfinished
from . import archive, episode_file
from .writer import WAITING, Writer

OPEN_FILES = 8192  # at most, and at most half of what the process may open
INFLATED_BYTES = 2**29  # of compressed episodes at most

_log = logging.getLogger(__name__)


class Store:
    """Writes and reads the episodes of a run, and reads those of others.

    Names begin with the time of writing and sort in the order of writing, also if the clock is set
    back. An episode that is recorded again under the same digest replaces the old file. Names tell
    the lengths; a file is looked into when its episode is needed.

    Args:
      folder: made when the first episode is written.
      compress: files take less room and more time.
      specs: {key: `Spec`} of rows that every episode must have.
      others: folders whose episodes are read, too, and stay as they are; here they have digests of their own.

    Attributes:
      bytes: of the run's own files.
    """

    def __init__(self, folder, compress=False, specs=None, others=()):
        self.folder, self._specs, self._writer = pathlib.Path(folder), specs or {}, Writer(compress)
        self._open = {}  # digest -> (arrays, bytes in memory), last used last
        self._most_open = min(OPEN_FILES, resource.getrlimit(resource.RLIMIT_NOFILE)[0] // 2)
        self._inflated = 0  # bytes
        self._lock = threading.Lock()  # batches are made in a thread of their own
        self._newest = None  # stamp of the newest own file
        self._files = {}  # digest -> path; those of others first, each folder in order
        self._sizes = {}  # digest -> bytes of own files; in memory until they are known to be saved
        for other in others:
            folder = pathlib.Path(other).expanduser().resolve()
            self._files |= {episode_file.digest(folder, 0, path.name): path for path in listed(folder)}
        for digest, path in _by_digest(listed(self.folder)).items():
            self._files[digest] = path
            self._sizes[digest] = path.stat().st_size
            self._newest = max(self._newest or '', episode_file.parse_filename(path.name)[0])
        self._remove_replaced()
        remove_unfinished(self.folder)
        if not compress:
            self._unpack()

    @property
    def digests(self):
        """Of all episodes, oldest first."""
        return list(self._files)

    def __contains__(self, digest):
        return digest in self._files

    @property
    def bytes(self):
        return sum(self._sizes.values())

    def is_own(self, digest):
        """Whether an episode lies in the run's own folder."""
        return digest in self._sizes

    def size(self, digest):
        """Bytes of an own file."""
        return self._sizes[digest]

    def length(self, digest):
        """Agent steps of an episode, as its name says."""
        return episode_file.parse_filename(self._files[digest].name)[2]

    def path(self, digest):
        """The file of an episode."""
        return self._files[digest]

    def read(self, digest):
        """The arrays of an episode; what lies uncompressed is read when it is touched.

        Raises:
          BrokenEpisode: the file holds no episode, or not the one that its name says, or one of other
            shapes; with its `digest`.
        """
        pending = self._writer.pending(digest)
        if pending is not None:
            return pending
        with self._lock:
            opened = self._open.pop(digest, None)
            if opened is None:
                arrays = self._load(digest)
                opened = arrays, archive.bytes_in_memory(arrays)
                self._inflated += opened[1]
            self._open[digest] = opened
            while len(self._open) > 1 and (len(self._open) > self._most_open or self._inflated > INFLATED_BYTES):
                self._close(next(iter(self._open)))
            return opened[0]

    def quarantine(self, digest, reason):
        """Moves a broken own file to the folder `quarantine`; leaves out that of others. Warns."""
        path = self._forget(digest)
        if path.parent != self.folder:
            _log.warning('%s is left out: %s', path, reason)
            return
        quarantine = self.folder / 'quarantine'
        quarantine.mkdir(exist_ok=True)
        same = len(list(quarantine.glob(f'{path.name}*')))
        if path.exists():
            path.rename(quarantine / f'{path.name}{f".{same}" if same else ""}')
        _log.warning('%s is moved to quarantine/: %s', path, reason)

    def remove(self, digests):
        """Deletes own files."""
        for digest in digests:
            self._forget(digest).unlink(missing_ok=True)

    def write(self, digest, arrays):
        """Saves an episode: to a temporary name, flushed to disk, then renamed. Raises OSError."""
        self.submit(digest, arrays)
        self.flush()

    def submit(self, digest, arrays):
        """Saves an episode soon; from now on it can be read. Raises OSError, see `flush`."""
        if self._writer.pending(digest) is not None:
            self.flush()
        old = self._files.get(digest) if self.is_own(digest) else None
        stamp = episode_file.parse_filename(old.name)[0] if old else self._stamp()
        path = self.folder / episode_file.filename(stamp, digest, len(arrays['reward']) - 1)
        self.folder.mkdir(parents=True, exist_ok=True)
        self._writer.submit(digest, arrays, path, old)
        with self._lock:
            self._close(digest)
        self._files[digest] = path
        self._sizes[digest] = archive.bytes_in_memory(arrays)
        self._finish(WAITING)

    def flush(self):
        """Waits until all files are saved.

        Raises:
          OSError: one that was submitted cannot be; names it.
        """
        self._finish(0)

    def _finish(self, most):
        failed = None
        for digest, replaced, error in self._writer.finish(most):
            failed = failed or error
            if error and not replaced:
                self._forget(digest)
                continue
            if error:
                self._files[digest] = replaced
            self._sizes[digest] = self.path(digest).stat().st_size
        if failed:
            raise failed

    def _remove_replaced(self):
        """Where a process was killed before it removed the shorter file that another one replaces.

        Those have the same stamp; a file that somebody put there stays.
        """
        for path in self.folder.glob('*.npz'):
            parsed = episode_file.parse_filename(path.name)
            kept = self._files.get(parsed[1], path) if parsed else path
            if kept == path:
                continue
            if episode_file.parse_filename(kept.name)[0] == parsed[0]:
                path.unlink()
            else:
                _log.warning('%s is left out: %s has the same digits', path, kept.name)

    def _unpack(self):
        """Rewrites own compressed episodes so that they can be read in place."""
        packed = [digest for digest in self._sizes if archive.is_compressed(self.path(digest))]
        for digest in rich.progress.track(packed, 'unpacking episodes', disable=not packed, transient=True):
            with contextlib.suppress(archive.BrokenEpisode):  # told where it is read
                archive.write(self.path(digest), self.read(digest))
                self._sizes[digest] = self.path(digest).stat().st_size
            self._close(digest)

    def _forget(self, digest):
        with self._lock:
            self._close(digest)
        self._sizes.pop(digest, None)
        return self._files.pop(digest)

    def _close(self, digest):
        self._inflated -= self._open.pop(digest, (None, 0))[1]

    def _load(self, digest):
        path = self.path(digest)
        try:
            arrays = episode_file.load(path)
            episode_file.check_length(path, arrays)
            episode_file.check_fits(arrays, self._specs)
        except episode_file.BrokenEpisode as error:
            error.digest = digest
            raise
        return arrays

    def _stamp(self):
        """Now, or a second after the newest file where the clock says less."""
        now = datetime.datetime.now().strftime(episode_file.STAMP)
        self._newest = max(now, episode_file.later(self._newest)) if self._newest else now
        return self._newest


def folder_in(path):
    """The folder of episodes that a folder is or, where it is that of a run, has."""
    inside = path / 'train_episodes'
    return inside if inside.is_dir() else path


def listed(folder):
    """Paths of the episodes in a folder, in the order of their names; warns of other `.npz`."""
    found = []
    for path in sorted(folder.glob('*.npz')):
        if episode_file.parse_filename(path.name) is None:
            _log.warning('%s is not named like an episode and left out', path)
        elif not path.is_file():
            _log.warning('%s is no file and left out', path)
        else:
            found.append(path)
    return found


def _by_digest(paths):
    """{digest: path}; the longer of two files."""
    found = {}
    for path in paths:
        _, digest, length = episode_file.parse_filename(path.name)
        if digest not in found or length > episode_file.parse_filename(found[digest].name)[2]:
            found[digest] = path
    return found
