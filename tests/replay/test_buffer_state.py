"""A buffer that is set back from what is loaded and a count is as one set back from a list of all its episodes."""

import json
import shutil

import pytest

from dreamerv2_tf.replay.buffer import Buffer
from dreamerv2_tf.replay.episode_file import digest, filename
from dreamerv2_tf.replay.store import Store

from ..fakes import rows

LENGTHS = 4, 3, 2, 5, 3, 4
FOREIGN = digest(99, 0, 0)


def feed(buffer, lengths, last=True, env=0):
    for length in lengths:
        for row in rows(length, last=last):
            buffer.add(row, env)
    buffer.flush()


def recorded(folder, capacity, others=(), disk_limit=0):
    """A buffer of two environments that recorded episodes, two of which go on."""
    buffer = Buffer(Store(folder, others=others), capacity, 0, envs=2, disk_limit=disk_limit)
    for length in LENGTHS:
        feed(buffer, [length], env=length % 2)
    for env in range(2):
        feed(buffer, [3 + env], last=False, env=env)
    return buffer


def loaded(buffer):
    return [episode.digest for episode in buffer.episodes()]


def counts(buffer):
    return buffer.total_steps, buffer.total_episodes, buffer.loaded_steps, loaded(buffer), buffer.numbers


def surplus(buffer):
    buffer.leave_surplus({})
    return buffer.get_state()[0]['leaving']


def nothing(folder):
    pass


def add_old_file(folder):
    (folder / filename('20000101T000000', FOREIGN, 6)).write_bytes(b'')


def add_new_file(folder):
    (folder / filename('20990101T000000', FOREIGN, 6)).write_bytes(b'')


def remove_oldest(folder):
    min(folder.glob('*.npz')).unlink()


def remove_newest(folder):
    max(folder.glob('*.npz')).unlink()


def record_more(folder):
    feed(Buffer(Store(folder), 10**6, 0, envs=2), [7, 8])


CASES = [
    (change, others)
    for change in (nothing, add_old_file, add_new_file, remove_oldest, remove_newest, record_more)
    for others in ((), ('theirs',), ('theirs', 'new'))
    if (change, others) != (remove_oldest, ('theirs', 'new'))  # an added file takes the place of an evicted one
]


@pytest.mark.parametrize('disk_limit', [0, 7000])
@pytest.mark.parametrize('capacity', [1000, 14, 8])
@pytest.mark.parametrize('change, others', CASES)
def test_a_count_of_evicted_episodes_is_as_good_as_their_names(tmp_path, change, capacity, others, disk_limit):
    for seed, other in enumerate(others, 5):
        feed(Buffer(Store(tmp_path / other), 10**6, seed), [6, 2])
    others = [tmp_path / other for other in others]
    before = recorded(tmp_path / 'ours', capacity, others[:1], disk_limit)
    before.leave_surplus({})
    manifest, running = before.get_state()
    store = Store(tmp_path / 'ours', others=others[:1])
    everything = [digest for digest in store.digests if digest not in manifest['leaving']]
    assert manifest['loaded'] == everything[len(everything) - before.loaded_episodes :]
    change(tmp_path / 'ours')
    buffers = []
    for number, names in enumerate([{}, {'loaded': everything, 'evicted_episodes': 0}]):
        folder = shutil.copytree(tmp_path / 'ours', tmp_path / f'{number}')
        buffers.append(Buffer(Store(folder, others=others), capacity, 0, envs=2, disk_limit=disk_limit))
        buffers[-1].set_state(json.loads(json.dumps(manifest | names)), running)
    one, other = buffers
    assert counts(one) == counts(other)
    if change in (nothing, record_more) and len(others) < 2:
        assert counts(one) == counts(before)
    for buffer in buffers:
        buffer.give_up(loaded(buffer)[-1], 'broken')  # older ones are loaded again
    assert counts(one) == counts(other)
    assert surplus(one) == surplus(other)
    assert counts(one) == counts(other)
    assert one.adopt_later() == other.adopt_later()
    assert counts(one) == counts(other)


def test_a_manifest_does_not_grow_with_evicted_episodes(tmp_path):
    buffer = Buffer(Store(tmp_path), 12, 0)
    feed(buffer, [3] * 4)
    before, _ = buffer.get_state()
    feed(buffer, [3] * 40)
    manifest, _ = buffer.get_state()
    assert manifest['evicted_episodes'] == 40 and buffer.total_episodes == 44
    assert len(json.dumps(manifest)) <= len(json.dumps(before)) + 2  # digits of two counts


def test_more_names_than_the_capacity_holds_are_counted_and_the_oldest_evicted(tmp_path):
    """As in a manifest of version 0.1, which named all."""
    before = recorded(tmp_path, 14)
    manifest, running = before.get_state()
    after = Buffer(Store(tmp_path), 14, 0, envs=2)
    after.set_state(manifest | {'loaded': Store(tmp_path).digests, 'evicted_episodes': 0}, running)
    assert counts(after) == counts(before) and after.get_state()[0] == manifest


def test_a_larger_capacity_loads_older_episodes_again(tmp_path):
    state = recorded(tmp_path, 8).get_state()
    larger = Buffer(Store(tmp_path), 14, 0, envs=2)
    larger.set_state(*state)
    assert [ep.rows - 1 for ep in larger.episodes()] == [2, 5, 3, 4]


@pytest.mark.parametrize('remove', [remove_oldest, remove_newest])
def test_missing_files_are_counted_in_a_warning_whether_they_were_loaded_or_evicted(tmp_path, caplog, remove):
    state = recorded(tmp_path, 8).get_state()
    remove(tmp_path)
    after = Buffer(Store(tmp_path), 8, 0, envs=2)
    after.set_state(*state)
    assert f'1 episodes of the checkpoint are missing in {tmp_path}' in caplog.text
    assert after.total_episodes == len(LENGTHS) - 1


def test_where_surplus_leaves_room_older_episodes_of_others_are_loaded_again(tmp_path):
    feed(Buffer(Store(tmp_path / 'theirs'), 100, 5), [4])
    buffer = recorded(tmp_path / 'ours', 21, [tmp_path / 'theirs'], disk_limit=3000)
    theirs = Store(tmp_path / 'ours', others=[tmp_path / 'theirs']).digests[0]
    assert theirs not in loaded(buffer)
    assert surplus(buffer) and theirs in loaded(buffer)
