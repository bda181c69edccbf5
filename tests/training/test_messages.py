"""Messages to users at the beginning and the end of a run."""

import pathlib

import numpy as np
import pytest

from dreamerv2_tf.config import flags
from dreamerv2_tf.learning.device import Device
from dreamerv2_tf.spec import ActionSpec, Spaces, Spec
from dreamerv2_tf.training.disk_guard import DiskGuard
from dreamerv2_tf.training.messages import collecting, describe, ending, expectation, foreseen

CPU, GPU = Device('CPU', 'float32', False), Device('NVIDIA A100', 'mixed_bfloat16', True)


def config(*argv):
    return flags.parse(['--configs', *argv])[0]


@pytest.mark.parametrize(
    'device, presets, hint', [(CPU, ['atari'], True), (CPU, ['atari', 'cpu'], False), (GPU, ['atari'], False)]
)
def test_the_cpu_preset_is_named_where_it_would_help(device, presets, hint):
    text = expectation(config(*presets), device, 200 * 86400)
    assert 'about 200 d' in text
    assert ('--configs ... cpu' in text) == hint


@pytest.mark.parametrize(
    'flags, message',
    [
        ([], 'the newest 2,000,000 steps; train_episodes grows to 2.1e+02 GB at most, unless replay.disk_limit_gb'),
        (['--replay.disk_limit_gb', '20'], 'train_episodes grows to 20 GB at most'),
    ],
)
def test_the_disk_that_a_run_will_need_is_named_at_its_beginning(flags, message):
    observation = {'image': Spec((64, 64, 1), np.dtype(np.uint8))}
    lines = collecting(config('atari', *flags), observation, ActionSpec.choice(18))
    assert message in '\n'.join(lines)


@pytest.mark.parametrize('device, count', [(CPU, 0), (GPU, 0), (CPU._replace(precision='mixed_bfloat16'), 1)])
def test_a_precision_that_a_cpu_computes_slowly_is_named(device, count):
    observation = {'image': Spec((64, 64, 1), np.dtype(np.uint8))}
    lines = describe(config('atari'), device, (1, 2), Spaces(observation, ActionSpec.choice(18)), pathlib.Path('here'))
    assert sum('several times slower than float32' in line for line in lines) == count


@pytest.mark.parametrize(
    'device, argv, end',
    [
        (GPU, ['--rssm.deter', '600'], ''),
        (CPU, ['--rssm.deter', '500'], ''),
        (GPU, ['--rssm.deter', '500', '--actor.units', '100'], 'which are not: rssm.deter=500, actor.units=100'),
    ],
)
def test_layers_that_a_gpu_computes_slowly_are_named(device, argv, end):
    observation = {'image': Spec((64, 64, 1), np.dtype(np.uint8))}
    lines = describe(
        config('atari', *argv), device, (1, 2), Spaces(observation, ActionSpec.choice(18)), pathlib.Path('here')
    )
    assert [line.endswith(end) for line in lines if line.startswith('layers')] == [True] * bool(end)


def test_the_last_line_of_a_run_names_how_it_ended(tmp_path):
    disk = DiskGuard(tmp_path, 0, 0)

    def last_line(done, finished, updates=1):
        return ending(done, finished, updates, pathlib.Path('here'), disk, 'again')

    assert last_line('400,000 frames', True) == ('finished 400,000 frames; all is in here', False)
    assert last_line('200 frames', False) == ('stopped at 200 frames; to go on: again', False)
    assert last_line('200 frames', True, updates=0) == (
        'ended after 200 frames without an update: nothing was learned; all is in here',
        False,
    )
    disk.was_low = True
    assert last_line('400,000 frames', True) == ('finished 400,000 frames; all is in here', False)
    text, full = last_line('200 frames', False)
    assert full and text.endswith('Free some space and go on: again')


def test_a_model_that_foresees_no_reward_is_named_as_such():
    poor = foreseen(400, {'reward_skill': 0.04, 'reward_skill_ahead': -0.1, 'value_skill': 0.3})
    assert poor.startswith(
        '400 frames: of the reward the world model explains 4%, nothing one step ahead; of the return'
    )
    assert 'docs/when_it_does_not_learn.md' in poor
    assert 'docs' not in foreseen(400, {'reward_skill': 0.9, 'reward_skill_ahead': 0.8})
    assert 'no change of reward' in foreseen(400, {'discount_error': 0.1})
