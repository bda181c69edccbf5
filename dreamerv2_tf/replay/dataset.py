"""Batches as tensors, made in the background while the learner is busy."""

from concurrent.futures import ThreadPoolExecutor

import tensorflow as tf

from .sampler import assemble


class Dataset:
    """An endless iterator of batches {key: [B, T, ...]}.

    Which pieces make the next batch is drawn when the previous one is handed out, on the caller's
    thread, so that one seed gives the same batches; only copying happens in the background.

    Args:
      buffer: a `Buffer` with at least one episode.
      sampler: a `Sampler`.
      keys: what the learner needs of a row.
      batch, length: B and T.
    """

    def __init__(self, buffer, sampler, keys, batch, length):
        self._buffer, self._sampler = buffer, sampler
        self._keys, self._batch, self._length = keys, batch, length
        self._worker = ThreadPoolExecutor(1, thread_name_prefix='replay')
        self._next = None

    def __iter__(self):
        return self

    def __next__(self):
        batch = (self._next or self._request()).result()
        self._next = self._request()
        return batch

    def _request(self):
        episodes = self._buffer.episodes()
        chunks = [self._sampler.chunk(episodes, self._length) for _ in range(self._batch)]
        return self._worker.submit(self._tensors, chunks)

    def _tensors(self, chunks):
        return {key: tf.constant(value) for key, value in assemble(chunks, self._keys).items()}
