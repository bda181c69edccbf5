"""Which pieces of which episodes are drawn, and how they make sequences."""

from typing import NamedTuple

import numpy as np


class Piece(NamedTuple):
    """Rows start .. stop-1 of an episode (`FinishedEpisode` or `OpenEpisode`)."""

    episode: object
    start: int
    stop: int


class Sampler:
    """Draws chunks of T rows, each a list of pieces.

    Pieces are joined; what is cut off a piece at the end of a chunk goes on in the next one.

        pieces   |--a--|----b----|---c---|
        chunks   |----0----|----1----|--

    Args:
      minlen, maxlen, prioritize_ends: see configs.yaml, section replay.
      generator: a NumPy generator.

    Attributes:
      rest: `Piece` that was cut off the last one, or None.
    """

    def __init__(self, minlen, maxlen, prioritize_ends, generator):
        self._minlen, self._maxlen = minlen, maxlen
        self._extra = minlen if prioritize_ends else 0
        self._generator = generator
        self.rest = None

    def chunk(self, episodes, length):
        """Pieces with `length` rows together, of `episodes` and what the last chunk left over."""
        pieces, missing = [], length
        while missing:
            episode, start, stop = self.rest or self.piece(episodes)
            taken = min(stop - start, missing)
            pieces.append(Piece(episode, start, start + taken))
            self.rest = Piece(episode, start + taken, stop) if start + taken < stop else None
            missing -= taken
        return pieces

    def piece(self, episodes):
        """A random piece of a random episode (release).

        Episodes are drawn uniformly, whatever their length. Of R rows, with bounds inclusive:

            n = max(minlen, min(R, maxlen) - U{0..minlen-1})       rows of the piece
            start = min(U{0..R-n+e}, R-n)                          e = minlen to prioritise ends

        An episode of at most minlen rows is taken whole.
        """
        draw = self._generator.integers
        episode = episodes[draw(len(episodes))]
        rows = episode.rows
        if rows <= self._minlen:
            return Piece(episode, 0, rows)
        longest = min(rows, self._maxlen) if self._maxlen else rows
        count = max(self._minlen, longest - draw(self._minlen))
        start = min(draw(rows - count + self._extra + 1), rows - count)
        return Piece(episode, int(start), int(start + count))


def assemble(chunks, keys):
    """Batch {key: [B, T, ...]} of chunks; row 0 of every piece has is_first set.

    Since every chunk begins with a piece, row 0 of every chunk has it, too; stored is_first stays.
    """
    batch = {}
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
    return batch
