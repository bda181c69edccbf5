"""The experience that a run learns from: newest episodes up to a capacity, and those going on."""

import logging
import pathlib
from collections.abc import Container, Mapping
from typing import Any

import numpy as np

from ..spec import by_environment
from . import episode_file
from .episode_file import FinishedEpisode
from .open_episode import Episode, OpenEpisode
from .store import Store

MAX_MISSING_NUMBERS = 2000  # between two files of the run

_log = logging.getLogger(__name__)


class Buffer:
    """Takes rows, cuts them into episodes, saves these, and keeps the newest within reach.

    The episodes of each environment are numbered as they end; file names follow from the run's seed,
    the environment and the number, so that a run that goes back to a checkpoint writes the same names.

        saved    |-- evicted --|-- loaded, up to the capacity --|      oldest first
        open                                                    |--    one per environment

    Args:
      store: a `Store`; what it holds counts, newest first, up to the capacity.
      capacity: agent steps; the oldest episodes are evicted first.
      seed: of the run.
      envs: number of environments.
      ongoing: rows from which on unfinished episodes can be sampled, too; 0 = never.
      disk_limit: bytes of the store's files from which on `leave_surplus` leaves the oldest out; 0 = none.

    Attributes:
      numbers: [envs], of the next episode of each environment.
      total_steps: agent steps of all saved episodes.
      loaded_steps: agent steps of the loaded ones.
    """

    def __init__(self, store: Store, capacity: int, seed: int, envs: int = 1, ongoing: int = 0, disk_limit: int = 0):
        self._store, self._capacity, self._seed = store, capacity, seed
        self._ongoing, self._disk_limit = ongoing, disk_limit
        self.numbers = [0] * envs
        self._saved: dict[str, int] = {}  # digest -> agent steps of all episodes that count, oldest first
        self._loaded: dict[str, FinishedEpisode] = {}  # digest -> episode, a newest part of these
        self._open: dict[int, OpenEpisode] = {}  # by index of environment
        self._leaving: list[str] = []  # digests of files beyond the disk limit
        self._unusable: set[str] = set()  # digests of running episodes that are not drawn
        self.total_steps = self.loaded_steps = 0
        for digest in store.digests:
            self._count(digest)
        self._skip_numbers()

    @property
    def total_episodes(self) -> int:
        """Number of saved episodes."""
        return len(self._saved)

    @property
    def loaded_episodes(self) -> int:
        """Number of loaded episodes."""
        return len(self._loaded)

    def episodes(self) -> list[Episode]:
        """Returns the episodes that can be sampled, oldest first."""
        going_on = self._open.values() if self._ongoing else ()
        running = (ep for ep in going_on if ep.rows >= self._ongoing and ep.digest not in self._unusable)
        return [*self._loaded.values(), *running]

    def find(self, digest: str) -> Episode | None:
        """Returns the episode of that digest, running or saved; None where it is gone."""
        for running in self._open.values():
            if running.digest == digest:
                return running
        if digest in self._loaded:
            return self._loaded[digest]
        return self._finished(digest) if digest in self._store else None

    def path(self, digest: str) -> pathlib.Path | None:
        """Returns the file of an episode, or None where it has none, as while it goes on."""
        return self._store.path(digest) if digest in self._store else None

    def add(self, row: Mapping[str, Any], index: int) -> dict[str, np.ndarray] | None:
        """Adds a row of an environment. Returns the arrays of an episode that it ended, else None.

        Raises:
          RunError: a number of it does not fit the dtype in which it is kept.
        """
        if row['is_first']:
            self._open[index] = OpenEpisode(episode_file.digest(self._seed, index, self.numbers[index]))
        self._open[index].add(row)
        return self._finish(index) if row['is_last'] else None

    def close_open(self) -> list[dict[str, np.ndarray]]:
        """Ends all running episodes as truncated: is_last, not is_terminal.

        Returns the arrays of each; those without a step are dropped.
        """
        closed = [self._finish(i, truncated=True) for i, ep in sorted(self._open.items()) if ep.rows > 1]
        self._open.clear()
        return closed

    def cut(self, index: int) -> None:
        """Ends an environment's episode as `close_open` does. Without a step, too, it has had its number."""
        if index in self._open and self._open[index].rows > 1:
            self._finish(index, truncated=True)
        else:
            self._open.pop(index, None)
            self.numbers[index] += 1

    def flush(self) -> None:
        """Waits until all finished episodes are saved.

        Raises:
          OSError: one cannot be; names its file.
        """
        self._store.flush()

    def give_up(self, digest: str, error: object) -> None:
        """Leaves out an episode that turned out to be broken; older ones take its room.

        The store puts its file into quarantine. A running one is not drawn until it has a file.
        """
        if any(running.digest == digest for running in self._open.values()):
            self._unusable.add(digest)
            _log.warning('the running episode %s is not drawn from: %s', digest, error)
            return
        self._uncount(digest)
        self._store.quarantine(digest, error)
        self._refill()

    def leave_surplus(self, in_use: Container[str]) -> None:
        """Leaves out the oldest episodes beyond the disk limit, but for digests `in_use`.

        Their files stay until `remove_surplus`, which follows a checkpoint without them.
        """
        excess = self._store.bytes - self._disk_limit
        if not self._disk_limit or excess <= 0:
            return
        for digest in list(self._saved)[:-1]:
            if excess > 0 and digest not in in_use and self._store.is_own(digest):
                excess -= self._store.size(digest)
                self._leaving.append(digest)
                self._uncount(digest)
        self._refill()

    def remove_surplus(self) -> None:
        """Deletes the files of what was left out."""
        self._store.remove(self._leaving)
        self._leaving = []

    def get_state(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """Returns (manifest for JSON, {'INDEX/KEY': rows so far} of running episodes).

        The manifest names what is loaded and counts the rest, so that its size is bounded by the capacity.
        """
        manifest = {
            'seed': self._seed,
            'numbers': list(self.numbers),
            'loaded': list(self._loaded),
            'evicted_episodes': len(self._saved) - len(self._loaded),
            'leaving': list(self._leaving),
        }
        running = {
            f'{index}/{key}': rows for index, episode in self._open.items() for key, rows in episode.arrays().items()
        }
        return manifest, running

    def set_state(self, manifest: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> None:
        """Goes on from a state; names of files stay those of its seed.

        Files of the store:

            named in the manifest                count as they did
            later: of the run's next numbers     do not count until they are recorded again, see `adopt_later`
            evicted: the first of the rest       count as older than those named
            added by somebody: further ones      count as the newest

        Of the rest, the run's own files are taken first, then those of others, oldest first; an added file
        takes the place of an evicted one that is missing. A warning counts episodes whose files are missing.
        """
        self._seed = manifest['seed']
        more_envs = max(0, len(self.numbers) - len(manifest['numbers']))
        self.numbers = [*manifest['numbers'], *[0] * more_envs]
        self._leaving = [digest for digest in manifest['leaving'] if digest in self._store]
        named = [digest for digest in manifest['loaded'] if digest in self._store]
        later = {digest for index in range(len(self.numbers)) for digest in self._later(index).values()}
        known = {*named, *later, *self._leaving}
        evicted, added = self._split(
            [digest for digest in self._store.digests if digest not in known], manifest['evicted_episodes']
        )
        missing = len(manifest['loaded']) - len(named) + manifest['evicted_episodes'] - len(evicted)
        if missing:
            _log.warning(
                '%d episodes of the checkpoint are missing in %s; the run goes on without them',
                missing,
                self._store.folder,
            )
        self._saved, self._loaded = {digest: self._store.length(digest) for digest in evicted}, {}
        self.total_steps, self.loaded_steps = sum(self._saved.values()), 0
        for digest in (*named, *added):
            self._count(digest)
        self._refill()
        self._open = {
            index: OpenEpisode.of(episode_file.digest(self._seed, index, self.numbers[index]), rows)
            for index, rows in by_environment(arrays).items()
        }

    def adopt_later(self) -> int:
        """Counts files that the run wrote after the state; for where it does not go on as it did then.

        A running episode ends where it is, as truncated, or as its file says where that is longer.

        Returns the agent steps that count in addition to those of the state and its running episodes.
        """
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

    def _split(self, unknown: list[str], evicted_episodes: int) -> tuple[list[str], list[str]]:
        """Splits digests that a manifest does not name, oldest first, into (evicted, added)."""
        own = {
            episode_file.digest(self._seed, index, number)
            for index, numbers in enumerate(self.numbers)
            for number in range(numbers)
        }
        own_first = sorted(unknown, key=lambda digest: digest not in own)
        added = set(own_first[evicted_episodes:])
        return [digest for digest in unknown if digest not in added], [digest for digest in unknown if digest in added]

    def _later(self, index: int) -> dict[int, str]:
        """Returns {number: digest} of an environment's own files from its next number on; some may be missing."""
        later: dict[int, str] = {}
        begin = self.numbers[index]
        while self._store.bytes:
            window = range(begin, begin + MAX_MISSING_NUMBERS)
            named = {number: episode_file.digest(self._seed, index, number) for number in window}
            own = {number: digest for number, digest in named.items() if self._store.is_own(digest)}
            if not own:
                break
            later, begin = later | own, max(own) + 1
        return later

    def _skip_numbers(self) -> None:
        """Goes on behind all numbers that have files."""
        self.numbers = [max([number - 1, *self._later(index)]) + 1 for index, number in enumerate(self.numbers)]

    def _finish(self, index: int, truncated: bool = False) -> dict[str, np.ndarray]:
        ended = self._open.pop(index)
        arrays = ended.arrays(truncated)
        self.numbers[index] += 1
        self._store.submit(ended.digest, arrays)
        self._uncount(ended.digest)
        self._count(ended.digest)
        return arrays

    def _finished(self, digest: str) -> FinishedEpisode:
        return FinishedEpisode(digest, self._store.read, self._store.length(digest) + 1)

    def _count(self, digest: str) -> None:
        """Counts an episode as the newest one."""
        steps = self._store.length(digest)
        self._saved[digest] = steps
        self.total_steps += steps
        self._loaded[digest] = self._finished(digest)
        self.loaded_steps += steps
        while self.loaded_steps > self._capacity and len(self._loaded) > 1:
            self._evict(next(iter(self._loaded)))

    def _refill(self) -> None:
        """Loads older episodes again where there is room."""
        again: list[str] = []
        for digest in reversed([digest for digest in self._saved if digest not in self._loaded]):
            steps = self._saved[digest]
            if (self._loaded or again) and self.loaded_steps + steps > self._capacity:
                break
            again.append(digest)
            self.loaded_steps += steps
        self._loaded = {digest: self._finished(digest) for digest in reversed(again)} | self._loaded

    def _uncount(self, digest: str) -> None:
        self._evict(digest)
        self.total_steps -= self._saved.pop(digest, 0)

    def _evict(self, digest: str) -> None:
        if digest in self._loaded:
            self.loaded_steps -= self._loaded.pop(digest).rows - 1
