"""Command lines become configs, and mistakes in them sentences."""

import pytest

from dreamerv2_tf.config import flags
from dreamerv2_tf.errors import UserError


def parse(line):
    return flags.parse(line.split())[0]


def test_flags_win_over_presets_wherever_they_stand():
    assert parse('--train_every 7 --configs atari').train_every == 7
    assert parse('--configs atari --train_every 7').train_every == 7


def test_a_value_may_follow_an_equals_sign():
    assert parse('--task=atari_boxing').task == 'atari_boxing'
    assert parse('--log_keys_sum=a=b').log_keys_sum == 'a=b'


def test_a_negative_number_is_a_value():
    assert parse('--dmc_camera -1').dmc_camera == -1


def test_the_last_of_two_equal_flags_wins():
    assert parse('--seed 1 --seed 2').seed == 2
    assert parse('--seed=1 --seed 2').seed == 2


@pytest.mark.parametrize('words', [['reward', 'discount'], ['reward,discount'], ['[reward, discount]']])
def test_lists_are_separate_words_or_one_with_commas(words):
    config, _ = flags.parse(['--grad_heads', *words])
    assert config.grad_heads == ('reward', 'discount')


def test_a_list_of_one_is_a_list():
    assert parse('--encoder.mlp_layers 32').encoder.mlp_layers == (32,)
    assert parse('--grad_heads=reward').grad_heads == ('reward',)


def test_a_pattern_changes_all_keys_that_it_fully_matches():
    config = parse(r'--.*\.norm layer')
    assert {key for key, value in config.flat.items() if value == 'layer'} == {
        f'{section}.norm'
        for section in ('rssm', 'encoder', 'decoder', 'reward_head', 'discount_head', 'actor', 'critic', 'expl_head')
    }


def test_a_pattern_of_the_releases_readme_works():
    config = parse('--encoder.*norm layer')
    assert config.encoder.norm == 'layer'
    assert config.decoder.norm == 'none'


def test_patterns_apply_in_the_order_of_the_line():
    assert parse(r'--.*\.norm layer --rssm.norm none').rssm.norm == 'none'
    assert parse(r'--rssm.norm none --.*\.norm layer').rssm.norm == 'layer'


def test_a_pattern_without_a_match_is_unknown():
    with pytest.raises(UserError, match=r'unknown key `zzz\.\*`'):
        parse('--zzz.* 1')


def test_a_broken_pattern_is_an_error():
    with pytest.raises(UserError, match='not a regular expression'):
        parse('--( 1')


def test_any_observation_may_have_a_loss_scale():
    assert parse('--loss_scales.position 0.5')['loss_scales.position'] == 0.5


@pytest.mark.parametrize(
    'line, message',
    [
        ('--rssm.detr 1', 'unknown key `rssm.detr` (did you mean `rssm.deter`?)'),
        ('--rssm 1', '`rssm` is a section; its keys are rssm.ensemble'),
        ('--actor_grad reinforec', "Received: 'reinforec' (did you mean `reinforce`?)"),
        ('--discount 1.5', "`discount` must be a number from 0 to 1. Received: '1.5'"),
        ('--seed -1', '`seed` must be a whole number from 0'),
        ('--seed 1 2', "Received: ['1', '2']"),
        ('--logdir a b', "Received: ['a', 'b']"),
        ('--logdir=', '`logdir` must be text'),
        ('--encoder.cnn_kernels 4,4,4', 'a list of 4'),
        ('--grad_heads decoder,rewards', '`grad_heads` must be'),
        ('--log_keys_sum (', 'a regular expression'),
        ('--seed', '`--seed` needs a value'),
        ('atari_pong', "Received: 'atari_pong'"),
        ('-- 1', "Received: '--'"),
        ('--configs', 'names of presets'),
        ('--configs atari releas', 'did you mean `release`?'),
    ],
)
def test_a_mistake_names_the_key_the_value_and_what_is_allowed(line, message):
    with pytest.raises(UserError) as error:
        parse(line)
    assert message in str(error.value)


@pytest.mark.parametrize(
    'line, message',
    [
        ('--replay.minlen 20 --replay.maxlen 10', 'replay.maxlen=10, replay.minlen=20'),
        ('--pred_discount False', '`grad_heads` names discount'),
        ('--steps 50000', 'steps=50000, prefill=50000'),
    ],
)
def test_settings_must_fit_each_other(line, message):
    with pytest.raises(UserError) as error:
        parse(line)
    assert message in str(error.value)


def test_a_maxlen_of_zero_is_no_bound():
    assert parse('--replay.maxlen 0').replay.maxlen == 0


@pytest.mark.parametrize(
    'line, message',
    [
        ('--rssm.detr 1', 'unknown key `rssm.detr` (did you mean `rssm.deter`?)'),
        ('--episodes-dir x', 'unknown key `episodes-dir`'),
        ('--updtes 3', 'unknown key `updtes` (did you mean `--updates`?)'),
        ('--updtes', 'unknown key `updtes` (did you mean `--updates`?)'),
    ],
)
def test_a_key_that_is_no_setting_is_refused_with_the_nearest_setting_or_flag_of_the_command(line, message):
    with pytest.raises(UserError) as error:
        flags.check_keys(line.split(), ['--updates'])
    assert message in str(error.value)


@pytest.mark.parametrize(
    'line', ['--seed 1', '--configs cpu', r'--.*\.norm layer', '--rssm 1', '--jit True', '--slow_baseline True', '-- 1']
)
def test_settings_sections_patterns_and_names_of_the_release_are_keys(line):
    flags.check_keys(line.split(), ['--updates'])
