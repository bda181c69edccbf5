"""A folder of episodes, one `.npz` file each, that never holds half a file."""

import contextlib
import datetime
import logging
import pathlib
import resource
import threading
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import rich.progress

from ..files import remove_unfinished
from ..spec import NOT_OBSERVED, ActionSpec, Spec
from . import action_parts, archive, episode_file
from .archive import BrokenEpisode, Rows
from .writer import MAX_PENDING_EPISODES, Writer

MAX_OPEN_FILES = 8192  # and at most half of what the process may open
MAX_INFLATED_BYTES = 2**29  # of compressed episodes

_log = logging.getLogger(__name__)


class Store:
    """Writes and reads the episodes of a run, and reads those of others.

    Names begin with the time of writing and sort in the order of writing, also if the clock is set
    back. An episode that is recorded again under the same digest replaces the old file. Lengths are
    read from names; a file is opened when its episode is needed.

    Args:
      folder: made when the first episode is written.
      compress: files take less room and more time.
      specs: {key: `Spec`} of rows that every episode must have; without any, all columns are read.
      others: folders whose episodes are read, too, and stay as they are; here they have digests of their own.
      action: what actions consist of, which the folder says if they have several parts.

    Raises:
      UserError: a folder says that its actions consist of something else.
    """

    def __init__(
        self,
        folder: str | pathlib.Path,
        compress: bool = False,
        specs: Mapping[str, Spec] | None = None,
        others: Sequence[str | pathlib.Path] = (),
        action: ActionSpec | None = None,
    ):
        self._action = action
        self.folder, self._specs, self._writer = pathlib.Path(folder), specs or {}, Writer(compress)
        self._open: dict[str, tuple[Mapping[str, np.ndarray | Rows], int]] = {}  # columns, bytes held; last used last
        self._max_open = min(MAX_OPEN_FILES, resource.getrlimit(resource.RLIMIT_NOFILE)[0] // 2)
        self._inflated = 0  # bytes
        self._lock = threading.Lock()  # batches are made in a thread of their own
        self._newest = ''  # stamp of the newest own file
        self._files: dict[str, pathlib.Path] = {}  # by digest; those of others first, each folder in order
        self._sizes: dict[str, int] = {}  # bytes of own files by digest; in memory until they are known to be saved
        for other in others:
            theirs = pathlib.Path(other).expanduser().resolve()
            self._files |= {episode_file.digest(theirs, 0, path.name): path for path in listed(theirs)}
        for where in (self.folder, *map(pathlib.Path, others)):
            action_parts.check(where, action)
        for digest, path in _by_digest(listed(self.folder)).items():
            self._files[digest] = path
            self._sizes[digest] = path.stat().st_size
            self._newest = max(self._newest, episode_file.parse_known(path).stamp)
        self._remove_replaced()
        remove_unfinished(self.folder)
        if not compress:
            self._unpack()

    @property
    def digests(self) -> list[str]:
        """Digests of all episodes, oldest first; those of others before the run's own."""
        return list(self._files)

    def __contains__(self, digest: str) -> bool:
        return digest in self._files

    @property
    def bytes(self) -> int:
        """Bytes of the run's own files."""
        return sum(self._sizes.values())

    def is_own(self, digest: str) -> bool:
        """Whether an episode lies in the run's own folder."""
        return digest in self._sizes

    def size(self, digest: str) -> int:
        """Returns the bytes of an own file."""
        return self._sizes[digest]

    def length(self, digest: str) -> int:
        """Returns the agent steps of an episode, from its file's name."""
        return episode_file.parse_known(self._files[digest]).length

    def path(self, digest: str) -> pathlib.Path:
        """Returns the file of an episode."""
        return self._files[digest]

    def read(self, digest: str) -> Mapping[str, np.ndarray | Rows]:
        """Returns the columns {key: [L+1, ...]} of an episode, to be sliced: those of `specs` and what is not observed.

        What lies uncompressed is read when it is sliced, and its numbers are not checked.

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
            while len(self._open) > 1 and (len(self._open) > self._max_open or self._inflated > MAX_INFLATED_BYTES):
                self._close(next(iter(self._open)))
            return opened[0]

    def quarantine(self, digest: str, reason: object) -> None:
        """Moves a broken own file to the folder `quarantine`; leaves out that of others. Warns."""
        if self._writer.pending(digest) is not None:
            self.flush()
        own = self.is_own(digest)
        path = self._forget(digest)
        if not own:
            _log.warning('%s is left out: %s', path, reason)
            return
        quarantine = self.folder / 'quarantine'
        quarantine.mkdir(exist_ok=True)
        same = len(list(quarantine.glob(f'{path.name}*')))
        if path.exists():
            path.rename(quarantine / f'{path.name}{f".{same}" if same else ""}')
        _log.warning('%s is moved to quarantine/: %s', path, reason)

    def remove(self, digests: Iterable[str]) -> None:
        """Deletes own files."""
        for digest in digests:
            self._forget(digest).unlink(missing_ok=True)

    def write(self, digest: str, arrays: Mapping[str, np.ndarray]) -> None:
        """Saves an episode: to a temporary name, flushed to disk, then renamed. Raises OSError."""
        self.submit(digest, arrays)
        self.flush()

    def submit(self, digest: str, arrays: Mapping[str, np.ndarray]) -> None:
        """Saves an episode soon; from now on it can be read. Raises OSError, see `flush`."""
        if self._writer.pending(digest) is not None:
            self.flush()
        old = self._files.get(digest) if self.is_own(digest) else None
        stamp = episode_file.parse_known(old).stamp if old else self._stamp()
        path = self.folder / episode_file.filename(stamp, digest, len(arrays['reward']) - 1)
        self.folder.mkdir(parents=True, exist_ok=True)
        if self._action:
            action_parts.write(self.folder, self._action)
        self._writer.submit(digest, arrays, path, old)
        with self._lock:
            self._close(digest)
        self._files[digest] = path
        self._sizes[digest] = archive.bytes_in_memory(arrays)
        self._finish(MAX_PENDING_EPISODES)

    def flush(self) -> None:
        """Waits until all files are saved.

        Raises:
          OSError: one that was submitted cannot be; names it.
        """
        self._finish(0)

    def _finish(self, max_pending: int) -> None:
        failed: BaseException | None = None
        for digest, replaced, error in self._writer.finish(max_pending):
            failed = failed or error
            if error and not replaced:
                self._forget(digest)
                continue
            if error and replaced:
                self._files[digest] = replaced
            self._sizes[digest] = self.path(digest).stat().st_size
        if failed:
            raise failed

    def _remove_replaced(self) -> None:
        """Removes shorter files that others replace, where a process was killed before it did so.

        Such two have the same stamp; a file that somebody put there stays.
        """
        for path in self.folder.glob('*.npz'):
            parsed = episode_file.parse_filename(path.name)
            kept = self._files.get(parsed.digest) if parsed else None
            if parsed is None or kept in (None, path):
                continue
            if episode_file.parse_known(kept).stamp == parsed.stamp:
                path.unlink()
            else:
                _log.warning('%s is left out: %s has the same digits', path, kept.name)

    def _unpack(self) -> None:
        """Rewrites own compressed episodes so that they can be read in place."""
        packed = [digest for digest in self._sizes if archive.is_compressed(self.path(digest))]
        for digest in rich.progress.track(packed, 'unpacking episodes', disable=not packed, transient=True):
            with contextlib.suppress(BrokenEpisode):  # raised again where it is read
                archive.write(self.path(digest), episode_file.load(self.path(digest)))
                self._sizes[digest] = self.path(digest).stat().st_size

    def _forget(self, digest: str) -> pathlib.Path:
        with self._lock:
            self._close(digest)
        self._sizes.pop(digest, None)
        return self._files.pop(digest)

    def _close(self, digest: str) -> None:
        if digest in self._open:
            self._inflated -= self._open.pop(digest)[1]

    def _load(self, digest: str) -> dict[str, np.ndarray | Rows]:
        try:
            episode = episode_file.load(self.path(digest), mapped=self.is_own(digest))
            episode_file.check_specs(episode.specs, self._specs)
            keys = {*self._specs, *NOT_OBSERVED} if self._specs else episode
            return {key: episode.column(key) for key in keys}
        except BrokenEpisode as error:
            error.digest = digest
            raise

    def _stamp(self) -> str:
        """Returns the time, or a second after the newest file where the clock is behind it."""
        now = datetime.datetime.now().strftime(episode_file.STAMP)
        self._newest = max(now, episode_file.later(self._newest)) if self._newest else now
        return self._newest


def folder_in(path: pathlib.Path) -> pathlib.Path:
    """Returns the folder `train_episodes` of a run's folder; any other folder itself."""
    inside = path / 'train_episodes'
    return inside if inside.is_dir() else path


def listed(folder: pathlib.Path) -> list[pathlib.Path]:
    """Returns the paths of episodes in a folder, in the order of their names; warns of other `.npz`."""
    paths = []
    for path in sorted(folder.glob('*.npz')):
        if episode_file.parse_filename(path.name) is None:
            _log.warning('%s is not named like an episode and left out', path)
        elif not path.is_file():
            _log.warning('%s is no file and left out', path)
        else:
            paths.append(path)
    return paths


def _by_digest(paths: Iterable[pathlib.Path]) -> dict[str, pathlib.Path]:
    """Returns {digest: path}; of two files with the same digest the longer one."""
    longest: dict[str, pathlib.Path] = {}
    for path in paths:
        _, digest, length = episode_file.parse_known(path)
        if digest not in longest or length > episode_file.parse_known(longest[digest]).length:
            longest[digest] = path
    return longest
