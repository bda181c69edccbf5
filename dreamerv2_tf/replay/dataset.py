"""Batches as tensors, made in the background while the learner is busy."""

import time
from concurrent.futures import ThreadPoolExecutor

import tensorflow as tf

from ..errors import RunError
from .episode_file import BrokenEpisode
from .sampler import Piece, assemble


class Dataset:
    """An endless iterator of batches {key: [B, T, ...]}.

    Which pieces make the next batch is drawn when the previous one is handed out, on the caller's
    thread, so that one seed gives the same batches; only copying happens in the background.

    Args:
      buffer: a `Buffer` with at least one episode.
      sampler: a `Sampler`.
      keys: what the learner needs of a row.
      batch, length: B and T.

    Attributes:
      waited_seconds: how long batches were waited for, all in all.
    """

    def __init__(self, buffer, sampler, keys, batch, length):
        self._buffer, self._sampler = buffer, sampler
        self._keys, self._batch, self._length = keys, batch, length
        self._worker = ThreadPoolExecutor(1, thread_name_prefix='replay')
        self._chunks = None  # of the next batch
        self._next = None  # its future
        self.waited_seconds = 0.0

    def __iter__(self):
        return self

    def __next__(self):
        if not self._next:
            self._request(self._draw())
        began = time.perf_counter()
        batch = self._result()
        self.waited_seconds += time.perf_counter() - began
        self._request(self._draw())
        return batch

    @property
    def state(self):
        """Pieces that are drawn already, as lists [digest, start, stop]: {'chunks', 'rest'}."""
        rest = self._sampler.rest
        return {
            'chunks': self._chunks and [[_named(piece) for piece in chunk] for chunk in self._chunks],
            'rest': rest and _named(rest),
        }

    def restore(self, state):
        """Goes on from a `state`; where one of its episodes is gone, other pieces are drawn."""
        chunks = state['chunks'] and [[self._piece(*piece) for piece in chunk] for chunk in state['chunks']]
        self._sampler.rest = state['rest'] and self._piece(*state['rest'])
        if chunks and all(piece for chunk in chunks for piece in chunk):
            self._request(chunks)

    @property
    def in_use(self):
        """Digests of episodes that the next batches need."""
        pieces = [piece for chunk in self._chunks or () for piece in chunk]
        return {piece.episode.digest for piece in (*pieces, self._sampler.rest) if piece}

    def _result(self):
        """The next batch; draws anew as long as files turn out to be broken."""
        while True:
            try:
                return self._next.result()
            except BrokenEpisode as error:
                self._buffer.give_up(error.digest, error)
                self._sampler.rest = None
                self._request(self._draw())

    def _draw(self):
        episodes = self._buffer.episodes()
        if not episodes:
            raise RunError('no episode that can be read is left to learn from; see the warnings above')
        return [self._sampler.chunk(episodes, self._length) for _ in range(self._batch)]

    def _request(self, chunks):
        self._chunks, self._next = chunks, self._worker.submit(self._tensors, chunks)

    def _tensors(self, chunks):
        return {key: tf.constant(value) for key, value in assemble(chunks, self._keys).items()}

    def _piece(self, digest, start, stop):
        episode = self._buffer.find(digest)
        return Piece(episode, start, stop) if episode and stop <= episode.rows else None


def _named(piece):
    return [piece.episode.digest, piece.start, piece.stop]
