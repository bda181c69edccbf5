"""Batches as tensors, made in the background while the learner is busy."""

import pathlib
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Self

import numpy as np
import tensorflow as tf

from ..errors import RunError
from .archive import BrokenEpisode
from .buffer import Buffer
from .sampler import Piece, Sampler, assemble, find_piece


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

    def __init__(self, buffer: Buffer, sampler: Sampler, keys: Sequence[str], batch: int, length: int):
        self._buffer, self._sampler = buffer, sampler
        self._keys, self._batch, self._length = keys, batch, length
        self._worker = ThreadPoolExecutor(1, thread_name_prefix='replay')
        self._chunks: list[list[Piece]] = []  # of the next batch, where they are drawn already
        self._next: Future[dict[str, tf.Tensor]] | None = None
        self._newest: list[list[Piece]] = []  # of the batch that was handed out last
        self.waited_seconds = 0.0

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> dict[str, tf.Tensor]:
        requested = self._next or self._request(self._draw())
        began = time.perf_counter()
        batch = self._result(requested)
        self._newest = self._chunks
        self.waited_seconds += time.perf_counter() - began
        self._request(self._draw())
        return batch

    @property
    def newest_batch(self) -> list[pathlib.Path]:
        """Files of the episodes of the batch that was handed out last, each once; running ones have none."""
        digests = dict.fromkeys(piece.episode.digest for chunk in self._newest for piece in chunk)
        return [path for path in map(self._buffer.path, digests) if path]

    @property
    def in_use(self) -> set[str]:
        """Digests of episodes that the next batches need."""
        pieces = [piece for chunk in self._chunks for piece in chunk]
        return {piece.episode.digest for piece in (*pieces, self._sampler.rest) if piece}

    def get_state(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """Returns (plain data for JSON: pieces that are drawn already and the sampler's state, no arrays)."""
        chunks = [[piece.to_plain() for piece in chunk] for chunk in self._chunks]
        return {'chunks': chunks, 'sampler': self._sampler.get_state()[0]}, {}

    def set_state(self, plain: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> None:
        """Goes on from a state, after the buffer was set to its own; where an episode is gone, others are drawn."""
        self.drop_drawn()
        find = self._buffer.find
        self._sampler.set_state(plain['sampler'], {}, find)
        chunks = [
            [find_piece(piece, find) for piece in chunk] for chunk in plain['chunks'] or ()
        ]  # version 0.1 wrote null for none
        complete = [[piece for piece in chunk if piece is not None] for chunk in chunks]
        if chunks and complete == chunks:
            self._request(complete)

    def drop_drawn(self) -> None:
        """Forgets pieces that are drawn already, because the settings of drawing have changed.

        The random numbers go on where they are.
        """
        self._chunks, self._next = [], None
        self._sampler.drop_rest()

    def _result(self, batch: Future[dict[str, tf.Tensor]]) -> dict[str, tf.Tensor]:
        """Returns the next batch; draws anew as long as files turn out to be broken."""
        while True:
            try:
                return batch.result()
            except BrokenEpisode as error:
                self._buffer.give_up(error.digest, error)
                self._sampler.drop_rest()
                batch = self._request(self._draw())

    def _draw(self) -> list[list[Piece]]:
        episodes = self._buffer.episodes()
        if not episodes:
            raise RunError('no episode that can be read is left to learn from; see the warnings above')
        return [self._sampler.chunk(episodes, self._length) for _ in range(self._batch)]

    def _request(self, chunks: list[list[Piece]]) -> Future[dict[str, tf.Tensor]]:
        self._chunks, self._next = chunks, self._worker.submit(self._tensors, chunks)
        return self._next

    def _tensors(self, chunks: list[list[Piece]]) -> dict[str, tf.Tensor]:
        return {key: tf.constant(value) for key, value in assemble(chunks, self._keys).items()}
