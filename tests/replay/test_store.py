"""A folder of episodes: order, replacement, and no half files."""

import contextlib
import datetime
import mmap
import os
import resource
import types

import numpy as np
import pytest

from dreamerv2_tf.replay.archive import BrokenEpisode, is_compressed
from dreamerv2_tf.replay.episode_file import digest, filename, parse_filename
from dreamerv2_tf.replay.store import Store

from ..fakes import episode

A, B, C = (digest(0, 0, number) for number in range(3))


def names(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def clock(monkeypatch):
    """Sets the clock that the store reads: clock(hour, minute, second)."""

    class Clock(datetime.datetime):
        @classmethod
        def now(cls, tz=None):
            return cls.time_now

    def set_to(*time):
        Clock.time_now = Clock(2024, 5, 6, *time, 999)

    monkeypatch.setattr(
        'dreamerv2_tf.replay.store.datetime', types.SimpleNamespace(datetime=Clock, timedelta=datetime.timedelta)
    )
    set_to(12, 0, 0)
    return set_to


def test_a_file_is_named_by_time_digest_and_length(tmp_path, clock):
    clock(7, 8, 9)
    Store(tmp_path).write(A, episode(3))
    assert names(tmp_path) == [f'20240506T070809-{A}-3.npz']


def test_numpy_alone_reads_a_file(tmp_path):
    Store(tmp_path).write(A, episode(3, start=4))
    (path,) = tmp_path.iterdir()
    file = np.load(path)
    assert set(file.files) == {'vector', 'action', 'reward', 'is_first', 'is_last', 'is_terminal'}
    assert file['vector'].tolist() == [[4], [5], [6], [7]]
    assert file['reward'].dtype == np.float32


def test_what_was_written_is_read(tmp_path):
    store = Store(tmp_path / 'deep' / 'folder')
    assert store.digests == []
    store.write(A, episode(3, start=4))
    for same in (store, Store(tmp_path / 'deep' / 'folder')):
        assert same.digests == [A]
        assert same.length(A) == 3
        np.testing.assert_array_equal(same.read(A)['vector'], episode(3, start=4)['vector'])


def test_names_sort_in_the_order_of_writing_within_a_second(tmp_path, clock):
    store = Store(tmp_path)
    order = [digest(0, 0, number) for number in range(8)]
    for one in order:
        store.write(one, episode(2))
    assert order != sorted(order)
    assert store.digests == Store(tmp_path).digests == order


def test_names_sort_in_the_order_of_writing_when_the_clock_goes_back(tmp_path, clock):
    store = Store(tmp_path)
    store.write(A, episode(2))
    clock(11, 0, 0)
    store.write(B, episode(2))
    clock(13, 0, 0)
    store.write(C, episode(2))
    assert [parse_filename(name)[0] for name in names(tmp_path)] == [
        '20240506T120000',
        '20240506T120001',
        '20240506T130000',
    ]
    assert Store(tmp_path).digests == [A, B, C]


def test_a_file_from_the_future_stays_the_older_one(tmp_path):
    np.savez(tmp_path / filename('29991231T235959', A, 2), **episode(2))
    store = Store(tmp_path)
    store.write(B, episode(2))
    assert store.digests == Store(tmp_path).digests == [A, B]


def test_the_same_digest_replaces_the_file_in_its_place(tmp_path):
    store = Store(tmp_path)
    store.write(A, episode(2))
    store.write(B, episode(2))
    store.write(A, episode(5, start=9))
    for same in (store, Store(tmp_path)):
        assert same.digests == [A, B]
        assert same.length(A) == 5
        assert same.read(A)['vector'][0] == 9
    assert len(names(tmp_path)) == 2
    store.write(A, episode(5, start=1))
    assert store.read(A)['vector'][0] == 1
    assert len(names(tmp_path)) == 2


def test_a_replaced_episode_is_the_same_after_a_restart(tmp_path):
    Store(tmp_path).write(A, episode(2))
    Store(tmp_path).write(A, episode(4))
    assert [parse_filename(name)[1:] for name in names(tmp_path)] == [(A, 4)]


def test_no_temporary_file_remains(tmp_path):
    store = Store(tmp_path)
    for one in (A, B, A):
        store.write(one, episode(2))
    assert all(parse_filename(name) for name in names(tmp_path))


@contextlib.contextmanager
def full_disk():
    """Files end after 1,000 bytes."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def test_a_write_that_fails_leaves_the_old_file(tmp_path):
    store = Store(tmp_path)
    store.write(A, episode(2, start=3))
    with full_disk(), pytest.raises(OSError, match='File too large'):
        store.write(A, episode(3))
    with full_disk(), pytest.raises(OSError, match=B):
        store.write(B, episode(2))
    for same in (store, Store(tmp_path)):
        assert same.digests == [A] and same.length(A) == 2 and same.bytes == same.size(A) == same.path(A).stat().st_size
        assert same.read(A)['vector'][0] == 3


def test_what_is_submitted_can_be_read_at_once_and_is_saved_in_order(tmp_path):
    store, names = Store(tmp_path), [f'{number:032x}' for number in range(12)]
    for number, name in enumerate(names):
        store.submit(name, episode(4, start=number))
        assert store.is_own(name) and store.length(name) == 4 and store.read(name)['vector'][0] == number
    store.submit(A, episode(2))
    store.submit(A, episode(6))  # recorded again while it is being written
    store.flush()
    assert store.digests == Store(tmp_path).digests == [*names, A]
    assert store.bytes == Store(tmp_path).bytes == sum(path.stat().st_size for path in tmp_path.iterdir())
    assert len(store.read(A)['vector']) == 7 and isinstance(store.read(A)['vector'].base, mmap.mmap)


def test_a_failure_in_the_background_is_raised_once_at_the_next_chance(tmp_path):
    store = Store(tmp_path)
    with full_disk(), pytest.raises(OSError, match=A):
        store.submit(A, episode(2))
        store.flush()
    store.submit(B, episode(2))
    store.flush()
    assert store.digests == Store(tmp_path).digests == [B]


def test_files_that_are_no_episodes_are_left_alone_and_leftovers_removed(tmp_path, caplog):
    for name in ('notes.npz', f'.20240506T120000-{A}-3.npz.tmp', 'readme.txt'):
        (tmp_path / name).write_text('hello')
    store = Store(tmp_path)
    assert store.digests == []
    assert 'notes.npz' in caplog.text
    store.write(B, episode(2))
    assert len(names(tmp_path)) == 3  # what a killed process left half written is gone


def test_files_are_read_in_place_and_may_be_compressed(tmp_path):
    arrays = episode(50) | {'image': np.zeros((51, 64, 64, 1), np.uint8)}
    for compress in (False, True):
        folder = tmp_path / str(compress)
        Store(folder, compress).write(A, arrays)
        assert is_compressed(Store(folder, compress).path(A)) == compress
        np.testing.assert_array_equal(Store(folder, compress).read(A)['vector'], arrays['vector'])


def test_compressed_episodes_are_unpacked_once(tmp_path):
    packed = Store(tmp_path, compress=True)
    for one in (A, B):
        packed.write(one, episode(50))
    assert all(is_compressed(packed.path(one)) for one in (A, B))
    before = Store(tmp_path, compress=True).bytes
    packed.path(B).write_bytes(packed.path(B).read_bytes()[:200])
    store = Store(tmp_path)
    assert not is_compressed(store.path(A))
    assert store.bytes > before / 2 + 200
    np.testing.assert_array_equal(store.read(A)['vector'], episode(50)['vector'])
    with pytest.raises(BrokenEpisode) as error:
        store.read(B)
    assert error.value.digest == B
    assert len(names(tmp_path)) == 2


def test_folders_of_others_are_read_and_left_as_they_are(tmp_path, caplog):
    ours, theirs = tmp_path / 'ours', tmp_path / 'theirs'
    Store(theirs, compress=True).write(A, episode(5, start=40))
    Store(theirs).write(B, episode(6))
    before = {path.name: path.read_bytes() for path in theirs.iterdir()}
    store = Store(ours, others=[theirs])
    first, second = store.digests
    assert A not in store and not store.is_own(first) and store.bytes == 0
    assert store.read(first)['vector'][:1] == 40
    store.write(A, episode(2))
    assert store.digests == Store(ours, others=[theirs]).digests == [first, second, A] and store.is_own(A)
    store.quarantine(first, 'no good')
    assert 'is left out: no good' in caplog.text
    assert {path.name: path.read_bytes() for path in theirs.iterdir()} == before


def test_what_is_removed_is_gone_from_the_disk(tmp_path):
    store = Store(tmp_path)
    for one in (A, B):
        store.write(one, episode(2))
    assert store.bytes == sum(path.stat().st_size for path in tmp_path.iterdir())
    store.remove([A])
    assert store.digests == Store(tmp_path).digests == [B]
    assert store.bytes == store.size(B) == Store(tmp_path).bytes


def test_of_an_episode_that_was_being_replaced_when_the_process_died_the_longer_file_stays(tmp_path):
    Store(tmp_path).write(A, episode(5))
    stamp, *_ = parse_filename(names(tmp_path)[0])
    np.savez(tmp_path / filename(stamp, A, 2), **episode(2))
    store = Store(tmp_path)
    assert store.digests == [A] and store.length(A) == 5
    assert [parse_filename(name)[2] for name in names(tmp_path)] == [5]


def test_a_file_of_the_same_digits_that_somebody_put_there_stays_with_a_warning(tmp_path, caplog):
    Store(tmp_path).write(A, episode(5))
    np.savez(tmp_path / filename('20200101T000000', A, 2), **episode(2))
    assert Store(tmp_path).length(A) == 5 and len(names(tmp_path)) == 2
    assert f'20200101T000000-{A}-2.npz is left out' in caplog.text


def test_files_are_not_taken_for_broken_where_too_many_are_open(tmp_path, monkeypatch):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    many = [digest(0, 0, number) for number in range(120)]
    for one in many:
        Store(tmp_path).write(one, episode(2))
    used = len(os.listdir('/proc/self/fd'))
    resource.setrlimit(resource.RLIMIT_NOFILE, (used + 110, hard))
    try:
        store = Store(tmp_path)
        for one in many:  # no more than half of what may be open
            store.read(one)
        monkeypatch.setattr(store, '_max_open', 1000)
        with pytest.raises(OSError, match='Too many open files'):
            for one in many:
                store.read(one)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_few_files_stay_open_and_little_stays_in_memory(tmp_path, monkeypatch):
    monkeypatch.setattr('dreamerv2_tf.replay.store.MAX_OPEN_FILES', 2)
    monkeypatch.setattr('dreamerv2_tf.replay.store.MAX_INFLATED_BYTES', 1000)
    for compress in (False, True):
        store = Store(tmp_path / str(compress), compress)
        for one in (A, B, C):
            store.write(one, episode(40))
        first = store.read(A)
        assert store.read(A) is first
        assert store.read(B) is not None and (store.read(A) is first) != compress
        store.read(C)
        store.read(B)
        assert store.read(A) is not first


def test_a_link_to_nowhere_is_left_out_with_a_warning(tmp_path, caplog):
    link = tmp_path / filename('20240102T030405', 32 * 'a', 3)
    link.symlink_to(tmp_path / 'nowhere')
    assert Store(tmp_path).digests == []
    assert f'{link} is no file and left out' in caplog.text
