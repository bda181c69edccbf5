"""Files of arrays: whole or not there, read in place, and never trusted."""

import errno
import io
import mmap
import os
import zipfile

import numpy as np
import pytest

from dreamerv2_tf.replay import archive, npz
from dreamerv2_tf.replay.archive import ArrayFile, BrokenEpisode


def arrays():
    return {
        'image': np.arange(3 * 4 * 5, dtype=np.uint8).reshape(3, 4, 5),
        'reward': np.array([0, 1.5, -2], np.float32),
        'flag': np.array([True, False, True]),
        'wide': np.arange(3.0),
        'scalar': np.float32(7),
    }


@pytest.fixture
def path(tmp_path):
    archive.write(tmp_path / 'some.npz', arrays())
    return tmp_path / 'some.npz'


def opened(path, mapped=True):
    file = ArrayFile(path, mapped)
    return {name: file.open(name) for name in file.headers}


def npy(array, **header):
    """The bytes of a `.npy` file, with another header than the array's where one is given."""
    stream = io.BytesIO()
    np.lib.format.write_array_header_1_0(stream, np.lib.format.header_data_from_array_1_0(array) | header)
    return stream.getvalue() + array.tobytes()


def zipped(path, **members):
    with zipfile.ZipFile(path, 'w') as file:
        for name, content in members.items():
            file.writestr(f'{name}.npy', content)
    return path


def test_arrays_are_mapped_from_the_file(path):
    found = opened(path)
    for name, value in arrays().items():
        np.testing.assert_array_equal(found[name], value)
        assert found[name].dtype == value.dtype
        assert isinstance(found[name].base, mmap.mmap)
    assert archive.bytes_in_memory(found) == 0


def test_mapped_arrays_cannot_be_written_and_outlive_their_name(path):
    found = opened(path)
    with pytest.raises(ValueError, match='read-only'):
        found['image'][0] = 1
    path.unlink()
    np.testing.assert_array_equal(found['image'], arrays()['image'])


def test_what_is_compressed_is_inflated(path):
    assert not archive.is_compressed(path)
    archive.write(path, arrays(), compress=True)
    assert archive.is_compressed(path)
    for mapped in (True, False):
        found = opened(path, mapped)
        for name, value in arrays().items():
            np.testing.assert_array_equal(found[name], value)
        assert archive.bytes_in_memory(found) == sum(value.nbytes for value in arrays().values())


@pytest.mark.parametrize('compress', [False, True])
def test_arrays_may_have_any_name_and_numpy_reads_them(compress, tmp_path):
    named = {name: np.arange(3) for name in ('file', 'allow_pickle', 'camera/front', 'ä [bold]')}
    archive.write(tmp_path / 'a.npz', named, compress)
    assert {name: array.tolist() for name, array in np.load(tmp_path / 'a.npz').items()} == dict.fromkeys(
        named, [0, 1, 2]
    )
    assert set(opened(tmp_path / 'a.npz')) == set(named)


def test_what_would_be_too_large_to_be_inflated_is_not_compressed(path, monkeypatch):
    monkeypatch.setattr(archive, 'MAX_COMPRESSED_BYTES', sum(value.nbytes for value in arrays().values()) - 1)
    archive.write(path, arrays(), compress=True)
    assert not archive.is_compressed(path)


@pytest.mark.parametrize('mapped', [True, False])
def test_columns_first_is_read_as_well(mapped, tmp_path):
    value = np.asfortranarray(np.arange(6).reshape(2, 3))
    archive.write(tmp_path / 'a.npz', {'value': value})
    np.testing.assert_array_equal(opened(tmp_path / 'a.npz', mapped)['value'], value)


def test_rows_of_files_that_are_not_mapped_are_read_when_they_are_sliced(path):
    names = ['image', 'reward', 'flag', 'wide']
    found = {name: opened(path, mapped=False)[name] for name in names}
    for name in names:
        value = arrays()[name]
        assert found[name].shape == value.shape and found[name].dtype == value.dtype
        for rows in (slice(None), slice(1, 2), slice(2, 9), slice(2, 1)):
            np.testing.assert_array_equal(found[name][rows], value[rows])
    assert archive.bytes_in_memory(found) == 0


@pytest.mark.parametrize('change', ['cut', 'cut and filled again', 'written over'])
def test_a_file_that_changes_in_place_while_its_rows_are_read_is_broken(change, path):
    os.utime(path, (0, 0))  # a write at once after another may have the same time
    image = opened(path, mapped=False)['image']
    size = path.stat().st_size
    image[:1]
    with path.open('r+b') as file:
        if change == 'written over':
            file.write(bytes(size))
        else:
            file.truncate(100)
        if change == 'cut and filled again':
            file.truncate(size)
    with pytest.raises(BrokenEpisode, match='has changed since it was opened'):
        image[1:]


def test_a_file_cut_anywhere_is_broken(path):
    content = path.read_bytes()
    for size in range(0, len(content), 20):
        path.write_bytes(content[:size])
        with pytest.raises(BrokenEpisode, match='some.npz cannot be read'):
            opened(path)


@pytest.mark.parametrize(
    'name, content, message',
    [
        ('large', npy(np.zeros(4), shape=(2**50,)), 'claims'),
        ('small', npy(np.zeros(4), shape=(2,)), 'claims 16 bytes and has 32'),
        ('negative', npy(np.zeros(4), shape=(-1,)), 'cannot be read'),
        ('objects', npy(np.zeros(4), descr='|O'), 'Python objects'),
        ('nonsense', b'hello', 'cannot be read'),
        ('empty', b'', 'cannot be read'),
    ],
)
def test_a_member_that_lies_about_itself_is_broken_before_it_is_read(name, content, message, tmp_path):
    with pytest.raises(BrokenEpisode, match=message):
        opened(zipped(tmp_path / 'some.npz', **{name: content}))


def test_a_file_that_claims_too_much_is_broken_before_it_is_inflated(tmp_path, monkeypatch):
    monkeypatch.setattr(archive, 'MAX_FILE_BYTES', 10_000_000)
    path = tmp_path / 'bomb.npz'
    np.savez_compressed(path, zeros=np.zeros(20_000_000, np.uint8))
    assert path.stat().st_size < 100_000
    with pytest.raises(BrokenEpisode, match='claim 20,000,000 bytes'):
        opened(path)


def test_what_is_no_zip_is_not_compressed(tmp_path):
    (tmp_path / 'a').write_bytes(b'PK')
    assert not archive.is_compressed(tmp_path / 'a')
    assert not archive.is_compressed(tmp_path / 'missing')


@pytest.mark.parametrize('number', [errno.EACCES, errno.EIO, errno.ESTALE, errno.EMFILE])
def test_a_file_that_the_machine_does_not_give_now_is_not_broken(number, tmp_path, monkeypatch):
    path = tmp_path / 'a.npz'
    archive.write(path, {'x': np.zeros(3)})

    def refuse(path):
        raise OSError(number, os.strerror(number), str(path))

    monkeypatch.setattr(npz, 'open_file', refuse)
    with pytest.raises(OSError, match=os.strerror(number)):
        ArrayFile(path)
