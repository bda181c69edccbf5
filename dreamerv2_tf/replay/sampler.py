"""Which pieces of which episodes are drawn, and how they make sequences."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from .archive import BrokenEpisode
from .open_episode import Episode
from .values import require_usable


class Piece(NamedTuple):
    """Rows start .. stop-1 of an episode."""

    episode: Episode
    start: int
    stop: int

    def to_plain(self) -> list[Any]:
        """Returns [digest, start, stop] for JSON."""
        return [self.episode.digest, self.start, self.stop]


Find = Callable[[str], Episode | None]  # the episode of a digest, or None where it is gone


def find_piece(plain: Sequence[Any], find: Find) -> Piece | None:
    """Returns the piece of [digest, start, stop], or None where the episode is gone or has fewer rows."""
    digest, start, stop = plain
    episode = find(digest)
    return Piece(episode, start, stop) if episode and stop <= episode.rows else None


class Sampler:
    """Draws chunks of T rows, each a list of pieces.

    Pieces are joined; what is cut off a piece at the end of a chunk goes on in the next one.

        pieces   |--a--|----b----|---c---|
        chunks   |----0----|----1----|--

    Args:
      minlen, maxlen, prioritize_ends: see configs.yaml, section replay.
      generator: of all draws; the sampler owns it.
    """

    def __init__(self, minlen: int, maxlen: int, prioritize_ends: bool, generator: np.random.Generator):
        self._minlen, self._maxlen = minlen, maxlen
        self._extra = minlen if prioritize_ends else 0
        self._generator = generator
        self._rest: Piece | None = None  # was cut off the last piece

    @property
    def rest(self) -> Piece | None:
        """What was cut off the last piece and begins the next chunk."""
        return self._rest

    def drop_rest(self) -> None:
        """Lets the next chunk begin with a new piece."""
        self._rest = None

    def get_state(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """Returns (plain data for JSON: the generator and the rest, no arrays)."""
        rest = self._rest and self._rest.to_plain()
        return {'generator': self._generator.bit_generator.state, 'rest': rest}, {}

    def set_state(self, plain: Mapping[str, Any], arrays: Mapping[str, np.ndarray], find: Find) -> None:
        """Goes on from a state; a rest whose episode `find` does not return is dropped."""
        self._generator.bit_generator.state = plain['generator']
        self._rest = find_piece(plain['rest'], find) if plain['rest'] else None

    def chunk(self, episodes: Sequence[Episode], length: int) -> list[Piece]:
        """Returns pieces with `length` rows together: the rest of the last chunk, then new ones of `episodes`."""
        pieces, missing = [], length
        while missing:
            episode, start, stop = self._rest or self.piece(episodes)
            taken = min(stop - start, missing)
            pieces.append(Piece(episode, start, start + taken))
            self._rest = Piece(episode, start + taken, stop) if start + taken < stop else None
            missing -= taken
        return pieces

    def piece(self, episodes: Sequence[Episode]) -> Piece:
        """Returns a random piece of a random episode (release).

        Episodes are drawn uniformly, whatever their length. Of R rows, with bounds inclusive:

            n = max(minlen, min(R, maxlen) - U{0..minlen-1})       rows of the piece
            start = min(U{0..R-n+e}, R-n)                          e = minlen to prioritise ends

        An episode of at most minlen rows is taken whole.
        """
        draw = self._draw
        episode = episodes[draw(len(episodes))]
        rows = episode.rows
        if rows <= self._minlen:
            return Piece(episode, 0, rows)
        longest = min(rows, self._maxlen) if self._maxlen else rows
        count = max(self._minlen, longest - draw(self._minlen))
        start = min(draw(rows - count + self._extra + 1), rows - count)
        return Piece(episode, start, start + count)

    def _draw(self, end: int) -> int:
        """U{0..end-1}."""
        return int(self._generator.integers(end))


def assemble(chunks: Sequence[Sequence[Piece]], keys: Sequence[str]) -> dict[str, np.ndarray]:
    """Returns the batch {key: [B, T, ...]} of chunks; row 0 of every piece has is_first set.

    Since every chunk begins with a piece, row 0 of every chunk has it, too; stored is_first stays.

    Raises:
      BrokenEpisode: the file of one cannot be read, or one holds a number that is not finite; with its digest.
    """
    batch: dict[str, np.ndarray] = {}
    for index, pieces in enumerate(chunks):
        begin = 0
        for episode, start, stop in pieces:
            end = begin + stop - start
            for key, rows in episode.slices(keys, start, stop).items():
                if key not in batch:
                    length = sum(stop - start for _, start, stop in pieces)
                    batch[key] = np.empty((len(chunks), length, *rows.shape[1:]), rows.dtype)
                batch[key][index, begin:end] = rows
            batch['is_first'][index, begin] = True
            begin = end
    try:
        for rows in batch.values():
            require_usable(rows)
    except ValueError:
        _raise_broken(chunks, keys)
        raise
    return batch


def _raise_broken(chunks: Sequence[Sequence[Piece]], keys: Sequence[str]) -> None:
    """Raises BrokenEpisode for the first piece that holds a number which cannot be used."""
    for episode, start, stop in (piece for pieces in chunks for piece in pieces):
        for key, rows in episode.slices(keys, start, stop).items():
            try:
                require_usable(rows, start)
            except ValueError as error:
                broken = BrokenEpisode(f'`{key}` {error}')
                broken.digest = episode.digest
                raise broken from error
