"""The folder of a run is used by one process, and refused with a reason."""

import errno
import fcntl
import os
import subprocess
import sys

import pytest

from dreamerv2_tf.config import flags
from dreamerv2_tf.errors import UserError
from dreamerv2_tf.training.logdir import locate, locked, write_config

LOCKING = """
import pathlib, sys
from dreamerv2_tf.errors import UserError
from dreamerv2_tf.training.logdir import locked

print('ready', flush=True)
sys.stdin.readline()
try:
    with locked(pathlib.Path(sys.argv[1])):
        print('mine', flush=True)
        sys.stdin.readline()
except UserError as error:
    print(error, flush=True)
"""


def config(logdir):
    return flags.parse(['--configs', 'cpu', '--logdir', str(logdir)])[0]


def test_of_three_processes_that_race_for_a_folder_one_gets_it(tmp_path):
    racers = [
        subprocess.Popen(
            [sys.executable, '-c', LOCKING, str(tmp_path / 'run')],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    assert [racer.stdout.readline() for racer in racers] == ['ready\n'] * 3
    for racer in racers:
        racer.stdin.write('go\n')
        racer.stdin.flush()
    words = [racer.stdout.readline().strip() for racer in racers]
    for racer in racers:
        racer.communicate('end\n')
    assert words.count('mine') == 1
    assert all('is in use by ' in word for word in words if word != 'mine')


def test_a_file_system_without_locks_is_warned_of(tmp_path, monkeypatch, caplog):
    def refuse(file, operation):
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))

    monkeypatch.setattr(fcntl, 'flock', refuse)
    with locked(tmp_path / 'run'):
        assert (tmp_path / 'run').is_dir()
    assert 'its file system has no locks' in caplog.text


def test_a_link_to_nothing_is_refused_by_name(tmp_path):
    (tmp_path / 'link').symlink_to(tmp_path / 'nothing')
    with pytest.raises(UserError, match=r'link is a link to .*nothing, which is not there'):
        locate(config(tmp_path / 'link' / 'run'))


def test_a_name_that_no_file_could_hold_as_text_is_refused(tmp_path):
    with pytest.raises(UserError, match='is no text in the encoding utf-8; LC_ALL=C.UTF-8 may help'):
        locate(config(tmp_path / os.fsdecode(b'm\xfc')))


def test_a_name_with_a_nul_character_is_refused():
    with pytest.raises(UserError, match=r'`logdir` a\\x00b: .* NUL'):
        locate(config('a\0b'))


def test_settings_are_written_and_read_in_the_same_encoding_whatever_the_locale(tmp_path):
    settings = config(tmp_path / 'm\u00fcnchen')
    write_config(tmp_path, settings)
    program = 'import sys; from dreamerv2_tf.config import flags; print(ascii(flags.parse(sys.argv[1:])[0].logdir))'
    narrow = os.environ | {'LC_ALL': 'C', 'PYTHONUTF8': '0', 'PYTHONCOERCECLOCALE': '0'}
    words = [sys.executable, '-c', program, '--configs', str(tmp_path / 'config.yaml')]
    printed = subprocess.run(words, env=narrow, capture_output=True, text=True, check=True).stdout
    assert printed.strip() == ascii(settings.logdir)
