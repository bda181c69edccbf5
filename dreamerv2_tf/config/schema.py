"""Which settings exist, and which values each may have. Defaults and units: configs.yaml."""

import re

from ..errors import UserError, nearest
from .kinds import Bool, Choice, Classes, Float, Int, Pattern, Positive, Schedule, Several, Text

ACTIVATION = Choice(('elu', 'relu', 'silu', 'gelu', 'tanh', 'sigmoid', 'softplus', 'linear'))
NORM = Choice(('none', 'layer'))
SIZE = Int(1, 65536)


def _layers(prefix, dist):
    return {
        f'{prefix}.layers': Int(0, 100),
        f'{prefix}.units': SIZE,
        f'{prefix}.act': ACTIVATION,
        f'{prefix}.norm': NORM,
        f'{prefix}.dist': dist,
    }


def _optimizer(prefix):
    return {
        f'{prefix}.opt': Choice(('adam',)),
        f'{prefix}.lr': Float(0),
        f'{prefix}.eps': Positive(),
        f'{prefix}.clip': Positive(),
        f'{prefix}.wd': Float(0, 1),
    }


def _keys(prefix):
    return {
        f'{prefix}.mlp_keys': Pattern(),
        f'{prefix}.cnn_keys': Pattern(),
        f'{prefix}.act': ACTIVATION,
        f'{prefix}.norm': NORM,
        f'{prefix}.cnn_depth': Int(1, 4096),
        f'{prefix}.cnn_kernels': Several(Int(2, 64), 4),
        f'{prefix}.mlp_layers': Several(SIZE),
    }


def _reward_norm(prefix):
    return {f'{prefix}.momentum': Float(0, 1), f'{prefix}.scale': Float(0), f'{prefix}.eps': Float(0)}


SCHEMA = {
    'logdir': Text(),
    'seed': Int(0, 2**31 - 1),
    'task': Text(),
    'envs': Int(1, 1024),
    'envs_parallel': Choice(('none', 'process')),
    'render_size': Several(Int(1, 4096), 2),
    'dmc_camera': Int(-1),
    'atari_grayscale': Bool(),
    'atari_full_actions': Bool(),
    'time_limit': Int(0),
    'action_repeat': Int(1),
    'steps': Int(1),
    'log_every': Int(0),
    'eval_every': Int(1),
    'eval_eps': Int(0),
    'prefill': Int(0),
    'pretrain': Int(0),
    'train_every': Int(0),
    'train_steps': Int(1),
    'expl_until': Int(0),
    'video_every': Int(0),
    'log_keys_video': Several(Text()),
    'log_keys_sum': Pattern(),
    'log_keys_mean': Pattern(),
    'log_keys_max': Pattern(),
    'wandb_project': Text(),
    'checkpoint.every_frames': Int(0),
    'checkpoint.every_minutes': Float(0),
    'checkpoint.keep': Int(1),
    'precision': Choice(('auto', 'float32', 'mixed_float16', 'mixed_bfloat16')),
    'jit_compile': Choice(('auto', 'True', 'False')),
    'overlap': Bool(),
    'profile': Int(0),
    'eager': Bool(),
    'replay.capacity': Int(1),
    'replay.compress': Bool(),
    'replay.disk_limit_gb': Float(0),
    'replay.read_dirs': Several(Text()),
    'replay.ongoing': Bool(),
    'replay.minlen': Int(1),
    'replay.maxlen': Int(0),
    'replay.prioritize_ends': Bool(),
    'dataset.batch': SIZE,
    'dataset.length': Int(2, 65536),
    'clip_rewards': Choice(('tanh', 'sign', 'identity')),
    'grad_heads': Several(Choice(('decoder', 'reward', 'discount'))),
    'pred_discount': Bool(),
    'rssm.ensemble': Int(1, 1024),
    'rssm.hidden': SIZE,
    'rssm.deter': SIZE,
    'rssm.stoch': SIZE,
    'rssm.discrete': Classes(),
    'rssm.act': ACTIVATION,
    'rssm.norm': NORM,
    'rssm.gru_norm': Bool(),
    'rssm.std_act': Choice(('sigmoid2', 'softplus', 'sigmoid')),
    'rssm.min_std': Float(0),
    **_keys('encoder'),
    **_keys('decoder'),
    **_layers('reward_head', Choice(('mse',))),
    **_layers('discount_head', Choice(('binary',))),
    'loss_scales.kl': Float(0),
    'loss_scales.reward': Float(0),
    'loss_scales.discount': Float(0),
    'kl.free': Float(0),
    'kl.forward': Bool(),
    'kl.balance': Float(0, 1),
    'kl.free_avg': Bool(),
    **_optimizer('model_opt'),
    **_layers('actor', Choice(('auto', 'onehot', 'trunc_normal', 'tanh_normal', 'normal'))),
    'actor.min_std': Float(0),
    **_layers('critic', Choice(('mse',))),
    **_optimizer('actor_opt'),
    **_optimizer('critic_opt'),
    'discount': Float(0, 1),
    'discount_lambda': Float(0, 1),
    'imag_horizon': Int(2, 10000),
    'actor_grad': Choice(('auto', 'reinforce', 'dynamics', 'both')),
    'actor_grad_mix': Schedule(0, 1),
    'actor_ent': Schedule(),
    'actor_advantage': Choice(('paper', 'release')),
    'slow_target': Bool(),
    'slow_target_update': Int(1),
    'slow_target_fraction': Float(0, 1),
    **_reward_norm('reward_norm'),
    'expl_behavior': Choice(('greedy', 'random')),
    'expl_noise': Float(0, 1),
    'eval_noise': Float(0, 1),
    'eval_state_mean': Bool(),
    'expl_intr_scale': Float(0),
    'expl_extr_scale': Float(0),
    **_optimizer('expl_opt'),
    **_layers('expl_head', Choice(('mse',))),
    **_reward_norm('expl_reward_norm'),
    'disag_target': Choice(('stoch', 'deter', 'feat', 'embed')),
    'disag_log': Bool(),
    'disag_models': Int(1),
    'disag_offset': Int(1),
    'disag_action_cond': Bool(),
    'expl_model_loss': Text(),
}

# Loss scales are open: any decoded observation may have one.
_OPEN = {r'loss_scales\.\w+': Float(0)}


# What a run that learns from saved episodes alone has no use for.
OF_ACTING = (
    'steps',
    'prefill',
    'pretrain',
    'envs',
    'envs_parallel',
    'eval_every',
    'eval_eps',
    'expl_behavior',
    'expl_until',
    'log_keys_sum',
    'log_keys_mean',
    'log_keys_max',
    'replay.read_dirs',
    'replay.compress',
    'replay.disk_limit_gb',
    'replay.ongoing',
)


def kind_of(key):
    """The kind of a setting, or None where there is no such setting."""
    opened = (kind for pattern, kind in _OPEN.items() if re.fullmatch(pattern, key))
    return SCHEMA.get(key) or next(opened, None)


def match(key):
    """All settings that a key means: itself, or all that it fully matches as a pattern.

    Raises:
      UserError: no setting is meant.
    """
    if kind_of(key):
        return [key]
    if re.search(r'[^\w.]', key):
        try:
            pattern = re.compile(key)
        except re.error as error:
            raise UserError(f'`{key}` is not a regular expression: {error}') from None
        found = [name for name in SCHEMA if pattern.fullmatch(name)]
        if found:
            return found
    sections = sorted({name.split('.')[0] for name in SCHEMA if name.startswith(f'{key}.')})
    if sections:
        inside = ', '.join(name for name in SCHEMA if name.startswith(f'{key}.'))
        raise UserError(f'`{key}` is a section; its keys are {inside}')
    raise UserError(f'unknown key `{key}`{nearest(key, SCHEMA)}')


def convert(key, value):
    """The typed value of a setting.

    Raises:
      UserError: the value is not allowed there.
    """
    kind = kind_of(key)
    try:
        return kind.convert(value)
    except ValueError:
        hint = nearest(value, kind.names) if isinstance(kind, Choice) else ''
        raise UserError(f'`{key}` must be {kind.allowed}. Received: {value!r}{hint}') from None


def check_together(flat):
    """Rules between settings. Raises UserError."""
    minlen, maxlen = flat['replay.minlen'], flat['replay.maxlen']
    if maxlen and maxlen < minlen:
        raise UserError(
            '`replay.maxlen` must be 0 or at least `replay.minlen`. '
            f'Received: replay.maxlen={maxlen}, replay.minlen={minlen}'
        )
    if 'discount' in flat['grad_heads'] and not flat['pred_discount']:
        raise UserError(
            '`grad_heads` names discount, but `pred_discount` is False; '
            'set grad_heads to decoder,reward or pred_discount to True'
        )
    if flat['prefill'] >= flat['steps']:
        raise UserError(
            '`steps` counts the prefill, too, and must be larger. '
            f'Received: steps={flat["steps"]}, prefill={flat["prefill"]}'
        )
