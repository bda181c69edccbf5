"""Saved episodes as a sequence: what is read, when, and the errors for bad input."""

import copy
import datetime
import pathlib
import pickle
import subprocess
import sys

import numpy as np
import pytest

import dreamerv2_tf as dv2
from dreamerv2_tf.errors import UserError
from dreamerv2_tf.recordings.episodes import Episode
from dreamerv2_tf.replay import action_parts, archive
from dreamerv2_tf.replay.episode_file import digest, filename
from dreamerv2_tf.spec import ActionPart, ActionSpec, Spaces, Spec

from ..fakes import episode

RELEASE = pathlib.Path(__file__).parent.parent / 'data' / 'release_run'


def write(folder, number, arrays):
    """Saves the episode of that number, a second after the one before."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / filename(f'20260102T0304{number:02}', digest(0, 0, number), len(arrays['reward']) - 1)
    archive.write(path, arrays)
    return path


def write_parts(folder, action, count):
    """Saves episodes with random actions of several parts, beside the file that names the parts."""
    random = np.random.default_rng(0)
    for number in range(count):
        arrays = episode(number + 4)
        arrays['action'] = np.stack([action.zeros(), *(action.random(random) for _ in range(number + 4))])
        write(folder, number, arrays)
    action_parts.write(folder, action)


@pytest.fixture
def folder(tmp_path):
    """Episodes of 2, 3, 4 and 5 steps with returns 3, 6, 10 and 15; the odd ones were truncated."""
    for number in range(4):
        write(tmp_path / 'train_episodes', number, episode(number + 2, terminal=number % 2 == 0))
    return tmp_path


def test_it_comes_without_tensorflow_and_the_package_alone_without_numpy():
    program = """
import sys
import dreamerv2_tf as dv2
assert 'numpy' not in sys.modules
assert dv2.load_episodes(sys.argv[1])[0].total_return == -21
assert not {'tensorflow', 'keras', 'matplotlib', 'pandas'} & set(sys.modules)
"""
    subprocess.run([sys.executable, '-c', program, RELEASE], check=True)


def test_a_folder_of_a_run_its_episodes_a_pattern_and_a_file_can_be_named(folder):
    paths = sorted((folder / 'train_episodes').iterdir())
    for where in (folder, str(folder / 'train_episodes'), f'{folder}/*_episodes', f'{folder}/*/*.npz'):
        assert dv2.load_episodes(where).paths == paths
    assert dv2.load_episodes(paths[1]).paths == paths[1:2]


def test_lengths_times_and_returns_are_known_without_images(folder, monkeypatch):
    touched = []
    opened = archive.ArrayFile.open
    monkeypatch.setattr(archive.ArrayFile, 'open', lambda file, name: touched.append(name) or opened(file, name))
    episodes = dv2.load_episodes(folder)
    assert len(episodes) == 4
    assert episodes.lengths.tolist() == [2, 3, 4, 5]
    assert episodes.returns.tolist() == [3, 6, 10, 15]
    assert [one.terminal for one in episodes] == [True, False, True, False]
    assert 'vector' not in touched and 'reward' in touched
    assert episodes[1].time == datetime.datetime(2026, 1, 2, 3, 4, 1)


def test_slices_and_filters_are_sequences_too(folder):
    episodes = dv2.load_episodes(folder)
    assert episodes[1:3].lengths.tolist() == [3, 4]
    assert episodes[-1].length == 5
    good = episodes[1:].filter(lambda one: one.total_return > 5 and one.length < 5 and one.time.second < 3)
    assert good.returns.tolist() == [6, 10]
    assert [one.length for one in good] == [3, 4]


def test_arrays_are_attributes_and_items_and_read_in_place(folder):
    one = dv2.load_episodes(folder)[0]
    np.testing.assert_array_equal(one.vector, [[0], [1], [2]])
    np.testing.assert_array_equal(one['action'], [[0, 0], [0, 1], [1, 0]])
    assert set(one.keys()) == {'vector', 'action', 'reward', 'is_first', 'is_last', 'is_terminal'}
    assert archive.bytes_in_memory(one.arrays) == 0
    with pytest.raises(AttributeError, match='holds no `vectr` .did you mean `vector`.'):
        _ = one.vectr


@pytest.mark.parametrize('twin', [copy.copy, copy.deepcopy, lambda one: pickle.loads(pickle.dumps(one))])
def test_episodes_can_be_copied_and_pickled_before_and_after_they_are_read(folder, twin):
    episodes = dv2.load_episodes(folder)
    one = episodes[1]
    for _ in range(2):
        assert twin(one).path == one.path and twin(one).length == 3
        np.testing.assert_array_equal(twin(one).vector, one.vector)
        assert twin(episodes).paths == episodes.paths and twin(episodes)[1].total_return == 6


def test_an_episode_that_is_not_made_yet_has_no_arrays():
    with pytest.raises(AttributeError):
        _ = Episode.__new__(Episode).vector


def test_rows_and_summaries_are_tables(folder):
    pytest.importorskip('pandas')
    episodes = dv2.load_episodes(folder)
    table = episodes.to_pandas()
    assert table.total_return.tolist() == [3, 6, 10, 15] and table.length.tolist() == [2, 3, 4, 5]
    rows = episodes[0].to_pandas()
    assert rows.reward.tolist() == [0, 1, 2] and rows.vector_0.tolist() == [0, 1, 2]
    assert rows.action.isna().tolist() == [True, False, False] and rows.action[1:].tolist() == [1, 0]
    release = dv2.load_episodes(RELEASE)[0].to_pandas()
    assert release.shape == (868, 5) and not any(name.startswith('image') for name in release)


def test_without_pandas_it_is_said_what_is_missing(folder, monkeypatch):
    monkeypatch.setitem(sys.modules, 'pandas', None)
    with pytest.raises(UserError, match=r'dreamerv2_tf\[pandas\]'):
        dv2.load_episodes(folder).to_pandas()


def test_spaces_are_those_of_the_files(folder):
    assert dv2.load_episodes(folder).spaces == Spaces(
        {'vector': Spec((1,), np.dtype(np.float32))}, ActionSpec.choice(2)
    )
    assert (
        dv2.load_episodes(RELEASE).spaces.to_json()
        == Spaces({'image': Spec((64, 64, 1), np.dtype(np.uint8))}, ActionSpec.choice(6)).to_json()
    )


@pytest.mark.parametrize(
    'actions, discrete',
    [([[0, 0], [1, 0], [0, 1]], True), ([[0, 0], [1, 0], [0.5, 0.5]], False), ([[0, 0], [1, 1], [0, 1]], False)],
)
def test_actions_are_discrete_where_all_rows_but_the_first_are_one_hot(tmp_path, actions, discrete):
    write(tmp_path, 0, episode(2))
    write(tmp_path, 1, episode(2) | {'action': np.array(actions, np.float32)})
    assert dv2.load_episodes(tmp_path).spaces.action == ActionSpec((ActionPart(2, discrete),))


@pytest.mark.parametrize(
    'change, message',
    [
        (
            {'vector': np.zeros((3, 4), np.float32)},
            r'`vector` differ: .*-2.npz has \(1,\) float32, .*-2.npz has \(4,\)',
        ),
        ({'image': np.zeros((3, 8, 8, 1), np.uint8)}, r'`image` differ: .*-2.npz lacks it, .*-2.npz has \(8, 8, 1\)'),
        (
            {'action': np.zeros((3, 5), np.float32)},
            r'`action` differ: .*-2.npz has \(2,\) float32, .*-2.npz has \(5,\)',
        ),
    ],
)
def test_two_files_that_are_not_alike_are_named(tmp_path, change, message):
    one, other = write(tmp_path, 0, episode(2)), write(tmp_path, 1, episode(2) | change)
    with pytest.raises(UserError, match=message) as error:
        _ = dv2.load_episodes(tmp_path).spaces
    assert one.name in str(error.value) and other.name in str(error.value)


def test_where_there_is_no_episode_is_an_error(tmp_path):
    (tmp_path / 'strange.npz').write_bytes(b'x')
    for where in (tmp_path, tmp_path / 'missing', f'{tmp_path}/*/none'):
        with pytest.raises(UserError, match='holds no episode'):
            dv2.load_episodes(where)
    with pytest.raises(UserError, match='strange.npz is not named like an episode'):
        dv2.load_episodes(tmp_path / 'strange.npz')


def test_a_file_without_an_episode_is_named_when_it_is_touched(folder):
    path = sorted((folder / 'train_episodes').iterdir())[0]
    path.write_bytes(b'no zip')
    episodes = dv2.load_episodes(folder)
    for touch in (lambda: episodes[0].vector, lambda: episodes.returns):
        with pytest.raises(UserError, match=f'{path.name} cannot be read'):
            touch()
    np.savez(path, reward=np.zeros(3))
    with pytest.raises(UserError, match=f'{path.name} lacks action, is_last, is_terminal'):
        _ = dv2.load_episodes(folder)[0].vector


def test_episodes_of_the_same_digits_are_different_ones(folder):
    for path in list((folder / 'train_episodes').iterdir()):
        path.rename(path.with_name(path.name.replace(path.name[16:48], digest(0, 0, 0))))
    assert dv2.load_episodes(folder).lengths.tolist() == [2, 3, 4, 5]


def test_rows_of_zeros_in_an_episode_that_the_release_joined_leave_actions_discrete(tmp_path):
    arrays = episode(6)
    arrays['action'] = np.eye(3, dtype=np.float32)[[0, 1, 2, 0, 1, 2, 0]]
    arrays['action'][[0, 4]] = 0
    arrays['is_first'][4] = True
    write(tmp_path, 0, arrays)
    loaded = dv2.load_episodes(tmp_path)
    assert loaded.spaces.action == ActionSpec.choice(3) and loaded[0].action_spec.discrete


def test_a_name_that_lies_about_the_length_is_reported(folder):
    path = min((folder / 'train_episodes').iterdir())
    path.rename(path.with_name(path.name.replace('-2.npz', '-9.npz')))
    with pytest.raises(UserError, match='holds 2 steps, other than its name says'):
        _ = dv2.load_episodes(folder)[0].image
