"""Batches as tensors."""

import itertools
import json

import numpy as np
import pytest
import tensorflow as tf

from dreamerv2_tf.errors import RunError
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
    buffer.flush()
    return buffer, Dataset(buffer, Sampler(5, 9, True, np.random.default_rng(seed)), KEYS, batch=4, length=6)


def numbers(dataset, count):
    return [batch['vector'].numpy().tolist() for batch in itertools.islice(dataset, count)]


def test_a_batch_holds_tensors_of_the_wanted_keys(tmp_path):
    batch = next(make(tmp_path)[1])
    assert {key: (tuple(value.shape), value.dtype) for key, value in batch.items()} == {
        'vector': ((4, 6, 1), tf.float32),
        'action': ((4, 6, 2), tf.float32),
        'reward': ((4, 6), tf.float32),
        'is_first': ((4, 6), tf.bool),
        'is_terminal': ((4, 6), tf.bool),
    }
    assert batch['is_first'].numpy()[:, 0].all()


def test_rows_of_a_batch_belong_together(tmp_path):
    batch = next(make(tmp_path)[1])
    vector, reward = batch['vector'].numpy()[..., 0], batch['reward'].numpy()
    np.testing.assert_array_equal(vector % 100, reward)
    ongoing = ~batch['is_first'].numpy()[:, 1:]
    np.testing.assert_array_equal(np.diff(reward, axis=1)[ongoing], 1)


def test_it_names_the_files_of_the_batch_that_was_handed_out_last(tmp_path):
    buffer, dataset = make(tmp_path)
    assert dataset.newest_batch == []
    batch = next(dataset)
    drawn = {int(value // 100) for value in batch['vector'].numpy().reshape(-1)}  # steps of their episodes
    assert {int(path.stem.split('-')[-1]) for path in dataset.newest_batch} == drawn
    assert all(path.is_file() for path in dataset.newest_batch)


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


def test_a_dataset_goes_on_from_its_state_with_the_same_batches(tmp_path):
    buffer, dataset = make(tmp_path)
    numbers(dataset, 3)
    plain, arrays = dataset.get_state()
    plain = json.loads(json.dumps(plain))
    assert {piece[0] for chunk in plain['chunks'] for piece in chunk} <= dataset.in_use
    expected = numbers(dataset, 5)
    _, again = make(tmp_path, seed=9)
    numbers(again, 1)
    again.set_state(plain, arrays)
    assert numbers(again, 5) == expected


def test_before_the_first_batch_a_state_holds_no_pieces(tmp_path):
    _, dataset = make(tmp_path)
    plain, arrays = dataset.get_state()
    assert (plain['chunks'], plain['sampler']['rest'], dataset.in_use, arrays) == ([], None, set(), {})
    expected = numbers(dataset, 2)
    for chunks in ([], None):  # None as in version 0.1
        _, again = make(tmp_path, seed=9)
        again.set_state(plain | {'chunks': chunks}, arrays)
        assert numbers(again, 2) == expected


def test_drawn_pieces_can_be_dropped_and_the_random_numbers_go_on(tmp_path):
    _, dataset = make(tmp_path)
    numbers(dataset, 2)
    plain, _ = dataset.get_state()
    dataset.drop_drawn()
    assert dataset.in_use == set()
    dropped, _ = dataset.get_state()
    assert dropped == {'chunks': [], 'sampler': {'generator': plain['sampler']['generator'], 'rest': None}}
    assert numbers(dataset, 1)


def test_other_pieces_are_drawn_where_an_episode_of_the_state_is_gone(tmp_path):
    _, dataset = make(tmp_path)
    numbers(dataset, 1)
    plain, arrays = dataset.get_state()
    plain['chunks'][0][0][0] = 'gone'
    _, again = make(tmp_path)
    again.set_state(plain, arrays)
    assert again.get_state()[0]['chunks'] == []
    assert len(numbers(again, 2)) == 2


def test_a_file_that_turns_out_to_be_broken_is_given_up_and_learning_goes_on(tmp_path, caplog):
    make(tmp_path)
    first, *_ = sorted(tmp_path.iterdir())
    first.write_bytes(first.read_bytes()[:-40])
    buffer, dataset = make(tmp_path)
    batches = numbers(dataset, 10)
    assert len(batches) == 10 and buffer.total_episodes == 2
    assert (tmp_path / 'quarantine' / first.name).exists() and first.name in caplog.text


def test_where_no_episode_is_left_the_run_ends_with_a_clear_error(tmp_path):
    make(tmp_path)
    for path in tmp_path.iterdir():
        path.write_bytes(b'nothing')
    with pytest.raises(RunError, match='no episode that can be read is left'):
        next(make(tmp_path)[1])
