"""A replay is measured as a run would keep it."""

import contextlib

import pytest

from dreamerv2_tf import build
from dreamerv2_tf.benchmarks import timers
from dreamerv2_tf.replay import archive

from .. import small


@pytest.mark.parametrize('compress', [False, True])
def test_the_files_of_a_replay_are_compressed_as_the_setting_demands(compress, tmp_path):
    changes = {'time_limit': 20, 'replay.capacity': 60, 'replay.compress': compress, 'replay.minlen': 6}
    config = small.config(task='toy_catch', action_repeat=1).updated({**changes, 'replay.maxlen': 6})
    with contextlib.closing(build.make_envs(config, 'train')) as envs:
        figures = timers.time_replay(tmp_path, config, envs, seconds=0.1)
    files = list((tmp_path / 'train_episodes').glob('*.npz'))
    assert len(files) == figures['episodes'] == 3 and figures['batches_per_second'] > 0
    assert [archive.is_compressed(path) for path in files] == [compress] * 3
