"""The experience that a run learns from: newest episodes up to a capacity, and those going on."""

import functools

from . import episode as episodes


class Buffer:
    """Takes rows, cuts them into episodes, saves these, and keeps the newest within reach.

    The episodes of each environment are numbered as they end; file names follow from the run's seed,
    the environment and the number.

    Args:
      store: a `Store`; what it holds is loaded, newest first, up to the capacity.
      capacity: agent steps; the oldest episodes leave first.
      seed: of the run.
      ongoing: rows from which on unfinished episodes can be sampled, too; 0 = never.
      shapes: {key: shape of a row}; files that do not fit are left out.

    Attributes:
      numbers: {index of environment: number of its next episode}.
    """

    def __init__(self, store, capacity, seed, ongoing=0, shapes=None):
        self._store, self._capacity, self._seed = store, capacity, seed
        self._ongoing, self._shapes = ongoing, shapes or {}
        self.numbers = {}
        self._finished = {}  # digest -> Finished, oldest first
        self._open = {}  # index of environment -> Open
        self.loaded_steps = 0
        self._load()

    @property
    def total_steps(self):
        """Agent steps of all saved episodes."""
        return self._store.total_steps

    @property
    def total_episodes(self):
        return len(self._store.digests)

    @property
    def loaded_episodes(self):
        return len(self._finished)

    def episodes(self):
        """Episodes that can be sampled, oldest first, as `Finished` or `Open`."""
        going_on = self._open.values() if self._ongoing else ()
        return [*self._finished.values(), *(ep for ep in going_on if ep.rows >= self._ongoing)]

    def add(self, row, env_index):
        """Adds a row. Returns the arrays of an episode that it ended, else None."""
        if row['is_first']:
            self._open[env_index] = episodes.Open()
        self._open[env_index].add({key: episodes.stored(value) for key, value in row.items()})
        if row['is_last']:
            return self._finish(env_index)

    def close_open(self):
        """Ends all running episodes as truncated: is_last, not is_terminal.

        Returns the arrays of each; those without a step are dropped.
        """
        closed = [self._finish(i, truncated=True) for i, ep in sorted(self._open.items()) if ep.rows > 1]
        self._open.clear()
        return closed

    def _finish(self, env_index, truncated=False):
        arrays = self._open.pop(env_index).arrays(truncated)
        number = self.numbers.get(env_index, 0)
        digest = episodes.digest(self._seed, env_index, number)
        self.numbers[env_index] = number + 1
        self._store.write(digest, arrays)
        self._keep(digest)
        return arrays

    def _keep(self, digest):
        self._forget(digest)
        steps = self._store.length(digest)
        self._finished[digest] = episodes.Finished(functools.partial(self._store.read, digest), steps + 1)
        self.loaded_steps += steps
        while self.loaded_steps > self._capacity and len(self._finished) > 1:
            self._forget(next(iter(self._finished)))

    def _forget(self, digest):
        if digest in self._finished:
            self.loaded_steps -= self._finished.pop(digest).rows - 1

    def _load(self):
        wanted, steps = [], 0
        for digest in reversed(self._store.digests):
            steps += self._store.length(digest)
            if wanted and steps > self._capacity:
                break
            wanted.append(digest)
        self._store.unpack(wanted)
        for digest in reversed(wanted):
            try:
                episodes.check_fits(self._store.read(digest), self._shapes)
            except episodes.BrokenEpisode as error:
                self._store.quarantine(digest, error)
            else:
                self._keep(digest)
