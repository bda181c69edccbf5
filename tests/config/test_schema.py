"""What is known of every key."""

import pytest

from dreamerv2_tf.config import flags, presets, schema
from dreamerv2_tf.config.schema import SCHEMA, keeps_experience, needs_acting, setting_of
from dreamerv2_tf.errors import UserError

FREE = {
    'from',
    'from_actor',
    'steps',
    'env_timeout_seconds',
    'logdir',
    'profile',
    'wandb_project',
    'checkpoint.every_frames',
    'checkpoint.every_minutes',
    'checkpoint.keep',
}
REFUSED_OFFLINE = {
    'steps',
    'prefill',
    'pretrain',
    'envs',
    'envs_parallel',
    'env_timeout_seconds',
    'eval_every',
    'eval_eps',
    'eval_envs',
    'expl_behavior',
    'expl_until',
    'log_keys_sum',
    'log_keys_mean',
    'log_keys_max',
    'replay.read_dirs',
    'replay.compress',
    'replay.disk_limit_gb',
    'replay.ongoing',
    'eval_noise',
    'eval_state_mean',
}
EVALUATION = {'eval_every', 'eval_eps', 'eval_envs', 'eval_noise', 'eval_state_mean'}
PER_RUN = FREE - {'from_actor'} | {
    'eval_envs',
    'policy_jit',
    'task',
    'seed',
    'envs',
    'envs_parallel',
    'precision',
    'jit_compile',
    'eager',
    'overlap',
    'video_every',
    'log_every',
    'log_keys_video',
    'log_keys_sum',
    'log_keys_mean',
    'log_keys_max',
    'replay.read_dirs',
    'replay.disk_limit_gb',
    'replay.compress',
}
USED_BY = {
    'run': {
        'logdir',
        'seed',
        'from',
        'from_actor',
        'profile',
        'checkpoint.every_frames',
        'checkpoint.every_minutes',
        'checkpoint.keep',
    },
    'envs': {
        'task',
        'render_size',
        'dmc_camera',
        'dmc_image',
        'image_layout',
        'atari_grayscale',
        'atari_full_actions',
        'time_limit',
        'action_repeat',
    },
    'collecting': REFUSED_OFFLINE - EVALUATION,
    'evaluation': EVALUATION,
    'reports': {'log_every', 'video_every', 'log_keys_video', 'wandb_project'},
    'replay': {
        'replay.capacity',
        'replay.minlen',
        'replay.maxlen',
        'replay.prioritize_ends',
        'dataset.batch',
        'dataset.length',
    },
    'policy': {'expl_noise'},
    'device': {'precision', 'jit_compile', 'policy_jit', 'overlap', 'eager'},
}
SECTIONS = {
    'agent': (
        *('rssm', 'encoder', 'decoder', 'reward_head', 'discount_head', 'actor', 'critic', 'loss_scales', 'kl'),
        *('clip_rewards', 'grad_heads', 'pred_discount'),
    ),
    'learning': (
        *('model_opt', 'actor_opt', 'critic_opt', 'reward_norm', 'train_every', 'train_steps', 'train_ratio'),
        *('discount', 'discount_lambda', 'imag_horizon', 'actor_grad', 'actor_grad_mix', 'actor_ent'),
        *('actor_advantage', 'slow_target', 'slow_target_update', 'slow_target_fraction'),
    ),
    'exploration': (
        *('expl_intr_scale', 'expl_extr_scale', 'expl_opt', 'expl_head', 'expl_reward_norm', 'expl_model_loss'),
        *('disag_target', 'disag_log', 'disag_models', 'disag_offset', 'disag_action_cond'),
    ),
}


def keys_where(is_so):
    return {key for key, setting in SCHEMA.items() if is_so(setting)}


def test_settings_on_which_nothing_depends_may_change_when_a_run_goes_on():
    assert keys_where(lambda setting: setting.resume == 'free') == FREE
    assert {setting.resume for setting in SCHEMA.values()} == {'free', 'fixed'}


def test_settings_that_may_differ_between_runs_of_one_method():
    assert keys_where(lambda setting: setting.per_run) == PER_RUN


def test_every_key_is_used_by_the_part_of_a_run_that_reads_it():
    expected = {key: part for part, keys in USED_BY.items() for key in keys}
    sections = {name: part for part, names in SECTIONS.items() for name in names}
    for key, setting in SCHEMA.items():
        assert setting.used_by == expected.get(key, sections.get(key.split('.')[0])), key


def test_settings_of_acting_are_refused_offline_and_no_others():
    assert {key for key in SCHEMA if needs_acting(key)} == REFUSED_OFFLINE
    for key in SCHEMA:
        if key in REFUSED_OFFLINE:
            with pytest.raises(UserError, match=f'`--{key}` means nothing with --offline'):
                flags.check_offline([f'--{key}', '1'])
        else:
            flags.check_offline([f'--{key}', '1'])


def test_a_change_of_reports_or_evaluations_alone_keeps_the_experience():
    assert keeps_experience(['log_every', 'video_every', 'eval_every'])
    assert keeps_experience([])
    for key, setting in SCHEMA.items():
        kept = key in FREE or setting.used_by in ('reports', 'evaluation')
        assert keeps_experience([key, 'eval_eps']) == kept, key
    assert not keeps_experience(['log_every', 'loss_scales.image'])
    assert not keeps_experience(['a_key_of_another_version'])


def test_any_decoded_observation_may_have_a_loss_scale():
    assert setting_of('loss_scales.position') == setting_of('loss_scales.kl') == SCHEMA['loss_scales.kl']
    for key in ('loss_scales', 'loss_scales.', 'loss_scales.a.b', 'loss_scale.a', 'rssm.detr'):
        assert setting_of(key) is None


def test_published_scores_hold_for_one_value_of_some_settings():
    atari = ('action_repeat', 'time_limit', 'atari_full_actions', 'eval_noise', 'eval_state_mean')
    assert keys_where(lambda setting: 'atari' in setting.protocol_of) == set(atari)
    assert keys_where(lambda setting: 'dmc' in setting.protocol_of) == {'action_repeat'}
    assert keys_where(lambda setting: set(setting.protocol_of) - {'atari', 'dmc'}) == set()


def test_a_value_of_an_unknown_key_is_refused_with_the_nearest_name():
    with pytest.raises(UserError, match='unknown key `rssm.detr`.*rssm.deter'):
        schema.convert('rssm.detr', 1)


def test_every_default_is_allowed_and_converts_to_itself():
    flat = presets.defaults().flat
    assert {key: schema.convert(key, value) for key, value in flat.items()} == flat
