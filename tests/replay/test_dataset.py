"""Batches as tensors."""

import itertools

import numpy as np
import tensorflow as tf

from dreamerv2_tf.replay.buffer import Buffer
from dreamerv2_tf.replay.dataset import Dataset
from dreamerv2_tf.replay.sampler import Sampler
from dreamerv2_tf.replay.store import Store

from ..fakes import rows

KEYS = ('vector', 'action', 'reward', 'is_first', 'is_terminal')


def make(folder, seed=0):
    buffer = Buffer(Store(folder), 1000, 0)
    if not buffer.total_episodes:
        for count in (30, 12, 2):
            for row in rows(count, start=100 * count):
                buffer.add(row, 0)
    return buffer, Dataset(
        buffer, Sampler(5, 9, True, np.random.default_rng(seed)), KEYS, batch=4, length=6)


def numbers(dataset, count):
    return [batch['vector'].numpy().tolist() for batch in itertools.islice(dataset, count)]


def test_a_batch_holds_tensors_of_the_wanted_keys(tmp_path):
    batch = next(make(tmp_path)[1])
    assert {key: (tuple(value.shape), value.dtype) for key, value in batch.items()} == {
        'vector': ((4, 6, 1), tf.float32), 'action': ((4, 6, 2), tf.float32),
        'reward': ((4, 6), tf.float32), 'is_first': ((4, 6), tf.bool),
        'is_terminal': ((4, 6), tf.bool)}
    assert batch['is_first'].numpy()[:, 0].all()


def test_rows_of_a_batch_belong_together(tmp_path):
    batch = next(make(tmp_path)[1])
    vector, reward = batch['vector'].numpy()[..., 0], batch['reward'].numpy()
    np.testing.assert_array_equal(vector % 100, reward)
    ongoing = ~batch['is_first'].numpy()[:, 1:]
    np.testing.assert_array_equal(np.diff(reward, axis=1)[ongoing], 1)


def test_a_seed_decides_all_batches(tmp_path):
    first, same, other = (numbers(make(tmp_path, seed)[1], 5) for seed in (1, 1, 2))
    assert first == same != other


def test_batches_depend_on_when_episodes_are_added_and_not_on_how_fast_they_are_made(tmp_path):
    runs = []
    for name in ('a', 'b'):
        buffer, dataset = make(tmp_path / name)
        batches = numbers(dataset, 2)
        for row in rows(8, start=900):
            buffer.add(row, 0)
        runs.append(batches + numbers(dataset, 20))
    assert runs[0] == runs[1]
    assert any(900 <= v[0] <= 908 for batch in runs[0] for chunk in batch for v in chunk)
