"""The experience that a run learns from: newest episodes up to a capacity, and those going on."""

import logging

from . import episode_file
from .open_episode import OpenEpisode

LOOK_AHEAD = 2000  # numbers, as many as may be missing between two files of the run

_log = logging.getLogger(__name__)


class Buffer:
    """Takes rows, cuts them into episodes, saves these, and keeps the newest within reach.

    The episodes of each environment are numbered as they end; file names follow from the run's seed,
    the environment and the number, so that a run that goes back to a checkpoint writes the same names.

        saved    |-- evicted --|-- loaded, up to the capacity --|      oldest first
        open                                                    |--    one per environment

    Args:
      store: a `Store`; what it holds counts, newest first, up to the capacity.
      capacity: agent steps; the oldest episodes leave first.
      seed: of the run.
      envs: number of environments.
      ongoing: rows from which on unfinished episodes can be sampled, too; 0 = never.
      disk_limit: bytes of the store's files from which on `leave_surplus` leaves the oldest out; 0 = none.

    Attributes:
      numbers: [envs], of the next episode of each environment.
    """

    def __init__(self, store, capacity, seed, envs=1, ongoing=0, disk_limit=0):
        self._store, self._capacity, self._seed = store, capacity, seed
        self._ongoing, self._disk_limit = ongoing, disk_limit
        self.numbers = [0] * envs
        self._saved = {}  # digest -> agent steps of all episodes that count, oldest first
        self._loaded = {}  # digest -> FinishedEpisode, a newest part of these
        self._open = {}  # index of environment -> OpenEpisode
        self._leaving = []  # digests of files beyond the disk limit
        self.total_steps = self.loaded_steps = 0
        for digest in store.digests:
            self._count(digest)
        self._skip_numbers()

    @property
    def total_episodes(self):
        return len(self._saved)

    @property
    def loaded_episodes(self):
        return len(self._loaded)

    @property
    def open_rows(self):
        """{index of environment: newest row} of running episodes."""
        return {index: ep.newest for index, ep in self._open.items()}

    def episodes(self):
        """Episodes that can be sampled, oldest first, as `FinishedEpisode` or `OpenEpisode`."""
        going_on = self._open.values() if self._ongoing else ()
        return [*self._loaded.values(), *(ep for ep in going_on if ep.rows >= self._ongoing)]

    def find(self, digest):
        """The episode of that digest, wherever it is; None where it is gone."""
        found = self._loaded.get(digest)
        running = {ep.digest: ep for ep in self._open.values()}
        if found is None and digest in self._store:
            found = self._finished(digest)
        return running.get(digest, found)

    def add(self, row, index):
        """Adds a row of an environment. Returns the arrays of an episode that it ended, else None."""
        if row['is_first']:
            self._open[index] = OpenEpisode(episode_file.digest(self._seed, index, self.numbers[index]))
        self._open[index].add({key: episode_file.stored(value) for key, value in row.items()})
        if row['is_last']:
            return self._finish(index)

    def close_open(self):
        """Ends all running episodes as truncated: is_last, not is_terminal.

        Returns the arrays of each; those without a step are dropped.
        """
        closed = [self._finish(i, truncated=True) for i, ep in sorted(self._open.items()) if ep.rows > 1]
        self._open.clear()
        return closed

    def flush(self):
        """Waits until all finished episodes are saved.

        Raises:
          OSError: one cannot be; names its file.
        """
        self._store.flush()

    def give_up(self, digest, error):
        """Leaves out an episode whose file turned out to be broken; older ones take its room.

        The store says what becomes of the file.
        """
        self._uncount(digest)
        self._store.quarantine(digest, error)
        self._refill()

    def leave_surplus(self, in_use):
        """Leaves out the oldest episodes beyond the disk limit, but for digests `in_use`.

        Their files stay until `remove_surplus`, when a checkpoint does without them.
        """
        excess = self._store.bytes - self._disk_limit if self._disk_limit else 0
        for digest in list(self._saved)[:-1]:
            if excess <= 0:
                break
            if digest not in in_use and self._store.is_own(digest):
                excess -= self._store.size(digest)
                self._leaving.append(digest)
                self._uncount(digest)

    def remove_surplus(self):
        """Deletes the files of what was left out."""
        self._store.remove(self._leaving)
        self._leaving = []

    def state(self):
        """What `restore` needs: a manifest of plain data, and {index: rows so far} of running episodes."""
        manifest = {
            'seed': self._seed,
            'numbers': list(self.numbers),
            'saved': list(self._saved),
            'leaving': list(self._leaving),
        }
        return manifest, {index: ep.arrays() for index, ep in self._open.items()}

    def restore(self, manifest, running, exact):
        """Goes on from a `state`.

        Files that the run wrote after it are either recorded again (`exact`: the environments go on
        with the same episodes), so that they do not count until then; or they count from now on, and an
        episode whose environment is lost ends where it was, or as its file says.

        Args:
          manifest, running: the state.
          exact: whether the environments go on.

        Returns the agent steps that count in addition to those of the state.
        """
        self._seed = manifest['seed']  # names stay those of one run, also if its seed has changed
        self._leaving = [digest for digest in manifest['leaving'] if digest in self._store]
        known = {*manifest['saved'], *self._leaving}
        strange = [digest for digest in self._saved if digest not in known]
        self._saved, self._loaded = {}, {}
        self.total_steps = self.loaded_steps = 0
        for digest in manifest['saved']:
            if digest in self._store:
                self._count(digest)
        gone = len(manifest['saved']) - len(self._saved)
        if gone:
            _log.warning(
                '%d episodes of the checkpoint are missing in %s; the run goes on without them',
                gone,
                self._store.folder,
            )
        more = max(0, len(self.numbers) - len(manifest['numbers']))  # environments than before
        self.numbers = [*manifest['numbers'], *[0] * more]
        later = {digest for index in range(len(self.numbers)) for digest in self._later(index).values()}
        for digest in strange:
            if digest not in later:
                self._count(digest)
        for index, arrays in running.items():
            digest = episode_file.digest(self._seed, index, self.numbers[index])
            self._open[index] = OpenEpisode.of(digest, arrays)
        return 0 if exact else self._adopt()

    def _adopt(self):
        """Ends running episodes and counts files of the run's next numbers; returns the steps gained."""
        before = self.total_steps + sum(ep.rows - 1 for ep in self._open.values())
        for index in range(len(self.numbers)):
            for number, digest in self._later(index).items():
                running = self._open.get(index) if number == self.numbers[index] else None
                if running and running.rows - 1 > self._store.length(digest):
                    continue  # it ends where it was, and replaces the file
                if running:
                    self._open.pop(index)
                self._count(digest)
        self.close_open()
        self._skip_numbers()
        return self.total_steps - before

    def _later(self, index):
        """{number: digest} of an environment's own files from its next number on; some may be missing."""
        found, begin = {}, self.numbers[index]
        while self._store.bytes:
            window = range(begin, begin + LOOK_AHEAD)
            named = {number: episode_file.digest(self._seed, index, number) for number in window}
            own = {number: digest for number, digest in named.items() if self._store.is_own(digest)}
            if not own:
                break
            found, begin = found | own, max(own) + 1
        return found

    def _skip_numbers(self):
        """Goes on behind all numbers that have files."""
        self.numbers = [max([number - 1, *self._later(index)]) + 1 for index, number in enumerate(self.numbers)]

    def _finish(self, index, truncated=False):
        ended = self._open.pop(index)
        arrays = ended.arrays(truncated)
        self.numbers[index] += 1
        self._store.submit(ended.digest, arrays)
        self._uncount(ended.digest)
        self._count(ended.digest)
        return arrays

    def _finished(self, digest):
        return episode_file.FinishedEpisode(digest, self._store.read, self._store.length(digest) + 1)

    def _count(self, digest):
        """An episode counts as the newest one."""
        steps = self._store.length(digest)
        self._saved[digest] = steps
        self.total_steps += steps
        self._loaded[digest] = self._finished(digest)
        self.loaded_steps += steps
        while self.loaded_steps > self._capacity and len(self._loaded) > 1:
            self._evict(next(iter(self._loaded)))

    def _refill(self):
        """Loads older episodes again where there is room."""
        older = [digest for digest in self._saved if digest not in self._loaded]
        for digest in reversed(older):
            steps = self._saved[digest]
            if self._loaded and self.loaded_steps + steps > self._capacity:
                break
            self._loaded = {digest: self._finished(digest), **self._loaded}
            self.loaded_steps += steps

    def _uncount(self, digest):
        self._evict(digest)
        self.total_steps -= self._saved.pop(digest, 0)

    def _evict(self, digest):
        if digest in self._loaded:
            self.loaded_steps -= self._loaded.pop(digest).rows - 1
