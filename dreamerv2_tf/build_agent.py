"""Everything that acts and learns, made from a config. `build` offers it with the other parts."""

import dataclasses
import functools
from collections.abc import Callable
from typing import NamedTuple

import keras
import tensorflow as tf

from .agent.actor_critic import ActorCritic, RewardNorm
from .agent.behaviour import Behaviour, Collectors, Greedy, Random, Reward, Trained
from .agent.policy import Act, Policy, action_noise, greedy, sampled
from .agent.world_model import WorldModel
from .build_layers import (
    hidden,
    make_actor_critic,
    make_gradient_mix,
    make_optimizer,
    make_scalar_head,
    make_world_model,
)
from .config import schedules
from .config.tree import Config
from .errors import UserError, nearest
from .explore.explorer import PREFIX, Curiosity, Explorer, MixedReward
from .explore.model_loss import PredictedLoss
from .explore.plan2explore import Disagreement
from .learning.learner import Learner
from .nets.ensemble import Ensemble
from .nets.weights import joined
from .seeding import generator, initial_weights_from
from .spec import ActionSpec, Spaces, Spec, observed


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
    def policies(self) -> dict[str, Policy]:
        """{name of the behaviour: policy} of what learns to act."""
        return {name: each.policy for name, each in self.behaviours.items() if isinstance(each, Trained)}

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
    """Returns the numbers of trained parameters: (world model, world model and all behaviours)."""
    model = sum(part.count_params() for part in agent.world_model.parts.values())
    return model, model + sum(behaviour.parameters for behaviour in agent.behaviours.values())


class Makings(NamedTuple):
    """What behaviours are made from."""

    config: Config
    action: ActionSpec
    precision: str
    world_model: WorldModel
    actor_critic: ActorCritic  # of the task

    def policy_of(
        self, actor_critic: ActorCritic, act: Act, noise: float, purpose: str, latent_mode: bool = False
    ) -> Policy:
        """Returns a policy that acts with an actor, see `Policy`; `noise` is how much is added to its actions."""
        return Policy(
            self.world_model,
            actor_critic,
            act=act,
            noise=action_noise(self.action, noise),
            action_size=self.action.size,
            seed=self.config.seed,
            purpose=purpose,
            latent_mode=latent_mode,
            jit_compile=self.config.policy_jit,
        )


def _agent(
    config: Config, observation: dict[str, Spec], action: ActionSpec, precision: str, jit_compile: bool
) -> Agent:
    world_model = make_world_model(config, observed(observation), action, precision)
    actor_critic = make_actor_critic(config, world_model.rssm.feat_size, action, precision)
    makings = Makings(config, action, precision, world_model, actor_critic)
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
            make_optimizer(config.model_opt, 'model', world_model.parts.values(), precision),
            {name: behaviour for name, behaviour in behaviours.items() if behaviour.variables},
            config.seed,
            jit_compile,
        ),
        eval_policy=makings.policy_of(
            actor_critic, greedy, config.eval_noise, 'eval policy', latent_mode=config.eval_state_mean
        ),
    )


def _greedy(makings: Makings) -> Greedy:
    reward_norm = RewardNorm(**makings.config.reward_norm)
    predicted = makings.world_model.predicted_reward
    return _seeker(makings, lambda trajectory: (predicted(trajectory.feat), {}), reward_norm, makings.actor_critic)


def _seeker(
    makings: Makings, reward: Reward, reward_norm: RewardNorm, actor_critic: ActorCritic, prefix: str = ''
) -> Greedy:
    """Returns an actor and a critic that seek a reward; the names of their optimisers begin with `prefix`."""
    config = makings.config
    optimizer = functools.partial(make_optimizer, precision=makings.precision)
    return Greedy(
        world_model=makings.world_model,
        actor_critic=actor_critic,
        policy=makings.policy_of(actor_critic, sampled, config.expl_noise, f'{prefix}train policy'),
        reward=reward,
        reward_norm=reward_norm,
        optimizers={
            'actor': optimizer(config.actor_opt, f'{prefix}actor', [actor_critic.actor]),
            'critic': optimizer(config.critic_opt, f'{prefix}critic', [actor_critic.critic]),
        },
        horizon=config.imag_horizon,
        entropy_scale=schedules.parse(config.actor_ent),
        mix=make_gradient_mix(config, makings.action),
    )


def _explorer(makings: Makings, curiosity: Curiosity, layer: keras.layers.Layer) -> Explorer:
    """Returns what seeks the reward of `curiosity`, whose weights are those of a layer."""
    config, model = makings.config, makings.world_model
    norms = RewardNorm(**config.expl_reward_norm), RewardNorm(**config.expl_reward_norm)
    reward = MixedReward(curiosity, model, config.expl_intr_scale, config.expl_extr_scale, norms)
    actor_critic = make_actor_critic(config, model.rssm.feat_size, makings.action, makings.precision, PREFIX)
    seeker = _seeker(makings, reward, RewardNorm(momentum=1.0, scale=1.0, eps=0.0), actor_critic, PREFIX)
    optimizer = make_optimizer(config.expl_opt, f'{PREFIX}curiosity', [layer], makings.precision)
    return Explorer(curiosity, optimizer, norms, seeker)


def _plan2explore(makings: Makings) -> Explorer:
    config, rssm = makings.config, makings.world_model.rssm
    if config.disag_offset >= config.dataset.length:
        raise UserError(
            f'`disag_offset` must be less than dataset.length, which is {config.dataset.length}. '
            f'Received: {config.disag_offset}'
        )
    sizes = {
        'stoch': rssm.feat_size - config.rssm.deter,
        'deter': config.rssm.deter,
        'feat': rssm.feat_size,
        'embed': makings.world_model.encoder.embed_size,
    }
    ensemble = Ensemble(
        models=config.disag_models,
        **hidden(config.expl_head),
        in_size=rssm.feat_size + config.disag_action_cond * makings.action.size,
        out_size=sizes[config.disag_target],
        dtype=makings.precision,
    )
    ensemble.build()
    curiosity = Disagreement(
        ensemble, config.disag_target, config.disag_offset, config.disag_action_cond, config.disag_log
    )
    return _explorer(makings, curiosity, ensemble)


def _model_loss(makings: Makings) -> Explorer:
    config, model = makings.config, makings.world_model
    if config.expl_model_loss not in model.loss_names:
        hint = nearest(config.expl_model_loss, model.loss_names)
        raise UserError(
            f'`expl_model_loss` must be one of {", ".join(model.loss_names)}{hint}. Received: {config.expl_model_loss}'
        )
    head = make_scalar_head(config.expl_head, model.rssm.feat_size, makings.precision, f'{PREFIX}loss')
    return _explorer(makings, PredictedLoss(head, config.expl_model_loss), head)


def _random(makings: Makings) -> Random:
    return Random(makings.action, generator(makings.config.seed, 'random policy'))


EXPLORERS: dict[str, Callable[[Makings], Behaviour]] = {  # expl_behavior, besides greedy and random
    'Plan2Explore': _plan2explore,
    'ModelLoss': _model_loss,
}
