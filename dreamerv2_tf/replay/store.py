"""A folder of episodes, one `.npz` file each, that never holds half a file."""

import datetime
import logging
import os
import pathlib

import numpy as np

from . import episode as episodes

_log = logging.getLogger(__name__)


class Store:
    """Writes and reads the episodes of a run.

    Names begin with the time of writing and sort in the order of writing, also if the clock is set
    back. An episode that is recorded again under the same digest replaces the old file.

    Args:
      folder: made when the first episode is written.

    Attributes:
      total_steps: agent steps of all episodes.
    """

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
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
        for unfinished in self.folder.glob('.*.npz.tmp'):
            unfinished.unlink()

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
        """The arrays of an episode. Raises BrokenEpisode."""
        return episodes.load(self.path(digest))

    def write(self, digest, arrays):
        """Saves an episode: to a temporary name, flushed to disk, then renamed."""
        old = self._files.get(digest)
        stamp = episodes.parse_filename(old)[0] if old else self._stamp()
        name = episodes.filename(stamp, digest, len(arrays['reward']) - 1)
        self.folder.mkdir(parents=True, exist_ok=True)
        temporary = self.folder / f'.{name}.tmp'
        with temporary.open('wb') as file:
            np.savez_compressed(file, **arrays)
            file.flush()
            os.fsync(file.fileno())
        temporary.rename(self.folder / name)
        if old:
            if old != name:
                (self.folder / old).unlink()
            self.total_steps -= self.length(digest)
        self._files[digest] = name
        self.total_steps += self.length(digest)

    def _stamp(self):
        """Now, or a second after the newest file where the clock says less."""
        now = datetime.datetime.now().strftime(episodes.STAMP)
        self._newest = max(now, episodes.later(self._newest)) if self._newest else now
        return self._newest
