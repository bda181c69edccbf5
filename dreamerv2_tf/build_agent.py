"""Everything that acts and learns, made from a config. `build` offers it with the other parts."""

import dataclasses
import functools
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import keras
import tensorflow as tf

from .agent import gradient_mix
from .agent.actor_critic import ActionDistribution, ActorCritic, RewardNorm, paper_advantage, release_advantage
from .agent.behaviour import Behaviour, Collectors, Greedy, Random
from .agent.policy import Policy, action_noise, greedy, sampled
from .agent.preprocess import Preprocess, encoded_shapes
from .agent.world_model import WorldModel
from .config import schedules
from .config.tree import Config
from .distributions import continuous
from .distributions.actions import action_distribution, action_outputs
from .errors import UserError
from .learning.learner import Learner
from .learning.optimizer import Adam, LossScale
from .nets.decoder import Decoder
from .nets.encoder import Encoder
from .nets.heads import Head, ScalarHead
from .nets.rssm import RSSM
from .nets.weights import joined
from .seeding import generator, initial_weights_from
from .spec import ActionSpec, Spaces, Spec, observed

ADVANTAGES = {'paper': paper_advantage, 'release': release_advantage}  # actor_advantage
CONTINUOUS = {  # actor.dist
    'trunc_normal': continuous.trunc_normal,
    'tanh_normal': continuous.tanh_normal,
    'normal': continuous.normal,
}


@dataclasses.dataclass(frozen=True)
class Agent:
    """Everything that acts and learns.

    Attributes:
      spaces: what its environment gives and takes.
      world_model: what is learned from experience.
      task: the behaviour that maximises the reward of the task.
      behaviours: all behaviours, by the names that they have in `expl_behavior` and in checkpoints.
      collectors: which behaviour collects when.
      learner: makes updates.
      eval_policy: plays evaluations.
    """

    spaces: Spaces
    world_model: WorldModel
    task: Greedy
    behaviours: dict[str, Behaviour]
    collectors: Collectors
    learner: Learner
    eval_policy: Policy

    @property
    def actor_critic(self) -> ActorCritic:
        """Actor, critic and slow critic of the task."""
        return self.task.actor_critic

    @property
    def train_policy(self) -> Policy:
        """Acts as in training: samples its actions."""
        return self.task.policy

    @property
    def learned(self) -> dict[str, Learner | Behaviour]:
        """All parts with variables by the names that they have in checkpoints."""
        return {'learner': self.learner, **self.behaviours}

    @property
    def weights(self) -> dict[str, tf.Variable]:
        """{path: variable} of all layers, such as `rssm/gru/kernel`; raises RunError where two have one path."""
        return joined(part.weights for part in self.learned.values())


def make_agent(
    config: Config,
    observation: dict[str, Spec],
    action: ActionSpec,
    precision: str = 'float32',
    jit_compile: bool = False,
) -> Agent:
    """Returns the agent of a config, with all its variables.

    Args:
      config: all settings.
      observation: {key: `Spec`} of the environment.
      action: its `ActionSpec`.
      precision: float32, mixed_float16 or mixed_bfloat16.
      jit_compile: compile the update with XLA.

    Raises:
      UserError: settings that do not fit the environment or the memory.
    """
    if keras.backend.backend() != 'tensorflow':
        raise UserError(f'Keras must run on TensorFlow. Received: KERAS_BACKEND={keras.backend.backend()}')
    try:
        with initial_weights_from(config.seed):
            return _agent(config, observation, action, precision, jit_compile)
    except (MemoryError, tf.errors.ResourceExhaustedError):
        raise UserError('the layers do not fit into memory; lower rssm.*, units or cnn_depth') from None


def parameter_counts(agent: Agent) -> tuple[int, int]:
    """Returns the numbers of trained parameters: (world model, world model + actor + critic)."""
    model = sum(part.count_params() for part in agent.world_model.parts.values())
    behaviour = agent.actor_critic.actor.count_params() + agent.actor_critic.critic.count_params()
    return model, model + behaviour


class Makings(NamedTuple):
    """What behaviours are made from."""

    config: Config
    action: ActionSpec
    precision: str
    world_model: WorldModel
    actor_critic: ActorCritic  # of the task
    train_policy: Policy  # acts with its actor


def _agent(
    config: Config, observation: dict[str, Spec], action: ActionSpec, precision: str, jit_compile: bool
) -> Agent:
    world_model = _world_model(config, observed(observation), action, precision)
    actor_critic = _actor_critic(config, world_model.rssm.feat_size, action, precision)
    noise = functools.partial(action_noise, action)
    make_policy = functools.partial(Policy, world_model, actor_critic, action_size=action.size, seed=config.seed)
    train_policy = make_policy(act=sampled, noise=noise(config.expl_noise), purpose='train policy')
    makings = Makings(config, action, precision, world_model, actor_critic, train_policy)
    task, random = _greedy(makings), _random(makings)
    behaviours: dict[str, Behaviour] = {'greedy': task, 'random': random}
    if config.expl_behavior not in behaviours:
        behaviours[config.expl_behavior] = EXPLORERS[config.expl_behavior](makings)
    return Agent(
        spaces=Spaces(observation, action),
        world_model=world_model,
        task=task,
        behaviours=behaviours,
        collectors=Collectors(random, behaviours[config.expl_behavior], task, config.expl_until),
        learner=Learner(
            world_model,
            _optimizer(config, 'model', world_model.parts.values(), precision),
            {name: behaviour for name, behaviour in behaviours.items() if behaviour.variables},
            config.seed,
            jit_compile,
        ),
        eval_policy=make_policy(
            act=greedy, noise=noise(config.eval_noise), purpose='eval policy', latent_mode=config.eval_state_mean
        ),
    )


def _greedy(makings: Makings) -> Greedy:
    config, actor_critic = makings.config, makings.actor_critic
    return Greedy(
        world_model=makings.world_model,
        actor_critic=actor_critic,
        policy=makings.train_policy,
        reward=makings.world_model.predicted_reward,
        reward_norm=RewardNorm(**config.reward_norm),
        optimizers={
            'actor': _optimizer(config, 'actor', [actor_critic.actor], makings.precision),
            'critic': _optimizer(config, 'critic', [actor_critic.critic], makings.precision),
        },
        horizon=config.imag_horizon,
        entropy_scale=schedules.parse(config.actor_ent),
        mix=_gradient_mix(config, makings.action),
    )


def _random(makings: Makings) -> Random:
    return Random(makings.action, generator(makings.config.seed, 'random policy'))


EXPLORERS: dict[str, Callable[[Makings], Behaviour]] = {  # expl_behavior
    'greedy': _greedy,
    'random': _random,
}


def _world_model(config: Config, shapes: dict[str, tuple[int, ...]], action: ActionSpec, dtype: str) -> WorldModel:
    preprocess = Preprocess(shapes, config.clip_rewards, config.discount)
    shapes = encoded_shapes(shapes)
    encoder = Encoder(shapes, **config.encoder, dtype=dtype)
    encoder.build()
    rssm = RSSM(action.size, encoder.embed_size, **config.rssm, dtype=dtype)
    rssm.build()
    decoder = Decoder(shapes, rssm.feat_size, **config.decoder, dtype=dtype)
    decoder.build()
    reward = _scalar_head(config.reward_head, rssm.feat_size, dtype, 'reward')
    discount = _scalar_head(config.discount_head, rssm.feat_size, dtype, 'discount') if config.pred_discount else None
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


def _actor_critic(config: Config, feat_size: int, action: ActionSpec, dtype: str) -> ActorCritic:
    outputs, distribution = _action_distribution(config, action)
    actor = Head(**_hidden(config.actor), outputs=outputs, feat_size=feat_size, dtype=dtype, name='actor')
    actor.build()
    critic = _scalar_head(config.critic, feat_size, dtype, 'critic')
    slow = _scalar_head(config.critic, feat_size, dtype, 'target_critic') if config.slow_target else critic
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


def _scalar_head(section: Config, feat_size: int, dtype: str, name: str) -> ScalarHead:
    head = ScalarHead(**_hidden(section), feat_size=feat_size, dtype=dtype, name=name)
    head.build()
    return head


def _hidden(section: Config) -> dict[str, Any]:
    return {key: section[key] for key in ('layers', 'units', 'act', 'norm')}


def _optimizer(config: Config, group: str, layers: Iterable[keras.layers.Layer], precision: str) -> Adam:
    section = config[f'{group}_opt']
    return Adam(
        variables=[variable for layer in layers for variable in layer.variables],
        lr=section.lr,
        eps=section.eps,
        clip=section.clip,
        wd=section.wd,
        loss_scale=LossScale() if precision == 'mixed_float16' else None,
        name=group,
    )


def _gradient_mix(config: Config, action: ActionSpec) -> gradient_mix.GradientMix:
    kind = config.actor_grad
    if kind == 'auto':
        kind = 'dynamics' if action.continuous else 'reinforce'
    mixes = {
        'reinforce': gradient_mix.reinforce,
        'dynamics': gradient_mix.dynamics,
        'both': lambda: gradient_mix.both(schedules.parse(config.actor_grad_mix)),
    }
    return mixes[kind]()
