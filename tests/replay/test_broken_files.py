"""What is no episode is that to every reader: the check, a run, a run on files of others, and those who look at it."""

import io
import itertools
import os
import subprocess
import sys
import zipfile

import numpy as np
import pytest

from dreamerv2_tf.errors import UserError
from dreamerv2_tf.recordings import integrity
from dreamerv2_tf.recordings.episodes import load_episodes
from dreamerv2_tf.replay import archive, infer_spaces
from dreamerv2_tf.replay.buffer import Buffer
from dreamerv2_tf.replay.dataset import Dataset
from dreamerv2_tf.replay.episode_file import digest, filename
from dreamerv2_tf.replay.sampler import Sampler
from dreamerv2_tf.replay.store import Store
from dreamerv2_tf.spec import Spec

from ..fakes import episode, rows

SPECS = {'vector': Spec((1,), np.dtype(np.float32)), 'action': Spec((2,), np.dtype(np.float32))}
KEYS = ['vector', 'action', 'reward', 'is_first', 'is_last', 'is_terminal']


def with_value(key, row, value, dtype=None):
    """A function that writes an episode with one other value."""

    def write(path, arrays):
        changed = arrays[key].astype(dtype or arrays[key].dtype)
        changed[row] = value
        archive.write(path, arrays | {key: changed})

    return write


def changed(**changes):
    """A function that writes an episode with other arrays; None leaves one out."""
    return lambda path, arrays: archive.write(
        path, {key: value for key, value in (arrays | changes).items() if value is not None}
    )


def with_header(text, key='vector'):
    """A function that writes an episode with a damaged header."""

    def write(path, arrays):
        with zipfile.ZipFile(path, 'w') as file:
            for name, array in arrays.items():
                stream = io.BytesIO()
                np.save(stream, array)
                damaged = b'\x93NUMPY\x01\x00' + len(text).to_bytes(2, 'little') + text.encode()
                file.writestr(f'{name}.npy', damaged if name == key else stream.getvalue())

    return write


def bool_of_2(path, arrays):
    flags = np.array(arrays['is_terminal'])
    flags.view(np.uint8)[3] = 2
    archive.write(path, arrays | {'is_terminal': flags})


def compressed(path, arrays):
    with_value('vector', 3, np.nan)(path, arrays)
    archive.write(path, dict(np.load(path)), compress=True)


KINDS = {
    'nan observation': (with_value('vector', 3, np.nan), '`vector` is nan in row 3'),
    'infinite observation': (with_value('vector', 8, -np.inf), '`vector` is -inf in row 8'),
    'compressed nan': (compressed, '`vector` is nan in row 3'),
    'observation beyond float32': (with_value('vector', 3, 1e300, np.float64), r'`vector` is 1e\+300 in row 3'),
    'nan action': (with_value('action', 2, np.nan), '`action` is nan in row 2'),
    'infinite action': (with_value('action', 2, np.inf), '`action` is inf in row 2'),
    'nan reward': (with_value('reward', 4, np.nan), '`reward` is nan in row 4'),
    'nan flag': (with_value('is_terminal', 1, np.nan, np.float32), '`is_terminal` is nan in row 1'),
    'flag of 7': (with_value('is_terminal', 1, 7, np.int64), '`is_terminal` is 7 in row 1'),
    'bool of 2': (bool_of_2, '`is_terminal` is 2 in row 3'),
    'text reward': (changed(reward=np.array(['a'] * 9)), 'numbers or bool'),
    'no reward': (changed(reward=None), 'lacks reward'),
    'no rows': (lambda path, arrays: archive.write(path, {k: v[:0] for k, v in arrays.items()}), '2 or more'),
    'a scalar': (changed(reward=np.float32(1)), 'same number of rows'),
    'a pair of rewards per row': (changed(reward=np.zeros((9, 2), np.float32)), 'a number per row'),
    'actions without a number': (changed(action=np.zeros((9, 0), np.float32)), 'must be vectors'),
    'no last row': (changed(is_last=np.zeros(9, bool)), 'is_last in its last one'),
    'other length': (lambda path, arrays: archive.write(path, episode(5)), 'holds 5 steps'),
    'tokens': (with_header('(' * 9000), 'cannot be read'),
    'parser': (with_header('-' * 8999 + '1'), 'cannot be read'),
    'tokens of a key that nobody needs': (with_header('(' * 3000, 'log_x'), 'cannot be read'),
    'shape': (with_header("{'descr': '<f4', 'fortran_order': False, 'shape': (1000000000000000000,), }"), 'claims'),
    'objects': (with_header("{'descr': '|O', 'fortran_order': False, 'shape': (9,), }"), 'Python objects'),
    'nothing': (lambda path, arrays: path.write_bytes(b''), 'cannot be read'),
}


@pytest.fixture(params=KINDS)
def broken(request, tmp_path):
    """(path of a broken file among two whole ones, what is wrong with it)."""
    write, message = KINDS[request.param]
    for number in range(3):
        path = tmp_path / 'episodes' / filename(f'2026010{number + 1}T000000', digest(0, 0, number), 8)
        path.parent.mkdir(exist_ok=True)
        arrays = episode(8, start=100 * number) | {'log_x': np.zeros(9, np.float32)}
        (write if number == 1 else archive.write)(path, arrays)
    return path.with_name(filename('20260102T000000', digest(0, 0, 1), 8)), message


def batches(store, count=12):
    buffer = Buffer(store, 1000, 0)
    dataset = Dataset(buffer, Sampler(5, 9, True, np.random.default_rng(0)), KEYS, batch=4, length=6)
    return buffer, [{key: value.numpy() for key, value in batch.items()} for batch in itertools.islice(dataset, count)]


def test_a_broken_file_is_that_to_every_reader(broken, tmp_path, caplog):
    path, message = broken
    names = sorted(other.name for other in path.parent.iterdir())
    found = {other: reason for other, reason in integrity.check(sorted(path.parent.iterdir())) if reason}
    assert list(found) == [path]
    with pytest.raises(UserError, match=message):
        dict(load_episodes(path)[0].arrays)
    assert infer_spaces.find(sorted(path.parent.iterdir())).action.size == 2

    buffer, drawn = batches(Store(tmp_path / 'none', specs=SPECS, others=[path.parent]))
    assert buffer.total_episodes == 2 and f'{path} is left out: ' in caplog.text
    assert sorted(other.name for other in path.parent.iterdir()) == names
    caplog.clear()
    buffer, more = batches(Store(path.parent, specs=SPECS))
    assert buffer.total_episodes == 2 and (path.parent / 'quarantine' / path.name).exists()
    assert 'moved to quarantine' in caplog.text and path.name in caplog.text
    for batch in drawn + more:
        assert all(np.isfinite(batch[key]).all() for key in KEYS)
        assert set(batch['vector'].flat) <= {100.0 * number + row for number in (0, 2) for row in range(9)}


def test_a_running_episode_with_a_number_that_is_not_finite_is_not_drawn_and_its_file_neither(tmp_path, caplog):
    buffer = Buffer(Store(tmp_path, specs=SPECS), 1000, 0, envs=2, ongoing=5)
    for row in rows(8):
        buffer.add(row, 0)
    bad = rows(8, start=100)
    bad[3]['vector'] = np.array([np.nan], np.float32)
    for row in bad[:-1]:
        buffer.add(row, 1)
    dataset = Dataset(buffer, Sampler(5, 9, True, np.random.default_rng(0)), KEYS, batch=4, length=6)
    assert all(batch['vector'].numpy().max() < 9 for batch in itertools.islice(dataset, 8))
    assert 'is not drawn from: `vector` is nan in row 3' in caplog.text
    buffer.add(bad[-1], 1)  # its file may be written or not when it is drawn
    assert all(batch['vector'].numpy().max() < 9 for batch in itertools.islice(dataset, 8))
    assert buffer.total_episodes == 1 and len(list((tmp_path / 'quarantine').iterdir())) == 1
    assert Store(tmp_path).digests == [digest(0, 0, 0)]


def test_a_large_member_that_nobody_needs_is_never_inflated(tmp_path, inflated):
    path = tmp_path / filename('20260101T000000', digest(0, 0, 0), 8)
    archive.write(path, episode(8), compress=True)
    stream = io.BytesIO()
    header = {'descr': '|u1', 'fortran_order': False, 'shape': (9, 2 * 10**7)}
    np.lib.format.write_array_header_1_0(stream, header)
    with (
        zipfile.ZipFile(path, 'a', zipfile.ZIP_DEFLATED, compresslevel=1) as file,
        file.open('log_junk.npy', 'w') as member,
    ):
        member.write(stream.getvalue())
        for _ in range(18):
            member.write(bytes(10**7))
    episodes = load_episodes(tmp_path)
    assert episodes.returns.tolist() == [36] and episodes[0].action.shape == (9, 2)
    assert infer_spaces.find([path]).action.discrete
    _, drawn = batches(Store(tmp_path / 'none', specs=SPECS, others=[tmp_path]))
    assert len(drawn) == 12 and 0 < sum(inflated) < 10**6


def test_more_than_a_compressed_gigabyte_is_broken_before_it_is_inflated(tmp_path, monkeypatch):
    monkeypatch.setattr(archive, 'MAX_COMPRESSED_BYTES', 10**6)
    path = tmp_path / filename('20260101T000000', digest(0, 0, 0), 8)
    np.savez_compressed(path, **episode(8), log_junk=np.zeros((9, 10**6), np.uint8))
    ((_, reason),) = integrity.check([path])
    assert 'its arrays claim 9,000,171 bytes, of which 1,000,000 may be compressed' in reason


@pytest.mark.parametrize('name', [filename('20260101T000000', 32 * 'a', 8), 'other.npz'])
def test_a_pipe_and_a_device_are_broken_and_nobody_waits_for_them(name, tmp_path):
    for target in (None, '/dev/zero'):
        path = tmp_path / str(target is None) / name
        path.parent.mkdir()
        path.symlink_to(target) if target else os.mkfifo(path)
        ((_, reason),) = integrity.check([path])
        assert 'no regular file' in reason or 'not named like an episode' in reason
        with pytest.raises(UserError):
            load_episodes(path)[0].keys()
        assert Store(path.parent).digests == []


def test_a_length_that_no_episode_has_makes_no_name_of_an_episode(tmp_path, caplog):
    path = tmp_path / filename('20260101T000000', 32 * 'a', 10**30)
    archive.write(path, episode(3))
    assert Store(tmp_path).digests == []
    assert f'{path} is not named like an episode and left out' in caplog.text


@pytest.mark.parametrize('filled', [False, True])
def test_a_file_of_others_that_is_cut_in_place_is_left_out_and_the_run_lives(filled, tmp_path, caplog):
    for number in range(3):
        path = tmp_path / 'theirs' / filename(f'2026010{number + 1}T000000', digest(0, 0, number), 200)
        path.parent.mkdir(exist_ok=True)
        archive.write(path, episode(200, start=1000 * number + 1))
        os.utime(path, (0, 0))
    buffer = Buffer(Store(tmp_path / 'none', specs=SPECS, others=[path.parent]), 1000, 0)
    dataset = Dataset(buffer, Sampler(5, 9, True, np.random.default_rng(0)), KEYS, batch=4, length=6)
    for _ in range(8):
        next(dataset)
    size = path.stat().st_size
    os.truncate(path, 300)
    if filled:
        os.truncate(path, size)
    drawn = [batch['vector'].numpy() for batch in itertools.islice(dataset, 2, 20)]
    assert buffer.total_episodes == 2 and all(0 < vector.min() and vector.max() < 1300 for vector in drawn)
    assert f'{path} is left out: ' in caplog.text and 'has changed since it was opened' in caplog.text


def test_a_run_that_may_open_256_files_reads_300_episodes(tmp_path):
    program = """
import os, pathlib, resource, sys
import numpy as np
resource.setrlimit(resource.RLIMIT_NOFILE, (256, 256))
from dreamerv2_tf.replay.store import Store
from tests.fakes import episode
folder = pathlib.Path(sys.argv[1])
for number in range(300):
    np.savez(folder / f'20260101T000000-{number:032x}-2.npz', **episode(2, start=number))
most = 0
for store in (Store(folder), Store(folder / 'none', others=[folder])):
    before = len(os.listdir('/proc/self/fd'))
    for _ in range(2):
        for number, digest in enumerate(store.digests):
            assert store.read(digest)['vector'][:1] == number
            most = max(most, len(os.listdir('/proc/self/fd')) - before)
    store._open.clear()
print(most)
"""
    result = subprocess.run([sys.executable, '-c', program, tmp_path], capture_output=True, text=True)
    assert (result.stdout.strip(), result.stderr) == ('128', '')
