"""Episodes as files: names, dtypes, and what is refused."""

import pathlib
import re

import numpy as np
import pytest

from dreamerv2_tf.replay import episode_file
from dreamerv2_tf.replay.archive import BrokenEpisode

from .. import fakes

RELEASE = pathlib.Path(__file__).parent.parent / 'data' / 'release_run' / 'train_episodes'


def saved(folder, arrays, name='some.npz'):
    np.savez_compressed(folder / name, **arrays)
    return folder / name


def test_a_digest_is_32_hex_digits_that_follow_from_seed_environment_and_number():
    digest = episode_file.digest(1, 2, 3)
    assert re.fullmatch('[0-9a-f]{32}', digest)
    assert digest == episode_file.digest(1, 2, 3)
    others = {episode_file.digest(*numbers) for numbers in ((1, 2, 4), (1, 3, 3), (2, 2, 3), (12, 3, 0))}
    assert len(others | {digest}) == 5


def test_a_file_name_holds_stamp_digest_and_length():
    digest = episode_file.digest(0, 0, 0)
    name = episode_file.filename('20240102T030405', digest, 12)
    assert name == f'20240102T030405-{digest}-12.npz'
    assert episode_file.parse_filename(name) == ('20240102T030405', digest, 12)


@pytest.mark.parametrize(
    'name',
    [
        '',
        'some.npz',
        '20240102T030405-abc-12.npz',
        f'2024-{"a" * 32}-1.npz',
        f'20240102T030405-{"g" * 32}-1.npz',
        f'20240102T030405-{"a" * 32}-1.npz.tmp',
        f'.20240102T030405-{"a" * 32}-1.npz',
        f'20240102T030405-{"a" * 32}--1.npz',
    ],
)
def test_other_file_names_are_no_episodes(name):
    assert episode_file.parse_filename(name) is None


def test_an_episode_loads_as_it_was_saved(tmp_path):
    arrays = fakes.episode(4, start=7)
    loaded = episode_file.load(saved(tmp_path, arrays))
    assert set(loaded) == set(arrays)
    for key, value in arrays.items():
        assert loaded[key].dtype == value.dtype
        np.testing.assert_array_equal(loaded[key], value)


def test_wide_dtypes_of_a_file_become_narrow(tmp_path):
    arrays = fakes.episode(2) | {'reward': np.arange(3.0), 'log_count': np.arange(3)}
    loaded = episode_file.load(saved(tmp_path, arrays))
    assert loaded['reward'].dtype == np.float32
    assert loaded['log_count'].dtype == np.int32


def test_an_episode_of_the_release_loads():
    (path,) = RELEASE.glob('*.npz')
    stamp, _, length = episode_file.parse_filename(path.name)
    assert (stamp, length) == ('20261122T080611', 867)
    loaded = episode_file.load(path)
    assert {key: (value.shape, value.dtype) for key, value in loaded.items()} == {
        'image': ((868, 64, 64, 1), np.uint8),
        'action': ((868, 6), np.float32),
        'reward': ((868,), np.float32),
        'is_first': ((868,), bool),
        'is_last': ((868,), bool),
        'is_terminal': ((868,), bool),
    }
    assert np.flatnonzero(loaded['is_first']).tolist() == [0]
    assert np.flatnonzero(loaded['is_last']).tolist() == [867]
    assert not loaded['action'][0].any()


def test_a_missing_is_first_is_made_up(tmp_path):
    arrays = fakes.episode(3)
    del arrays['is_first']
    loaded = episode_file.load(saved(tmp_path, arrays))
    assert loaded['is_first'].dtype == bool
    assert loaded['is_first'].tolist() == [True, False, False, False]


@pytest.mark.parametrize('key', ['action', 'reward', 'is_last', 'is_terminal'])
def test_an_episode_without_a_needed_key_is_broken(key, tmp_path):
    arrays = fakes.episode(3)
    del arrays[key]
    with pytest.raises(BrokenEpisode, match=f'some.npz lacks {key}'):
        episode_file.load(saved(tmp_path, arrays))


@pytest.mark.parametrize(
    'changes', [{'reward': np.zeros(3, np.float32)}, {'image': np.uint8(3)}, {'image': np.zeros((0, 2), np.uint8)}]
)
def test_keys_of_different_length_are_broken(changes, tmp_path):
    with pytest.raises(BrokenEpisode, match='same number of rows'):
        episode_file.load(saved(tmp_path, fakes.episode(3) | changes))


def test_an_episode_without_a_step_is_broken(tmp_path):
    with pytest.raises(BrokenEpisode, match='2 or more'):
        episode_file.load(saved(tmp_path, fakes.episode(0)))


@pytest.mark.parametrize('value', [np.array([{'a': 1}] * 4, object), np.array(['a'] * 4), np.array([1j] * 4)])
def test_objects_and_text_are_broken(value, tmp_path):
    with pytest.raises(BrokenEpisode, match='some.npz cannot be read'):
        episode_file.load(saved(tmp_path, fakes.episode(3) | {'log_note': value}))


@pytest.mark.parametrize('content', [b'', b'hello', b'PK\x03\x04', b'\x80\x04N.', b'\x93NUMPY'])
def test_a_foreign_file_is_broken(content, tmp_path):
    path = tmp_path / 'some.npz'
    path.write_bytes(content)
    with pytest.raises(BrokenEpisode, match='some.npz'):
        episode_file.load(path)


def test_a_single_array_under_the_name_of_an_episode_is_broken(tmp_path):
    path = tmp_path / 'some.npz'
    with path.open('wb') as file:
        np.save(file, np.zeros(4))
    with pytest.raises(BrokenEpisode):
        episode_file.load(path)


def test_a_missing_file_is_broken(tmp_path):
    with pytest.raises(BrokenEpisode, match='some.npz'):
        episode_file.load(tmp_path / 'some.npz')


def test_a_file_cut_anywhere_is_broken(tmp_path):
    path = saved(tmp_path, fakes.episode(3))
    content = path.read_bytes()
    for size in range(0, len(content), 40):
        path.write_bytes(content[:size])
        with pytest.raises(BrokenEpisode):
            episode_file.load(path)


@pytest.mark.parametrize('flip', [0x01, 0xFF])
def test_a_file_with_a_wrong_byte_is_broken_or_loads(flip, tmp_path):
    path = saved(tmp_path, fakes.episode(3))
    content = path.read_bytes()
    broken = 0
    for place in range(len(content)):
        damaged = bytearray(content)
        damaged[place] ^= flip
        path.write_bytes(damaged)
        try:
            episode_file.load(path)
        except BrokenEpisode:
            broken += 1
    assert broken > len(content) / 3


@pytest.mark.parametrize(
    'key, change, message',
    [
        ('reward', lambda x: x[:, None], 'a number per row'),
        ('is_last', lambda x: x[:, None], 'a number per row'),
        ('action', lambda x: x[:, 0], 'must be vectors'),
        ('reward', lambda x: x * np.nan, 'not finite'),
    ],
)
def test_what_no_batch_can_hold_is_broken(key, change, message, tmp_path):
    arrays = fakes.episode(3)
    arrays[key] = change(arrays[key])
    with pytest.raises(BrokenEpisode, match=message):
        episode_file.load(saved(tmp_path, arrays))


def test_flags_become_bool_and_rewards_and_actions_float32(tmp_path):
    arrays = fakes.episode(3)
    loaded = episode_file.load(
        saved(
            tmp_path,
            {
                **arrays,
                'is_last': arrays['is_last'].astype(np.float64),
                'reward': np.arange(4),
                'action': np.eye(4, dtype=np.int64),
            },
        )
    )
    assert loaded['is_last'].dtype == bool and list(loaded['is_last']) == [False, False, False, True]
    assert loaded['reward'].dtype == loaded['action'].dtype == np.float32
