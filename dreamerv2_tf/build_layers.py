"""The layers of an agent and their optimisers, made from a config."""

import functools
from collections.abc import Iterable
from typing import Any

import keras

from .agent import gradient_mix
from .agent.actor_critic import ActionDistribution, ActorCritic, paper_advantage, release_advantage
from .agent.preprocess import Preprocess, encoded_shapes
from .agent.world_model import WorldModel
from .config import schedules
from .config.tree import Config
from .distributions import continuous
from .distributions.actions import action_distribution, action_outputs
from .errors import UserError
from .learning.optimizer import Adam, LossScale
from .nets.decoder import Decoder
from .nets.encoder import Encoder
from .nets.heads import Head, ScalarHead
from .nets.rssm import RSSM
from .spec import ActionSpec

ADVANTAGES = {'paper': paper_advantage, 'release': release_advantage}  # actor_advantage
CONTINUOUS = {  # actor.dist
    'trunc_normal': continuous.trunc_normal,
    'tanh_normal': continuous.tanh_normal,
    'normal': continuous.normal,
}


def make_world_model(config: Config, shapes: dict[str, tuple[int, ...]], action: ActionSpec, dtype: str) -> WorldModel:
    """Returns the world model of observations {key: shape}."""
    preprocess = Preprocess(shapes, config.clip_rewards, config.discount)
    shapes = encoded_shapes(shapes)
    encoder = Encoder(shapes, **config.encoder, dtype=dtype)
    encoder.build()
    rssm = RSSM(action.size, encoder.embed_size, **config.rssm, dtype=dtype)
    rssm.build()
    decoder = Decoder(shapes, rssm.feat_size, **config.decoder, dtype=dtype)
    decoder.build()
    reward = make_scalar_head(config.reward_head, rssm.feat_size, dtype, 'reward')
    discount = (
        make_scalar_head(config.discount_head, rssm.feat_size, dtype, 'discount') if config.pred_discount else None
    )
    return WorldModel(
        preprocess=preprocess,
        encoder=encoder,
        rssm=rssm,
        decoder=decoder,
        reward=reward,
        discount_head=discount,
        grad_heads=config.grad_heads,
        loss_scales=config.loss_scales,
        kl=config.kl,
        discount=config.discount,
    )


def make_actor_critic(config: Config, feat_size: int, action: ActionSpec, dtype: str, prefix: str = '') -> ActorCritic:
    """Returns actor, critic and slow critic; their names begin with `prefix`."""
    outputs, distribution = _action_distribution(config, action)
    actor = Head(**hidden(config.actor), outputs=outputs, feat_size=feat_size, dtype=dtype, name=f'{prefix}actor')
    actor.build()
    critic = make_scalar_head(config.critic, feat_size, dtype, f'{prefix}critic')
    slow = make_scalar_head(config.critic, feat_size, dtype, f'{prefix}target_critic') if config.slow_target else critic
    return ActorCritic(
        actor=actor,
        action_distribution=distribution,
        critic=critic,
        slow_critic=slow,
        discount_lambda=config.discount_lambda,
        advantage=ADVANTAGES[config.actor_advantage],
        slow_update=config.slow_target_update,
        slow_fraction=config.slow_target_fraction,
    )


def _action_distribution(config: Config, action: ActionSpec) -> tuple[dict[str, int], ActionDistribution]:
    """Returns ({output of the actor: size}, function that makes a distribution of them)."""
    kind = config.actor.dist
    if kind != 'auto' and (kind == 'onehot') != action.discrete:
        kind_of_actions = 'discrete' if action.discrete else 'continuous'
        raise UserError(f'`actor.dist` {kind} does not fit {kind_of_actions} actions; use auto')
    numbers = functools.partial(CONTINUOUS.get(kind, continuous.trunc_normal), min_std=config.actor.min_std)
    return action_outputs(action), action_distribution(action, numbers)


def make_scalar_head(section: Config, feat_size: int, dtype: str, name: str) -> ScalarHead:
    """Returns a head of one number, with the layers of a section such as `reward_head`."""
    head = ScalarHead(**hidden(section), feat_size=feat_size, dtype=dtype, name=name)
    head.build()
    return head


def hidden(section: Config) -> dict[str, Any]:
    """Returns what a section such as `reward_head` says of hidden layers."""
    return {key: section[key] for key in ('layers', 'units', 'act', 'norm')}


def make_optimizer(section: Config, name: str, layers: Iterable[keras.layers.Layer], precision: str) -> Adam:
    """Returns the optimiser of some layers, with the values of a section such as `model_opt`."""
    return Adam(
        variables=[variable for layer in layers for variable in layer.variables],
        lr=section.lr,
        eps=section.eps,
        clip=section.clip,
        wd=section.wd,
        loss_scale=LossScale() if precision == 'mixed_float16' else None,
        name=name,
    )


def make_gradient_mix(config: Config, action: ActionSpec) -> gradient_mix.GradientMix:
    """Returns which gradients actors get, `actor_grad`."""
    kind = config.actor_grad
    if kind == 'auto':
        kind = 'dynamics' if action.continuous else 'reinforce'
    mixes = {
        'reinforce': gradient_mix.reinforce,
        'dynamics': gradient_mix.dynamics,
        'both': lambda: gradient_mix.both(schedules.parse(config.actor_grad_mix)),
    }
    return mixes[kind]()
