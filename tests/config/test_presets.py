"""configs.yaml holds the values of the paper and of the release, and its presets stack."""

import re

import pytest

from dreamerv2_tf.config import flags, presets
from dreamerv2_tf.config.schema import SCHEMA
from dreamerv2_tf.errors import UserError

VISION = {'encoder.cnn_keys': 'image', 'encoder.mlp_keys': '$^', 'decoder.cnn_keys': 'image', 'decoder.mlp_keys': '$^'}
PROPRIO = {'encoder.cnn_keys': '$^', 'encoder.mlp_keys': '.*', 'decoder.cnn_keys': '$^', 'decoder.mlp_keys': '.*'}
NORMS = ('rssm', 'encoder', 'decoder', 'reward_head', 'discount_head', 'actor', 'critic', 'expl_head')

DEFAULTS = {
    'logdir': 'auto',
    'seed': 0,
    'envs': 1,
    'envs_parallel': 'none',
    'env_timeout_seconds': 60,
    'render_size': (64, 64),
    'dmc_camera': -1,
    'steps': 10**8,
    'prefill': 10**4,
    'pretrain': 1,
    'train_every': 5,
    'train_steps': 1,
    'log_every': 10**4,
    'eval_every': 10**5,
    'eval_eps': 1,
    'time_limit': 0,
    'action_repeat': 1,
    'atari_grayscale': True,
    'atari_full_actions': True,
    'replay.capacity': 2 * 10**6,
    'replay.ongoing': False,
    'replay.minlen': 50,
    'replay.maxlen': 50,
    'replay.prioritize_ends': True,
    'dataset.batch': 16,
    'dataset.length': 50,
    'clip_rewards': 'tanh',
    'grad_heads': ('decoder', 'reward', 'discount'),
    'pred_discount': True,
    'encoder.cnn_keys': '.*',
    'encoder.mlp_keys': '.*',
    'decoder.cnn_keys': '.*',
    'decoder.mlp_keys': '.*',
    'encoder.cnn_depth': 48,
    'encoder.cnn_kernels': (4, 4, 4, 4),
    'encoder.mlp_layers': (400,) * 4,
    'decoder.cnn_depth': 48,
    'decoder.cnn_kernels': (5, 5, 6, 6),
    'decoder.mlp_layers': (400,) * 4,
    'rssm.ensemble': 1,
    'rssm.hidden': 1024,
    'rssm.deter': 1024,
    'rssm.stoch': 32,
    'rssm.discrete': 32,
    'rssm.gru_norm': True,
    'rssm.std_act': 'sigmoid2',
    'rssm.min_std': 0.1,
    'loss_scales.kl': 1.0,
    'loss_scales.reward': 1.0,
    'loss_scales.discount': 1.0,
    'kl.free': 0.0,
    'kl.forward': False,
    'kl.balance': 0.8,
    'kl.free_avg': True,
    'model_opt.lr': 1e-4,
    'actor_opt.lr': 8e-5,
    'critic_opt.lr': 2e-4,
    'expl_opt.lr': 3e-4,
    'discount': 0.99,
    'discount_lambda': 0.95,
    'imag_horizon': 15,
    'actor_grad': 'auto',
    'actor_grad_mix': 0.1,
    'actor_ent': 2e-3,
    'actor_advantage': 'paper',
    'slow_target': True,
    'slow_target_update': 100,
    'slow_target_fraction': 1.0,
    'reward_norm.momentum': 1.0,
    'reward_norm.scale': 1.0,
    'reward_norm.eps': 1e-8,
    'expl_behavior': 'greedy',
    'expl_until': 0,
    'expl_intr_scale': 1.0,
    'expl_extr_scale': 0.0,
    'expl_noise': 0.0,
    'eval_noise': 0.0,
    'eval_state_mean': False,
    'disag_target': 'stoch',
    'disag_log': False,
    'disag_models': 10,
    'disag_offset': 1,
    'disag_action_cond': True,
    'expl_model_loss': 'kl',
    **{f'{section}.norm': 'none' for section in NORMS},
    **{f'{section}.act': 'elu' for section in NORMS},
    **{
        f'{head}_head.{key}': value
        for head in ('reward', 'discount', 'expl')
        for key, value in (('layers', 4), ('units', 400))
    },
    **{f'{head}.{key}': value for head in ('actor', 'critic') for key, value in (('layers', 4), ('units', 400))},
    **{
        f'{group}_opt.{key}': value
        for group in ('model', 'actor', 'critic', 'expl')
        for key, value in (('opt', 'adam'), ('eps', 1e-5), ('clip', 100.0), ('wd', 1e-6))
    },
}

ATARI = (
    DEFAULTS
    | VISION
    | {
        'task': 'atari_pong',
        'dataset.batch': 50,
        'dataset.length': 50,
        'train_every': 16,
        'prefill': 50000,
        'pretrain': 1,
        'steps': 5 * 10**7,
        'action_repeat': 4,
        'time_limit': 27000,
        'atari_full_actions': True,
        'rssm.hidden': 600,
        'rssm.deter': 600,
        'rssm.stoch': 32,
        'rssm.discrete': 32,
        'model_opt.lr': 2e-4,
        'actor_opt.lr': 4e-5,
        'critic_opt.lr': 1e-4,
        'actor_ent': 1e-3,
        'discount': 0.999,
        'pred_discount': True,
        'loss_scales.kl': 0.1,
        'loss_scales.reward': 1.0,
        'loss_scales.discount': 5.0,
        'kl.free': 0.0,
        'clip_rewards': 'tanh',
        'eval_every': 25000,
        'eval_eps': 1,
        'actor_advantage': 'paper',
    }
)

RELEASE = ATARI | {'dataset.batch': 16, 'atari_full_actions': False, 'eval_every': 250000, 'actor_advantage': 'release'}

DMC_VISION = (
    DEFAULTS
    | VISION
    | {
        'task': 'dmc_walker_walk',
        'envs_parallel': 'process',
        'dataset.batch': 16,
        'dataset.length': 50,
        'train_every': 5,
        'prefill': 1000,
        'pretrain': 100,
        'steps': 10**8,
        'action_repeat': 2,
        'time_limit': 0,
        'rssm.hidden': 200,
        'rssm.deter': 200,
        'rssm.stoch': 32,
        'rssm.discrete': 32,
        'model_opt.lr': 3e-4,
        'actor_opt.lr': 8e-5,
        'critic_opt.lr': 8e-5,
        'actor_ent': 1e-4,
        'discount': 0.99,
        'pred_discount': False,
        'loss_scales.kl': 1.0,
        'loss_scales.reward': 1.0,
        'kl.free': 1.0,
        'clip_rewards': 'identity',
        'eval_every': 10000,
        'eval_eps': 1,
        'actor_advantage': 'release',
        'replay.prioritize_ends': False,
        'grad_heads': ('decoder', 'reward'),
    }
)

CRAFTER = (
    DEFAULTS
    | VISION
    | {
        'task': 'crafter_reward',
        'dataset.batch': 16,
        'dataset.length': 50,
        'train_every': 5,
        'prefill': 10000,
        'pretrain': 1,
        'steps': 10**8,
        'action_repeat': 1,
        'time_limit': 0,
        'rssm.hidden': 1024,
        'rssm.deter': 1024,
        'rssm.stoch': 32,
        'rssm.discrete': 32,
        'model_opt.lr': 1e-4,
        'actor_opt.lr': 1e-4,
        'critic_opt.lr': 1e-4,
        'actor_ent': 3e-3,
        'discount': 0.999,
        'pred_discount': True,
        'loss_scales.kl': 1.0,
        'loss_scales.reward': 1.0,
        'loss_scales.discount': 1.0,
        'kl.free': 0.0,
        'clip_rewards': 'tanh',
        'eval_every': 10**5,
        'eval_eps': 1,
        'actor_advantage': 'release',
        'log_keys_max': '^log_achievement_.*',
        'log_keys_sum': '^log_reward$',
        **{f'{section}.norm': 'layer' for section in NORMS},
    }
)

STACKS = {
    'atari': ATARI,
    'atari release': RELEASE,
    'dmc_vision': DMC_VISION,
    'dmc_proprio': DMC_VISION | PROPRIO,
    'crafter': CRAFTER,
    'atari paper_d1': ATARI | {'train_every': 4, 'discount': 0.995},
    'atari montezuma': ATARI | {'task': 'atari_montezuma_revenge', 'discount': 0.99},
    'atari schedules': ATARI
    | {'actor_ent': 'linear(3e-3,3e-4,2.5e6)', 'actor_grad': 'both', 'actor_grad_mix': 'linear(0.1,0,2.5e6)'},
    'atari gaussian_latents': ATARI | {'rssm.discrete': 0, 'rssm.stoch': 32},
    'atari no_kl_balancing': ATARI | {'kl.balance': 0.5},
    'atari no_image_gradients': ATARI | {'grad_heads': ('reward', 'discount')},
    'atari no_reward_gradients': ATARI | {'grad_heads': ('decoder', 'discount')},
    'atari straight_through_only': ATARI | {'actor_grad': 'dynamics'},
    'atari no_layer_norm': ATARI | {'rssm.gru_norm': False},
    'atari reinforce_only': ATARI | {'actor_grad': 'reinforce'},
    'atari no_discount_head': ATARI | {'pred_discount': False, 'grad_heads': ('decoder', 'reward')},
    'dmc_vision humanoid': DMC_VISION
    | {'task': 'dmc_humanoid_walk', 'actor_ent': 1e-5, 'loss_scales.kl': 2.0, 'actor_grad': 'dynamics'},
    'atari debug': ATARI
    | {
        'time_limit': 100,
        'eval_every': 300,
        'log_every': 300,
        'prefill': 100,
        'replay.minlen': 10,
        'replay.maxlen': 30,
        'dataset.batch': 10,
        'dataset.length': 10,
        'eager': True,
    },
}


def differences(config, expected):
    return {key: (config[key], value) for key, value in expected.items() if config[key] != value}


def saved(folder, text):
    path = folder / 'some.yaml'
    path.write_text(text)
    return str(path)


def test_defaults_are_those_of_the_release():
    assert not differences(presets.defaults(), DEFAULTS)


@pytest.mark.parametrize('names', STACKS)
def test_presets_hold_the_published_values(names):
    config, notices = flags.parse(['--configs', *names.split()])
    assert not differences(config, STACKS[names])
    assert notices == []


def test_a_preset_changes_nothing_but_what_the_table_lists():
    listed = {key for key in ATARI if ATARI[key] != DEFAULTS.get(key)}
    config, defaults = presets.stack(['atari'])[0].flat, presets.defaults().flat
    assert {key for key in config if config[key] != defaults[key]} == listed


def test_atari_is_used_where_no_preset_is_named():
    assert flags.parse([])[0] == presets.stack(['atari'])[0]


def test_later_presets_win():
    assert presets.stack(['montezuma', 'paper_d1'])[0].discount == 0.995
    assert presets.stack(['paper_d1', 'montezuma'])[0].discount == 0.99


@pytest.mark.parametrize('base', ['atari', 'dmc_vision', 'dmc_proprio', 'crafter'])
@pytest.mark.parametrize('small', ['cpu', 'cpu_atari', 'cpu_vectors', 'debug'])
def test_small_presets_stack_over_every_task(base, small):
    config, _ = flags.parse(['--configs', base, small])
    before = presets.stack([base])[0]
    assert config.task == before.task
    assert config.dataset.batch * config.dataset.length < before.dataset.batch * 50
    assert config.prefill < 50000


def test_an_unknown_preset_names_the_nearest():
    with pytest.raises(UserError, match='did you mean `atari`'):
        presets.stack(['atri'])


def test_the_schema_and_the_defaults_name_the_same_keys():
    assert set(presets.load()['defaults']) == set(SCHEMA)


def test_every_default_carries_a_comment():
    text = presets.PATH.read_text().split('\ndefaults:\n')[1]
    text = re.split(r'\n\w', text)[0]
    settings = [line for line in text.splitlines() if re.match(r' +\w+: *[^ #]', line)]
    assert len(settings) == len(SCHEMA)
    assert [line for line in settings if not re.search(r'# .*\(.+\)', line)] == []


def test_a_file_counts_as_a_preset(tmp_path):
    path = saved(tmp_path, 'rssm: {deter: 7}\nrssm.hidden: 8\n.*\\.norm: layer\n')
    config, notices = presets.stack(['atari', path])
    assert (config.rssm.deter, config.rssm.hidden, config.actor.norm) == (7, 8, 'layer')
    assert config.discount == 0.999
    assert notices == []


@pytest.mark.parametrize('names', STACKS)
def test_a_saved_config_reads_back_the_same(names, tmp_path):
    config, _ = flags.parse(['--configs', *names.split(), '--loss_scales.image', '0.5'])
    assert presets.stack([saved(tmp_path, config.to_yaml())]) == (config, [])


@pytest.mark.parametrize(
    'text',
    [
        'seed: [',
        '- 1\n- 2',
        'hello',
        '',
        'seed: 0\nseed: 1',
        'a: \x00',
        'seed: !!python/object:os.system {}',
        'logdir: 2021-13-45',
    ],
)
def test_a_file_without_settings_is_a_users_mistake(text, tmp_path):
    with pytest.raises(UserError, match='some.yaml'):
        presets.stack([saved(tmp_path, text)])


def test_a_missing_file_is_a_users_mistake(tmp_path):
    with pytest.raises(UserError, match='missing.yaml'):
        presets.stack([str(tmp_path / 'missing.yaml')])


def test_a_folder_or_binary_file_is_a_users_mistake(tmp_path):
    (tmp_path / 'folder.yaml').mkdir()
    (tmp_path / 'binary.yaml').write_bytes(b'\xff\xfe\xfa')
    for name in ('folder.yaml', 'binary.yaml'):
        with pytest.raises(UserError, match=name):
            presets.stack([str(tmp_path / name)])


def test_settings_of_a_file_are_checked(tmp_path):
    with pytest.raises(UserError, match='`seed` must be a whole number'):
        presets.stack([saved(tmp_path, 'seed: x')])
    with pytest.raises(UserError, match='`rssm` is a section'):
        presets.stack([saved(tmp_path, 'rssm: 5')])
