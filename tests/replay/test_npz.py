"""Arrays of files that may be damaged: what is read, and what is refused before it is."""

import io
import os
import zipfile

import numpy as np
import pytest

from dreamerv2_tf.replay import npz


def npy(array, **header):
    """The bytes of a `.npy` file, with another header than the array's where one is given."""
    stream = io.BytesIO()
    np.lib.format.write_array_header_1_0(stream, np.lib.format.header_data_from_array_1_0(array) | header)
    return stream.getvalue() + array.tobytes()


def with_header(text):
    return b'\x93NUMPY\x01\x00' + len(text).to_bytes(2, 'little') + text.encode()


def read(path):
    with npz.open_file(path) as file:
        return {name: npz.read(file, member) for name, member in npz.members(file).items()}


@pytest.mark.parametrize('save', [np.savez, np.savez_compressed])
def test_arrays_of_every_kind_are_read_as_they_were_saved(save, tmp_path):
    arrays = {
        'scalar': np.float64(7),
        'text': np.array('some text'),
        'columns': np.asfortranarray(np.arange(6).reshape(2, 3)),
        'nothing': np.zeros((0, 3), np.float32),
        'flag': np.array([True, False]),
    }
    save(tmp_path / 'a.npz', **arrays)
    found = read(tmp_path / 'a.npz')
    for name, array in arrays.items():
        assert found[name].dtype == array.dtype and found[name].flags.writeable
        np.testing.assert_array_equal(found[name], array)


@pytest.mark.parametrize(
    'header',
    [
        '(' * 3000,
        '(' * 9000,  # TokenError
        '-' * 3999 + '1',  # MemoryError of the parser
        '-' * 8999 + '1',
        '[' * 90 + ']' * 90,
        "{'descr': '<f4', 'fortran_order': False, 'shape': (",
        "{'descr': 'nonsense', 'fortran_order': False, 'shape': (2,), }",
        "{'descr': '<f4', 'fortran_order': 3, 'shape': (2,), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (-1, -4), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (10**18,), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1000000000000000000,), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (0, 1000000000000000000), }",
        "{'descr': '<U0', 'fortran_order': False, 'shape': (1000000000000000000,), }",
        "{'descr': '|O', 'fortran_order': False, 'shape': (2,), }",
        '\x00' * 100,
        'ä' * 100,
    ],
)
def test_whatever_a_header_raises_is_a_value_error(header):
    with pytest.raises(ValueError):
        npz.read_header(io.BytesIO(with_header(header)))


def test_no_flipped_bit_of_a_file_is_more_than_a_value_error(tmp_path):
    path = tmp_path / 'a.npz'
    np.savez(path, a=np.arange(3.0), b=np.array('text'))
    content = path.read_bytes()
    for place in range(8 * len(content)):
        damaged = bytearray(content)
        damaged[place // 8] ^= 1 << place % 8
        path.write_bytes(damaged)
        try:
            read(path)
        except ValueError:
            pass


def test_a_header_that_claims_gigabytes_is_refused_before_they_are_inflated(tmp_path, inflated):
    path = tmp_path / 'a.npz'
    with zipfile.ZipFile(path, 'w', zipfile.ZIP_DEFLATED) as file, file.open('a.npy', 'w') as member:
        member.write(b'\x93NUMPY\x02\x00' + (3 * 10**8).to_bytes(4, 'little'))
        for _ in range(30):
            member.write(bytes(10**7))
    with pytest.raises(ValueError):
        read(path)
    assert 0 < sum(inflated) < 10**6


def test_two_arrays_of_one_name_and_very_many_arrays_are_refused(tmp_path, monkeypatch):
    with zipfile.ZipFile(tmp_path / 'a.npz', 'w') as file:
        file.writestr('a.npy', npy(np.zeros(3)))
        file.writestr('a', npy(np.ones(3)))
    with pytest.raises(ValueError, match='same name'):
        read(tmp_path / 'a.npz')
    monkeypatch.setattr(npz, 'MAX_MEMBERS', 1)
    with pytest.raises(ValueError, match='2 arrays'):
        read(tmp_path / 'a.npz')


def test_a_wrong_byte_among_the_values_does_not_agree_with_the_checksum(tmp_path):
    np.savez(tmp_path / 'a.npz', a=np.arange(100.0))
    content = bytearray((tmp_path / 'a.npz').read_bytes())
    content[400] ^= 1
    (tmp_path / 'a.npz').write_bytes(content)
    with pytest.raises(ValueError, match='CRC'):
        read(tmp_path / 'a.npz')


def test_a_pipe_a_device_and_a_folder_are_no_files(tmp_path):
    os.mkfifo(tmp_path / 'pipe')
    (tmp_path / 'zeros').symlink_to('/dev/zero')
    for name in ('pipe', 'zeros', '.'):
        with pytest.raises(ValueError, match='no regular file'):
            npz.open_file(tmp_path / name)


def test_a_name_of_60_kilobytes_makes_a_file_broken(tmp_path):
    np.savez(tmp_path / 'a.npz', **{'x' * 60_000: np.zeros(3)})
    with pytest.raises(ValueError, match='a name has 60,004 characters'):
        read(tmp_path / 'a.npz')


def test_the_name_of_a_damaged_member_is_quoted_in_short(tmp_path):
    path = tmp_path / 'long_name.npz'
    np.savez(path, reward=np.zeros(3))
    content = bytearray(path.read_bytes())
    content[26:28] = (5_000).to_bytes(2, 'little')  # the length of its name, in the header before its values
    path.write_bytes(bytes(content) + bytes(6_000))
    with pytest.raises(ValueError) as refused:
        read(path)
    assert len(str(refused.value)) < 1_000
