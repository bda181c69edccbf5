"""Tests of processes end, also if one does not answer."""

import pathlib
import signal

import pytest

from dreamerv2_tf.benchmarks.beside import process

ROOT = pathlib.Path(__file__).parents[3]
SECONDS = 60


@pytest.fixture
def fake_child(tmp_path, monkeypatch):
    """The process is `fake_child`; temporary files are in a folder of the test."""
    monkeypatch.setattr(process, 'MODULE', 'tests.benchmarks.beside.fake_child')
    monkeypatch.setattr('tempfile.tempdir', str(tmp_path))
    monkeypatch.setenv('PYTHONPATH', str(ROOT))


@pytest.fixture
def ends_in_time():
    """Fails a test that waits too long."""

    def give_up(number, frame):
        raise TimeoutError(f'no answer within {SECONDS} seconds')

    before = signal.signal(signal.SIGALRM, give_up)
    signal.alarm(SECONDS)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)
