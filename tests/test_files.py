"""Files are there whole or not at all."""

import errno
import re

import pytest

from dreamerv2_tf.files import MAX_NAME_CHARACTERS, remove_unfinished, replacing, safe_name


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


@pytest.mark.parametrize('text', ['image', 'camera_front', 'a.b+c=d-1', 'x' * MAX_NAME_CHARACTERS])
def test_a_plain_text_is_its_own_file_name(text):
    assert safe_name(text) == text


@pytest.mark.parametrize(
    'text', ['', '.', '..', '../../etc/passwd', 'a/b', 'a\0b', '-rf', 'Käse', '\ud800', '\x1b[31m', 'x' * 10_000]
)
def test_any_text_gets_a_file_name_that_a_disk_takes(text, tmp_path):
    name = safe_name(text)
    assert re.fullmatch(r'[A-Za-z0-9_+=][A-Za-z0-9_.+=-]*', name) and len(name) <= MAX_NAME_CHARACTERS
    (tmp_path / name).write_bytes(b'')
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_texts_that_differ_get_file_names_that_differ():
    assert safe_name('camera/front') == 'camera_front-8ffd7a17'
    assert len({safe_name(text) for text in ('camera/front', 'camera.front', 'camera:front', 'camera_front')}) == 4
    assert safe_name('x' * 1000 + 'a') != safe_name('x' * 1000 + 'b')
