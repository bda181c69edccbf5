"""A run ends before its disk is full."""

import shutil

import pytest

from dreamerv2_tf.errors import UserError
from dreamerv2_tf.run.space import Space


def test_a_disk_with_too_little_space_is_refused(tmp_path):
    free = shutil.disk_usage(tmp_path).free
    with pytest.raises(UserError, match='GB left; a run needs .* GB for checkpoints alone'):
        Space(tmp_path, checkpoint_bytes=free)


def test_it_is_low_once_less_is_left_than_three_checkpoints_need(tmp_path):
    free = shutil.disk_usage(tmp_path).free
    space = Space(tmp_path, checkpoint_bytes=0, spare_bytes=free - 200 * 2**20)
    assert not space.low()
    with (tmp_path / 'large').open('wb') as file:
        file.write(bytes(400 * 2**20))
    assert space.low()
    assert 'all is saved' in space.describe()
