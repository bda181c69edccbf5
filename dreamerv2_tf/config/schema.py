"""Which settings exist, and all that is known of each. Defaults and units: configs.yaml."""

import functools
import re
from collections.abc import Iterable, Mapping
from typing import Any, Literal, NamedTuple

from ..errors import UserError, nearest, shorten, shown
from .kinds import Bool, Choice, Classes, Float, Int, Kind, Pattern, Positive, Schedule, Several, Text, compile_pattern

UsedBy = Literal[
    'run',  # the folder of a run, its seed and its checkpoints
    'envs',  # the environments: which task, and what an episode of it is
    'collecting',  # acting to gather experience; learning from saved episodes alone has no use for it
    'evaluation',  # when a run evaluates its agent, and for how many episodes
    'reports',  # losses and films that a run writes for people, and where to
    'replay',  # which experience is kept, and which of it an update draws
    'agent',  # the parts of the agent, their layers and the losses of the world model
    'policy',  # how the agent picks its actions, in training and wherever else it acts
    'learning',  # updates: optimizers, returns, how often
    'exploration',  # what Plan2Explore and ModelLoss learn, and the rewards that they give
    'device',  # how TensorFlow computes
]


class Setting(NamedTuple):
    """What is known of a key.

    Attributes:
      kind: which values it may have.
      used_by: the part of a run that reads it.
      resume: 'free' if it may differ when a run goes on, since nothing that is computed depends on it; else 'fixed'.
      per_run: whether it belongs to a single run, so that runs of one method may differ in it.
      protocol_of: suites, 'atari' or 'dmc', whose published scores hold for one value alone: that of their preset.
    """

    kind: Kind
    used_by: UsedBy
    resume: Literal['free', 'fixed'] = 'fixed'
    per_run: bool = False
    protocol_of: tuple[str, ...] = ()


_run = functools.partial(Setting, used_by='run', per_run=True)
_checkpoint = functools.partial(_run, resume='free')
_env = functools.partial(Setting, used_by='envs')
_collecting = functools.partial(Setting, used_by='collecting')
_evaluation = functools.partial(Setting, used_by='evaluation')
_report = functools.partial(Setting, used_by='reports', per_run=True)
_replay = functools.partial(Setting, used_by='replay')
_agent = functools.partial(Setting, used_by='agent')
_policy = functools.partial(Setting, used_by='policy')
_learning = functools.partial(Setting, used_by='learning')
_exploration = functools.partial(Setting, used_by='exploration')
_device = functools.partial(Setting, used_by='device', per_run=True)
_Group = functools.partial[Setting]

_ACTIVATION = Choice(('elu', 'relu', 'silu', 'gelu', 'tanh', 'sigmoid', 'softplus', 'linear'))
_NORM = Choice(('none', 'layer'))
_SIZE = Int(1, 65536)
MAX_EVAL_ENVS = 64  # each has draws of its own in the graph


def _layers(prefix: str, dist: Kind, group: _Group = _agent) -> dict[str, Setting]:
    return {
        f'{prefix}.layers': group(Int(0, 100)),
        f'{prefix}.units': group(_SIZE),
        f'{prefix}.act': group(_ACTIVATION),
        f'{prefix}.norm': group(_NORM),
        f'{prefix}.dist': group(dist),
    }


def _optimizer(prefix: str, group: _Group = _learning) -> dict[str, Setting]:
    return {
        f'{prefix}.opt': group(Choice(('adam',))),
        f'{prefix}.lr': group(Float(0)),
        f'{prefix}.eps': group(Positive()),
        f'{prefix}.clip': group(Positive()),
        f'{prefix}.wd': group(Float(0, 1)),
    }


def _encoder(prefix: str) -> dict[str, Setting]:
    return {
        f'{prefix}.mlp_keys': _agent(Pattern()),
        f'{prefix}.cnn_keys': _agent(Pattern()),
        f'{prefix}.act': _agent(_ACTIVATION),
        f'{prefix}.norm': _agent(_NORM),
        f'{prefix}.cnn_depth': _agent(Int(1, 4096)),
        f'{prefix}.cnn_kernels': _agent(Several(Int(2, 64), 4)),
        f'{prefix}.mlp_layers': _agent(Several(_SIZE)),
    }


def _reward_norm(prefix: str, group: _Group = _learning) -> dict[str, Setting]:
    kinds = {'momentum': Float(0, 1), 'scale': Float(0), 'eps': Float(0)}
    return {f'{prefix}.{name}': group(kind) for name, kind in kinds.items()}


SCHEMA = {
    'logdir': _run(Text(), resume='free'),
    'seed': _run(Int(0, 2**31 - 1)),
    'from': _run(Text(), resume='free'),
    'from_actor': _run(Bool(), resume='free', per_run=False),
    'task': _env(Text(), per_run=True),
    'envs': _collecting(Int(1, 1024), per_run=True),
    'envs_parallel': _collecting(Choice(('none', 'thread', 'process', 'native')), per_run=True),
    'env_timeout_seconds': _collecting(Positive(), resume='free', per_run=True),
    'render_size': _env(Several(Int(1, 4096), 2)),
    'image_layout': _env(Choice(('auto', 'hwc', 'chw'))),
    'dmc_camera': _env(Int(-1)),
    'dmc_image': _env(Bool()),
    'atari_grayscale': _env(Bool()),
    'atari_full_actions': _env(Bool(), protocol_of=('atari',)),
    'time_limit': _env(Int(0), protocol_of=('atari',)),
    'action_repeat': _env(Int(1), protocol_of=('atari', 'dmc')),
    'steps': _collecting(Int(1), resume='free', per_run=True),
    'log_every': _report(Int(0)),
    'eval_every': _evaluation(Int(1)),
    'eval_eps': _evaluation(Int(0)),
    'eval_envs': _evaluation(Int(1, MAX_EVAL_ENVS), per_run=True),
    'prefill': _collecting(Int(0)),
    'pretrain': _collecting(Int(0)),
    'train_every': _learning(Int(0)),
    'train_steps': _learning(Int(1)),
    'train_ratio': _learning(Int(0)),
    'expl_until': _collecting(Int(0)),
    'video_every': _report(Int(0)),
    'log_keys_video': _report(Several(Text())),
    'log_keys_sum': _collecting(Pattern(), per_run=True),
    'log_keys_mean': _collecting(Pattern(), per_run=True),
    'log_keys_max': _collecting(Pattern(), per_run=True),
    'wandb_project': _report(Text(), resume='free'),
    'checkpoint.every_frames': _checkpoint(Int(0)),
    'checkpoint.every_minutes': _checkpoint(Float(0)),
    'checkpoint.keep': _checkpoint(Int(1)),
    'precision': _device(Choice(('auto', 'float32', 'mixed_float16', 'mixed_bfloat16'))),
    'jit_compile': _device(Choice(('auto', 'True', 'False'))),
    'policy_jit': _device(Bool()),
    'overlap': _device(Bool()),
    'profile': _run(Int(0), resume='free'),
    'eager': _device(Bool()),
    'replay.capacity': _replay(Int(1)),
    'replay.compress': _collecting(Bool(), per_run=True),
    'replay.disk_limit_gb': _collecting(Float(0), per_run=True),
    'replay.read_dirs': _collecting(Several(Text()), per_run=True),
    'replay.ongoing': _collecting(Bool()),
    'replay.minlen': _replay(Int(1)),
    'replay.maxlen': _replay(Int(0)),
    'replay.prioritize_ends': _replay(Bool()),
    'dataset.batch': _replay(_SIZE),
    'dataset.length': _replay(Int(2, 65536)),
    'clip_rewards': _agent(Choice(('tanh', 'sign', 'identity'))),
    'grad_heads': _agent(Several(Choice(('decoder', 'reward', 'discount')))),
    'pred_discount': _agent(Bool()),
    'rssm.ensemble': _agent(Int(1, 1024)),
    'rssm.hidden': _agent(_SIZE),
    'rssm.deter': _agent(_SIZE),
    'rssm.stoch': _agent(_SIZE),
    'rssm.discrete': _agent(Classes()),
    'rssm.act': _agent(_ACTIVATION),
    'rssm.norm': _agent(_NORM),
    'rssm.gru_norm': _agent(Bool()),
    'rssm.std_act': _agent(Choice(('sigmoid2', 'softplus', 'sigmoid'))),
    'rssm.min_std': _agent(Float(0)),
    **_encoder('encoder'),
    **_encoder('decoder'),
    **_layers('reward_head', Choice(('mse',))),
    **_layers('discount_head', Choice(('binary',))),
    'loss_scales.kl': _agent(Float(0)),
    'loss_scales.reward': _agent(Float(0)),
    'loss_scales.discount': _agent(Float(0)),
    'kl.free': _agent(Float(0)),
    'kl.forward': _agent(Bool()),
    'kl.balance': _agent(Float(0, 1)),
    'kl.free_avg': _agent(Bool()),
    **_optimizer('model_opt'),
    **_layers('actor', Choice(('auto', 'onehot', 'trunc_normal', 'tanh_normal', 'normal'))),
    'actor.min_std': _agent(Float(0)),
    **_layers('critic', Choice(('mse',))),
    **_optimizer('actor_opt'),
    **_optimizer('critic_opt'),
    'discount': _learning(Float(0, 1)),
    'discount_lambda': _learning(Float(0, 1)),
    'imag_horizon': _learning(Int(2, 10000)),
    'actor_grad': _learning(Choice(('auto', 'reinforce', 'dynamics', 'both'))),
    'actor_grad_mix': _learning(Schedule(0, 1)),
    'actor_ent': _learning(Schedule()),
    'actor_advantage': _learning(Choice(('paper', 'release'))),
    'slow_target': _learning(Bool()),
    'slow_target_update': _learning(Int(1)),
    'slow_target_fraction': _learning(Float(0, 1)),
    **_reward_norm('reward_norm'),
    'expl_behavior': _collecting(Choice(('greedy', 'random', 'Plan2Explore', 'ModelLoss'))),
    'expl_noise': _policy(Float(0, 1)),
    'eval_noise': _evaluation(Float(0, 1), protocol_of=('atari',)),
    'eval_state_mean': _evaluation(Bool(), protocol_of=('atari',)),
    'expl_intr_scale': _exploration(Float(0)),
    'expl_extr_scale': _exploration(Float(0)),
    **_optimizer('expl_opt', _exploration),
    **_layers('expl_head', Choice(('mse',)), _exploration),
    **_reward_norm('expl_reward_norm', _exploration),
    'disag_target': _exploration(Choice(('stoch', 'deter', 'feat', 'embed'))),
    'disag_log': _exploration(Bool()),
    'disag_models': _exploration(Int(2, 1000)),
    'disag_offset': _exploration(Int(1)),
    'disag_action_cond': _exploration(Bool()),
    'expl_model_loss': _exploration(Text()),
}

# Loss scales are open: any decoded observation may have one.
_LOSS_SCALE_KEY = re.compile(r'loss_scales\.\w+')
_LOSS_SCALE = _agent(Float(0))


def setting_of(key: str) -> Setting | None:
    """Returns what is known of a key, or None if there is no such key."""
    return SCHEMA.get(key) or (_LOSS_SCALE if _LOSS_SCALE_KEY.fullmatch(key) else None)


def needs_acting(key: str) -> bool:
    """Returns whether a key means nothing to a run that learns from saved episodes alone."""
    setting = setting_of(key)
    return setting is not None and setting.used_by in ('collecting', 'evaluation')


def keeps_experience(keys: Iterable[str]) -> bool:
    """Returns whether a run may keep its running episodes and drawn sequences when these keys change.

    That holds if all of them are about reports or evaluations, or may differ anyway.
    """
    settings = [setting_of(key) for key in keys]
    return all(
        setting is not None and (setting.resume == 'free' or setting.used_by in ('reports', 'evaluation'))
        for setting in settings
    )


def match(key: str) -> list[str]:
    """Returns all keys that a word stands for: itself, or all that it fully matches as a pattern.

    Raises:
      UserError: it stands for no key.
    """
    if setting_of(key):
        return [key]
    if re.search(r'[^\w.]', key):
        try:
            pattern = compile_pattern(key)
        except ValueError as error:
            raise UserError(f'`{shorten(key)}` is not a regular expression: {error}') from None
        names = [name for name in SCHEMA if pattern.fullmatch(name)]
        if names:
            return names
    sections = sorted({name.split('.')[0] for name in SCHEMA if name.startswith(f'{key}.')})
    if sections:
        inside = ', '.join(name for name in SCHEMA if name.startswith(f'{key}.'))
        raise UserError(f'`{key}` is a section; its keys are {inside}')
    raise UserError(f'unknown key `{shorten(key)}`{nearest(key, SCHEMA)}')


def convert(key: str, value: object) -> Any:
    """Returns the typed value of a setting.

    Raises:
      UserError: there is no such key, or the value is not allowed there.
    """
    setting = setting_of(key)
    if setting is None:
        raise UserError(f'unknown key `{shorten(key)}`{nearest(key, SCHEMA)}')
    kind = setting.kind
    try:
        return kind.convert(value)
    except ValueError:
        hint = nearest(str(value), kind.names) if isinstance(kind, Choice) else ''
        raise UserError(f'`{shorten(key)}` must be {kind.allowed}. Received: {shown(value)}{hint}') from None


def check_together(flat: Mapping[str, Any]) -> None:
    """Checks the rules between settings {key: value}. Raises UserError if one is broken."""
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
    if flat['from_actor'] and flat['from'] == 'none':
        raise UserError('`from_actor` needs `from`, the run whose actor is meant')
    if flat['prefill'] >= flat['steps']:
        raise UserError(
            '`steps` counts the prefill, too, and must be larger. '
            f'Received: steps={flat["steps"]}, prefill={flat["prefill"]}'
        )
