"""Which settings change what a published score means."""

import pytest

from dreamerv2_tf.config import presets
from dreamerv2_tf.scores import protocol


def test_the_published_settings_are_those_of_the_presets():
    assert protocol.settings_of('atari') == {
        'action_repeat': 4,
        'time_limit': 27000,
        'atari_full_actions': True,
        'eval_noise': 0,
        'eval_state_mean': False,
    }
    assert protocol.settings_of('dmc') == {'action_repeat': 2}


def test_both_presets_of_dm_control_have_the_published_settings():
    config, _ = presets.stack(['dmc_proprio'])
    assert all(config[key] == value for key, value in protocol.settings_of('dmc').items())


@pytest.mark.parametrize(
    'task, values, remarks',
    [
        ('atari_pong', {'time_limit': 27000, 'action_repeat': 4, 'seed': 3}, ()),
        ('atari_pong', {}, ()),
        ('pong', {'time_limit': 100}, ('time_limit 100, published 27000',)),
        ('atari_pong', {'eval_state_mean': True}, ('eval_state_mean True, published False',)),
        ('dmc_walker_walk', {'action_repeat': 4, 'time_limit': 9}, ('action_repeat 4, published 2',)),
        ('toy_catch', {'action_repeat': 9}, ()),
    ],
)
def test_a_setting_with_another_than_the_published_value_gets_a_remark(task, values, remarks):
    assert protocol.remarks(task, values) == remarks


@pytest.mark.parametrize(
    'task, metric, action_repeat, reason',
    [
        ('atari_pong', 'eval_return', 4, ''),
        ('atari_pong', 'eval_return', None, ''),
        ('atari_pong', 'eval_return', 2, 'action repeat 2; published with 4'),
        ('dmc_walker_walk', 'train_return', 4, 'action repeat 4; published with 2'),
        ('atari_pong', 'train_return', 4, 'training returns; published are evaluation returns'),
        ('atari_pongg', 'eval_return', 4, 'nothing is published for this task (did you mean `atari_pong`?)'),
        ('toy_catch', 'eval_return', 4, 'nothing is published for this task'),
    ],
)
def test_scores_that_must_not_be_compared_are_refused_with_a_reason(task, metric, action_repeat, reason):
    assert protocol.refusal(task, metric, action_repeat) == reason
