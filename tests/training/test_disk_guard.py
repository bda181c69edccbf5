"""A run ends before its disk is full."""

import shutil

import pytest

from dreamerv2_tf.errors import UserError
from dreamerv2_tf.training.disk_guard import DiskGuard


@pytest.fixture
def free(monkeypatch):
    """Sets the free bytes of every disk."""

    def set_to(count):
        usage = shutil.disk_usage('/')._replace(free=count)
        monkeypatch.setattr(shutil, 'disk_usage', lambda folder: usage)

    return set_to


def test_a_disk_with_too_little_space_is_refused(tmp_path, free):
    free(2 * 10**9)
    with pytest.raises(UserError, match='has 2.00 GB left; a run needs 2.10 GB for checkpoints alone'):
        DiskGuard(tmp_path / 'new', checkpoint_bytes=10**9)
    assert not (tmp_path / 'new').exists()


def test_once_too_little_is_left_it_stays_low(tmp_path, free):
    free(2200)
    space = DiskGuard(tmp_path, checkpoint_bytes=1000, spare_bytes=100)
    assert not space.low() and not space.was_low
    free(2099)
    assert space.low()
    free(10**12)
    assert space.low() and space.was_low
    assert 'all is saved' in space.describe()


def test_the_real_disk_has_room_for_nothing(tmp_path):
    assert not DiskGuard(tmp_path, 0, 0).low()
