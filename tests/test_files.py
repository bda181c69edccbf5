"""Files are there whole or not at all."""

import errno

import pytest

from dreamerv2_tf.files import remove_unfinished, replacing


def test_a_file_takes_the_place_of_the_old_one_when_it_is_whole(tmp_path):
    path = tmp_path / 'a'
    path.write_bytes(b'old')
    with replacing(path) as file:
        file.write(b'new')
        assert path.read_bytes() == b'old'
    assert path.read_bytes() == b'new'
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize('error', [ValueError('no'), KeyboardInterrupt()])
def test_a_failure_leaves_the_old_file_and_nothing_else(error, tmp_path):
    path = tmp_path / 'a'
    path.write_bytes(b'old')
    with pytest.raises(type(error)), replacing(path) as file:
        file.write(b'ne')
        raise error
    assert path.read_bytes() == b'old'
    assert list(tmp_path.iterdir()) == [path]


def test_an_error_of_the_disk_names_the_file(tmp_path):
    with pytest.raises(OSError, match=f"No space left on device: '{tmp_path / 'a'}'"), replacing(tmp_path / 'a'):
        raise OSError(errno.ENOSPC, 'whatever')


def test_what_a_killed_process_left_is_removed(tmp_path):
    (tmp_path / '.a.tmp').write_bytes(b'half')
    (tmp_path / 'b').write_bytes(b'whole')
    remove_unfinished(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ['b']
    remove_unfinished(tmp_path / 'missing')
