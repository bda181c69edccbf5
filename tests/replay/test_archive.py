"""Files of arrays: whole or not there, read in place, and never trusted."""

import io
import mmap
import zipfile

import numpy as np
import pytest

from dreamerv2_tf.replay import archive
from dreamerv2_tf.replay.archive import BrokenEpisode


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
    opened = archive.open_arrays(path)
    for name, value in arrays().items():
        np.testing.assert_array_equal(opened[name], value)
        assert opened[name].dtype == value.dtype
        assert isinstance(opened[name].base, mmap.mmap)
    assert archive.bytes_in_memory(opened) == 0
    content = path.read_bytes()
    image = archive.members(path)['image']
    assert content[image.offset : image.offset + image.size] == arrays()['image'].tobytes()


def test_mapped_arrays_cannot_be_written_and_outlive_their_name(path):
    opened = archive.open_arrays(path)
    with pytest.raises(ValueError, match='read-only'):
        opened['image'][0] = 1
    path.unlink()
    np.testing.assert_array_equal(opened['image'], arrays()['image'])


def test_what_is_compressed_is_inflated(path):
    assert not archive.is_compressed(path)
    archive.write(path, arrays(), compress=True)
    assert archive.is_compressed(path)
    opened = archive.open_arrays(path)
    for name, value in arrays().items():
        np.testing.assert_array_equal(opened[name], value)
    assert archive.bytes_in_memory(opened) == sum(value.nbytes for value in arrays().values())


def test_columns_first_is_read_as_well(tmp_path):
    value = np.asfortranarray(np.arange(6).reshape(2, 3))
    archive.write(tmp_path / 'a.npz', {'value': value})
    np.testing.assert_array_equal(archive.open_arrays(tmp_path / 'a.npz')['value'], value)


def test_a_file_cut_anywhere_is_broken(path):
    content = path.read_bytes()
    for size in range(0, len(content), 20):
        path.write_bytes(content[:size])
        with pytest.raises(BrokenEpisode, match='some.npz cannot be read'):
            archive.open_arrays(path)


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
        archive.open_arrays(zipped(tmp_path / 'some.npz', **{name: content}))


def test_a_file_that_claims_too_much_is_broken_before_it_is_inflated(tmp_path, monkeypatch):
    monkeypatch.setattr(archive, 'MAX_FILE_BYTES', 10_000_000)
    path = tmp_path / 'bomb.npz'
    np.savez_compressed(path, zeros=np.zeros(20_000_000, np.uint8))
    assert path.stat().st_size < 100_000
    with pytest.raises(BrokenEpisode, match='claims to hold 20,000,000 bytes'):
        archive.open_arrays(path)


def test_what_is_no_zip_is_not_compressed(tmp_path):
    (tmp_path / 'a').write_bytes(b'PK')
    assert not archive.is_compressed(tmp_path / 'a')
    assert not archive.is_compressed(tmp_path / 'missing')
