"""What a run has at hand to learn from."""

import shutil

import numpy as np
import pytest

from dreamerv2_tf.replay.archive import BrokenEpisode
from dreamerv2_tf.replay.buffer import MAX_MISSING_NUMBERS, Buffer
from dreamerv2_tf.replay.episode_file import digest, parse_filename
from dreamerv2_tf.replay.sampler import Sampler
from dreamerv2_tf.replay.store import Store
from dreamerv2_tf.spec import Spec

from ..fakes import episode, rows


def make(folder, capacity=1000, seed=0, numbers=None, specs=None, envs=3, others=(), **settings):
    buffer = Buffer(Store(folder, specs=specs, others=others), capacity, seed, envs, **settings)
    buffer.numbers = numbers or buffer.numbers
    return buffer


def feed(buffer, *steps, env=0, **settings):
    """Plays episodes of so many steps; the first values are 0, 100, 200, ..."""
    for number, count in enumerate(steps):
        for row in rows(count, start=100 * number, **settings):
            ended = buffer.add(row, env)
    buffer.flush()
    return ended


def begins(buffer):
    return [int(ep.slices(['vector'], 0, 1)['vector'][0, 0]) for ep in buffer.episodes()]


def test_an_episode_is_handed_back_and_saved_when_it_ends(tmp_path):
    buffer = make(tmp_path)
    *early, last = rows(3, start=5)
    assert [buffer.add(row, 0) for row in early] == [None] * 3
    assert buffer.episodes() == []
    arrays = buffer.add(last, 0)
    buffer.flush()
    for key, value in episode(3, start=5).items():
        np.testing.assert_array_equal(arrays[key], value)
        assert arrays[key].dtype == value.dtype
    (path,) = tmp_path.iterdir()
    assert parse_filename(path.name)[1:] == (digest(0, 0, 0), 3)


def test_rows_are_kept_in_the_stored_dtypes(tmp_path):
    buffer = make(tmp_path)
    for row in rows(2):
        arrays = buffer.add(row | {'reward': float(row['reward']), 'log_count': 3}, 0)
    assert arrays['reward'].dtype == np.float32
    assert arrays['log_count'].dtype == np.int32


def test_counts_are_of_what_is_saved_and_what_is_loaded(tmp_path):
    buffer = make(tmp_path, capacity=10)
    feed(buffer, 4, 5, 6)
    assert (buffer.total_episodes, buffer.total_steps) == (3, 15)
    assert (buffer.loaded_episodes, buffer.loaded_steps) == (1, 6)


def test_the_oldest_episodes_leave_first_beyond_the_capacity(tmp_path):
    buffer = make(tmp_path, capacity=10)
    feed(buffer, 4, 6)
    assert begins(buffer) == [0, 100]
    feed(buffer, 1)
    assert [ep.rows for ep in buffer.episodes()] == [7, 2]
    assert buffer.loaded_steps == 7


def test_an_episode_longer_than_the_capacity_is_kept_alone(tmp_path):
    buffer = make(tmp_path, capacity=5)
    feed(buffer, 3, 9)
    assert begins(buffer) == [100]
    assert buffer.loaded_steps == 9


def test_episodes_of_several_environments_do_not_mix(tmp_path):
    buffer = make(tmp_path)
    for ours, theirs in zip(rows(3, start=0), rows(3, start=50)):
        buffer.add(ours, 0)
        buffer.add(theirs, 1)
    buffer.flush()
    first, second = buffer.episodes()
    assert first.slices(['vector'], 0, 9)['vector'].ravel().tolist() == [0, 1, 2, 3]
    assert second.slices(['vector'], 0, 9)['vector'].ravel().tolist() == [50, 51, 52, 53]
    assert Store(tmp_path).digests == [digest(0, 0, 0), digest(0, 1, 0)]


def test_closing_ends_open_episodes_without_a_terminal_and_drops_empty_ones(tmp_path):
    buffer = make(tmp_path)
    for env, count in ((2, 3), (0, 5), (1, 0)):
        for row in rows(count, start=10 * env, last=False):
            buffer.add(row, env)
    closed = buffer.close_open()
    assert [len(arrays['reward']) for arrays in closed] == [6, 4]
    for arrays in closed:
        assert np.flatnonzero(arrays['is_last']).tolist() == [len(arrays['reward']) - 1]
        assert not arrays['is_terminal'].any()
    assert buffer.close_open() == []
    buffer.flush()
    assert Store(tmp_path).digests == [digest(0, 0, 0), digest(0, 2, 0)]
    assert buffer.numbers == [1, 0, 1]


def test_an_episode_that_is_cut_is_saved_as_truncated_and_has_had_its_number_even_without_a_step(tmp_path):
    buffer = make(tmp_path)
    for env, count in ((2, 3), (0, 5), (1, 0)):
        for row in rows(count, start=10 * env, last=False):
            buffer.add(row, env)
    for env in (2, 1, 1):  # the last one has failed before its first row
        buffer.cut(env)
    buffer.flush()
    assert Store(tmp_path).digests == [digest(0, 2, 0)]
    (cut,) = buffer.episodes()
    flags = cut.slices(['is_last', 'is_terminal'], 0, 9)
    assert flags['is_last'].tolist() == [False, False, False, True] and not flags['is_terminal'].any()
    assert buffer.numbers == [0, 2, 1]
    assert [len(arrays['reward']) for arrays in buffer.close_open()] == [6]


def test_episodes_of_each_environment_are_numbered_as_they_end(tmp_path):
    buffer = make(tmp_path, seed=9, numbers=[5, 0, 0])
    feed(buffer, 2, 2, env=1)
    feed(buffer, 2, env=0)
    assert Store(tmp_path).digests == [digest(9, 1, 0), digest(9, 1, 1), digest(9, 0, 5)]
    assert buffer.numbers == [6, 2, 0]


def test_a_rerun_in_another_order_of_environments_makes_no_duplicates(tmp_path):
    state = make(tmp_path).get_state()
    for order in ((0, 1), (1, 0)):
        buffer = make(tmp_path)
        buffer.set_state(*state)
        for env in order:
            feed(buffer, 2 + env, env=env)
    assert buffer.total_episodes == buffer.loaded_episodes == 2
    assert len(list(tmp_path.iterdir())) == 2


def test_without_a_checkpoint_all_files_count_and_none_is_written_over(tmp_path):
    feed(make(tmp_path), 4, 3)
    buffer = make(tmp_path)
    assert buffer.numbers == [2, 0, 0]
    feed(buffer, 5)
    assert [ep.rows for ep in make(tmp_path).episodes()] == [5, 4, 6]


def test_what_is_saved_is_loaded_newest_first_up_to_the_capacity(tmp_path):
    feed(make(tmp_path), 4, 3, 2)
    assert begins(make(tmp_path, capacity=9)) == [0, 100, 200]
    assert begins(make(tmp_path, capacity=8)) == [100, 200]
    assert begins(make(tmp_path, capacity=4)) == [200]
    assert begins(make(tmp_path, capacity=1)) == [200]
    loaded = make(tmp_path, capacity=5)
    assert (loaded.loaded_steps, loaded.total_steps, loaded.total_episodes) == (5, 9, 3)


def test_a_loaded_buffer_goes_on_like_one_that_never_stopped(tmp_path):
    feed(make(tmp_path), 4, 3)
    buffer = make(tmp_path, capacity=8, numbers=[2, 0, 0])
    feed(buffer, 3)
    assert [ep.rows for ep in buffer.episodes()] == [4, 4]
    assert Store(tmp_path).digests == [digest(0, 0, number) for number in range(3)]


def test_a_run_that_goes_back_writes_the_same_files_again(tmp_path):
    buffer = make(tmp_path)
    feed(buffer, 4)
    state = buffer.get_state()
    feed(buffer, 3, 2)
    before = sorted(tmp_path.iterdir())
    buffer = make(tmp_path)
    buffer.set_state(*state)
    assert begins(buffer) == [0] and buffer.total_steps == 4  # the later two do not count yet
    feed(buffer, 3, 2)
    assert sorted(tmp_path.iterdir()) == before
    assert buffer.loaded_episodes == buffer.total_episodes == 3
    assert buffer.loaded_steps == buffer.total_steps == 9


def test_an_episode_that_was_saved_as_truncated_goes_on_and_takes_its_place(tmp_path):
    buffer = make(tmp_path)
    for row in rows(9, start=500)[:4]:
        buffer.add(row, 0)
    state = buffer.get_state()
    buffer.close_open()
    buffer.flush()
    buffer = make(tmp_path)
    buffer.set_state(*state)
    assert buffer.total_episodes == 0 and buffer.get_state()[1]['0/vector'].ravel().tolist() == [500, 501, 502, 503]
    for row in rows(9, start=500)[4:]:
        arrays = buffer.add(row, 0)
    buffer.flush()
    np.testing.assert_array_equal(arrays['vector'], episode(9, start=500)['vector'])
    (path,) = tmp_path.iterdir()
    assert parse_filename(path.name)[1:] == (digest(0, 0, 0), 9)


def interrupted(folder):
    """The state in the middle of episodes of environments 0 and 1, which went on: 0 finished its and another."""
    buffer = make(folder)
    feed(buffer, 6)
    for row in rows(5, start=50, last=False):
        buffer.add(row, 0)
    for row in rows(3, start=70, last=False):
        buffer.add(row, 1)
    state = buffer.get_state()
    for row in rows(8, start=50)[6:]:
        buffer.add(row, 0)
    feed(buffer, 2)
    return state


def test_where_environments_are_lost_later_files_count_once_and_running_episodes_end(tmp_path):
    state = interrupted(tmp_path)
    for _ in range(2):  # also if the process dies again before its first checkpoint
        buffer = make(tmp_path)
        buffer.set_state(*state)
        assert buffer.adopt_later() == (8 + 2) - 5
        buffer.flush()
        assert sorted(ep.rows - 1 for ep in buffer.episodes()) == [2, 3, 6, 8]
        assert buffer.total_steps == 19 and buffer.numbers == [3, 1, 0] and not buffer.get_state()[1]
    _, truncated = sorted(buffer.episodes(), key=lambda ep: ep.rows)[:2]
    flags = truncated.slices(['is_last', 'is_terminal'], 0, 4)
    assert flags['is_last'].tolist() == [False] * 3 + [True] and not flags['is_terminal'].any()
    assert len(list(tmp_path.iterdir())) == 4


def test_files_that_others_put_into_the_folder_count_from_then_on(tmp_path):
    state = interrupted(tmp_path)
    Store(tmp_path).write(digest(99, 0, 0), episode(7))
    buffer = make(tmp_path)
    buffer.set_state(*state)
    assert [ep.rows - 1 for ep in buffer.episodes()] == [6, 7]


def test_missing_files_of_a_checkpoint_are_counted_in_a_warning(tmp_path, caplog):
    buffer = make(tmp_path)
    feed(buffer, 4, 3, 2)
    state = buffer.get_state()
    sorted(tmp_path.iterdir())[1].unlink()
    buffer = make(tmp_path)
    buffer.set_state(*state)
    assert begins(buffer) == [0, 200] and '1 episodes of the checkpoint are missing' in caplog.text


def test_running_and_finished_episodes_are_found_by_their_digest(tmp_path):
    buffer = make(tmp_path, capacity=3)
    feed(buffer, 4, 3)
    for row in rows(2, last=False):
        buffer.add(row, 1)
    assert [buffer.find(digest(0, *number)).rows for number in ((0, 0), (0, 1), (1, 0))] == [5, 4, 3]
    assert buffer.find(digest(5, 5, 5)) is None


def test_beyond_the_disk_limit_the_oldest_leave_first_but_not_those_in_use_nor_of_others(tmp_path):
    ours, theirs = tmp_path / 'ours', tmp_path / 'theirs'
    feed(make(theirs, seed=1), 9)
    feed(make(ours), 4, 4, 4, 4)
    size = Store(ours).size(digest(0, 0, 0))
    buffer = make(ours, disk_limit=2 * size, others=[theirs])
    assert buffer.total_episodes == 5
    buffer.leave_surplus({digest(0, 0, 1)})
    assert buffer.total_steps == 9 + 8 and buffer.loaded_episodes == 3
    assert len(list(ours.iterdir())) == 4, 'files stay until a checkpoint does without them'
    state = buffer.get_state()
    buffer = make(ours, others=[theirs])  # killed before they were removed
    buffer.set_state(*state)
    assert buffer.total_steps == 9 + 8
    buffer.remove_surplus()
    assert Store(ours).digests == [digest(0, 0, 1), digest(0, 0, 3)]


def test_runs_of_the_same_seed_that_read_each_other_do_not_mix_their_episodes(tmp_path):
    ours, theirs = tmp_path / 'ours', tmp_path / 'theirs'
    feed(make(theirs), 9)
    buffer = make(ours, others=[theirs])
    feed(buffer, 4)
    for row in rows(3, last=False):
        buffer.add(row, 0)
    state = buffer.get_state()
    feed(make(theirs), 8, 7)
    buffer = make(ours, others=[theirs])
    buffer.set_state(*state)
    assert buffer.total_steps == 9 + 4 + 8 + 7
    assert buffer.adopt_later() == 0
    assert buffer.total_steps == 9 + 4 + 8 + 7 + 3


def test_files_behind_a_missing_one_are_known_as_the_runs_own(tmp_path):
    buffer = make(tmp_path)
    state = buffer.get_state()
    feed(buffer, 1, 2, 3, 4)
    sorted(tmp_path.iterdir())[1].unlink()
    assert make(tmp_path).numbers == [4, 0, 0]
    buffer = make(tmp_path)
    buffer.set_state(*state)
    assert (buffer.total_steps, buffer.numbers) == (0, [0, 0, 0])
    assert buffer.adopt_later() == 8
    assert (buffer.total_steps, buffer.numbers) == (8, [4, 0, 0])


def test_names_stay_those_of_one_run_where_the_seed_is_changed(tmp_path):
    buffer = make(tmp_path, seed=1)
    for row in rows(3, last=False):
        buffer.add(row, 0)
    state = buffer.get_state()
    buffer.close_open()
    buffer.flush()
    buffer = make(tmp_path, seed=2)
    buffer.set_state(*state)
    assert buffer.adopt_later() == 0
    assert len(list(tmp_path.iterdir())) == 1 and buffer.total_steps == 3


def test_a_broken_episode_that_is_given_up_goes_to_quarantine_with_a_warning(tmp_path, caplog):
    feed(make(tmp_path), 4, 3, 2)
    broken = sorted(tmp_path.iterdir())[1]
    broken.write_bytes(broken.read_bytes()[:100])
    buffer = make(tmp_path)
    with pytest.raises(BrokenEpisode) as error:
        buffer.episodes()[1].slices(['vector'], 0, 1)
    buffer.give_up(error.value.digest, error.value)
    assert begins(buffer) == [0, 200]
    assert (buffer.total_steps, buffer.total_episodes) == (6, 2)
    assert f'{broken} is moved to quarantine/: {broken} cannot be read' in caplog.text
    assert [path.name for path in (tmp_path / 'quarantine').iterdir()] == [broken.name]
    assert begins(make(tmp_path)) == [0, 200]


def test_older_episodes_take_the_room_of_one_whose_name_claimed_too_much(tmp_path):
    feed(make(tmp_path), 4, 3, 2)
    newest = sorted(tmp_path.iterdir())[-1]
    newest.rename(newest.with_name(newest.name.replace('-2.npz', '-99999999.npz')))
    buffer = make(tmp_path, capacity=7)
    assert buffer.loaded_episodes == 1
    with pytest.raises(BrokenEpisode) as error:
        buffer.episodes()[0].slices(['vector'], 0, 1)
    buffer.give_up(error.value.digest, error.value)
    assert begins(buffer) == [0, 100] and buffer.loaded_steps == 7


def test_a_broken_file_does_not_replace_another_one_of_its_name_in_quarantine(tmp_path):
    for content in (b'one', b'two', b'three'):
        feed(make(tmp_path), 4)
        (path,) = tmp_path.glob('*.npz')
        path = path.rename(path.with_name('20200101T000000-' + path.name.split('-', 1)[1]))
        path.write_bytes(content)
        buffer = make(tmp_path)
        buffer.give_up(parse_filename(path.name)[1], 'broken')
    assert {path.read_bytes() for path in (tmp_path / 'quarantine').iterdir()} == {b'one', b'two', b'three'}


def test_a_file_with_another_length_than_in_its_name_is_broken(tmp_path):
    feed(make(tmp_path), 4)
    path = sorted(tmp_path.iterdir())[0]
    path.rename(path.with_name(path.name.replace('-4.npz', '-5.npz')))
    with pytest.raises(BrokenEpisode, match='holds 4 steps, other than its name says'):
        begins(make(tmp_path))


def test_a_damaged_file_is_named(tmp_path):
    feed(make(tmp_path), 4)
    (path,) = tmp_path.iterdir()
    content = bytearray(path.read_bytes())
    start = content.index(b'vector.npy') + len(b'vector.npy')
    content[start : start + 60] = b'\xff' * 60
    path.write_bytes(content)
    with pytest.raises(BrokenEpisode, match=path.name):
        begins(make(tmp_path))


def test_a_new_episode_begins_where_the_old_one_was_given_up(tmp_path):
    buffer = make(tmp_path)
    for row in rows(5, last=False):
        buffer.add(row, 0)
    arrays = feed(buffer, 2)
    assert len(arrays['reward']) == 3


@pytest.mark.parametrize('ongoing', [5, 0])
def test_running_episodes_can_be_sampled_from_a_number_of_rows_on(ongoing, tmp_path):
    buffer = make(tmp_path, ongoing=ongoing)
    feed(buffer, 4)
    for row in rows(6, start=500, last=False):
        buffer.add(row, 0)
    assert begins(buffer) == ([0, 500] if ongoing else [0])


def test_running_episodes_count_from_minlen_rows_on(tmp_path):
    buffer = make(tmp_path, ongoing=5)
    sampler = Sampler(5, 5, False, np.random.default_rng(0))
    feed(buffer, 20)
    seen = []
    for row in rows(5, start=500, last=False):
        buffer.add(row, 0)
        pieces = [sampler.piece(buffer.episodes()) for _ in range(50)]
        seen.append(any(piece.episode.rows < 21 for piece in pieces))
    assert seen == [False, False, False, False, True, True]


@pytest.mark.parametrize(
    'specs, message',
    [
        (
            {'vector': Spec((2,), np.dtype(np.float32))},
            r'must be float32 of the shape \(2,\). Received: float32 of \(1,\)',
        ),
        ({'vector': Spec((1,), np.dtype(np.uint8))}, r'must be uint8 .* Received: float32'),
        ({'image': Spec((64, 64, 1), np.dtype(np.uint8))}, 'lacks `image`'),
    ],
)
def test_episodes_that_do_not_fit_the_environment_are_broken(specs, message, tmp_path):
    feed(make(tmp_path), 4)
    with pytest.raises(BrokenEpisode, match=message):
        begins(make(tmp_path, specs=specs))


def test_no_number_of_files_makes_a_new_episode_replace_an_old_one(tmp_path):
    first = make(tmp_path, envs=1)
    feed(first, 1)
    (path,) = tmp_path.iterdir()
    for number in range(1, MAX_MISSING_NUMBERS + 20):
        shutil.copy(path, tmp_path / path.name.replace(digest(0, 0, 0), digest(0, 0, number)))
    again = make(tmp_path, envs=1, capacity=10**6)
    feed(again, 3)
    assert again.total_episodes == MAX_MISSING_NUMBERS + 21 and again.total_steps == MAX_MISSING_NUMBERS + 20 + 3


def test_a_running_episode_that_is_longer_than_its_file_wins(tmp_path):
    buffer = make(tmp_path, envs=1)
    *early, _ = rows(8)
    for row in early[:4]:
        buffer.add(row, 0)
    buffer.close_open()
    buffer.flush()
    assert buffer.total_steps == 3
    (tmp_path / 'other').mkdir()
    other = make(tmp_path / 'other', envs=1)
    for row in early:
        other.add(row, 0)
    again = make(tmp_path, envs=1)
    again.set_state(*other.get_state())
    assert again.adopt_later() == 0
    again.flush()
    assert again.total_steps == 7 and [parse_filename(p.name)[2] for p in tmp_path.glob('*.npz')] == [7]
