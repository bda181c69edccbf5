"""Settings in the form of the authors' release are understood."""

import pathlib

import pytest

from dreamerv2_tf.config import flags, presets

RUN = pathlib.Path(__file__).parent.parent / 'data' / 'release_run' / 'config.yaml'


def test_the_config_of_a_run_of_the_release_loads():
    config, notices = presets.stack([str(RUN)])
    assert config.precision == 'float32'
    assert config.actor_advantage == 'release'
    assert config.atari_full_actions is False
    assert config.eager is False
    assert config.logdir == 'auto'
    assert (config.rssm.deter, config.rssm.stoch, config.rssm.discrete) == (16, 4, 4)
    assert (config.steps, config.eval_every, config.prefill) == (50000000, 250000, 2500)
    assert config.encoder.mlp_keys == '$^'
    assert config.loss_scales.flat == {'kl': 0.1, 'reward': 1.0, 'discount': 5.0}
    text = ' '.join(notices)
    for word in ('slow_baseline', 'loss_scales.proprio', 'actor_advantage=release', 'atari_full_actions=False'):
        assert word in text


def test_flags_win_over_what_a_config_of_the_release_implies():
    config, _ = flags.parse(['--configs', str(RUN), '--actor_advantage', 'paper'])
    assert config.actor_advantage == 'paper'


def test_a_real_logdir_of_the_release_is_kept(tmp_path):
    path = tmp_path / 'config.yaml'
    path.write_text(RUN.read_text().replace('/dev/null', '/some/where'))
    assert presets.stack([str(path)])[0].logdir == '/some/where'


@pytest.mark.parametrize(
    'line, key, value',
    [
        ('--precision 16', 'precision', 'mixed_float16'),
        ('--precision 32', 'precision', 'float32'),
        ('--precision float32', 'precision', 'float32'),
        ('--jit False', 'eager', True),
        ('--jit True', 'eager', False),
    ],
)
def test_renamed_flags_are_understood(line, key, value):
    config, notices = flags.parse(line.split())
    assert config[key] == value
    assert config.actor_advantage == 'paper'
    assert notices == []


def test_flags_without_effect_are_left_out_with_a_notice():
    config, notices = flags.parse(['--slow_baseline', 'False', '--loss_scales.proprio', '2'])
    assert config == flags.parse([])[0]
    assert len(notices) == 2
    assert 'slow_baseline' in notices[0]
    assert 'loss_scales.proprio' in notices[1]
