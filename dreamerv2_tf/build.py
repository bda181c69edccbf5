"""Composition root: turns a config into the parts of the agent. The only reader of the whole config."""

import functools
import sys
from typing import NamedTuple

import keras
import numpy as np
import rich.console
import tensorflow as tf

from .agent import policy as acting
from .agent.actor_critic import ActorCritic, RewardNorm
from .agent.preprocess import Preprocess, encoded_shapes
from .agent.world_model import WorldModel
from .config import schedules
from .display.lines import Lines
from .display.live import Live
from .distributions import continuous, one_hot
from .envs.registry import make_env, suite_of
from .envs.vector import Processes, Serial
from .errors import UserError
from .learning.learner import Learner
from .learning.optimizer import Adam, LossScale
from .metrics.wandb import Wandb
from .nets.decoder import Decoder
from .nets.encoder import Encoder
from .nets.heads import Head, ScalarHead
from .nets.rssm import RSSM
from .replay.buffer import Buffer
from .replay.dataset import Dataset
from .replay.sampler import Sampler
from .replay.store import Store
from .seeding import generator
from .spec import NOT_OBSERVED, Spaces, Spec, observed


class Agent(NamedTuple):
    """Everything that acts and learns."""

    spaces: Spaces
    world_model: WorldModel
    actor_critic: ActorCritic
    learner: Learner
    train_policy: acting.Policy
    eval_policy: acting.Policy


def make_agent(config, observation, action, precision='float32', jit_compile=False):
    """The agent of a config, with all its variables.

    Args:
      config: a `Config`.
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
        return _agent(config, observation, action, precision, jit_compile)
    except (MemoryError, tf.errors.ResourceExhaustedError):
        raise UserError('the layers do not fit into memory; lower rssm.*, units or cnn_depth') from None


def _agent(config, observation, action, precision, jit_compile):
    keras.utils.set_random_seed(config.seed)  # initial weights; every other draw has its own seed
    world_model = _world_model(config, observed(observation), action, precision)
    actor_critic = _actor_critic(config, world_model.rssm.feat_size, action, precision)
    learner = _learner(config, world_model, actor_critic, action, precision, jit_compile)
    noise = acting.discrete_noise if action.discrete else acting.continuous_noise
    make_policy = functools.partial(acting.Policy, world_model, actor_critic, action_size=action.size, seed=config.seed)
    return Agent(
        Spaces(observation, action),
        world_model,
        actor_critic,
        learner,
        make_policy(act=acting.sampled, noise=noise(config.expl_noise), purpose='train policy'),
        make_policy(
            act=acting.greedy, noise=noise(config.eval_noise), purpose='eval policy', latent_mode=config.eval_state_mean
        ),
    )


def make_envs(config, mode):
    """The environments that collect (`train`) or evaluate (`eval`).

    Raises:
      UserError: unknown task, or a package that is not installed.
    """
    count = config.envs if mode == 'train' else max(1, min(config.envs, config.eval_eps))
    constructors = [env_constructor(config, mode)] * count
    return (Processes if config.envs_parallel == 'process' else Serial)(constructors)


def env_constructor(config, mode):
    """A function without arguments that makes one of them, a `RowEnv`."""
    settings = {key: config[key] for key in suite_of(config.task).settings if key != 'mode'}
    return functools.partial(make_env, config.task, mode, config.time_limit, **settings)


def env_seed(seed, mode, index, episode):
    """The seed of an environment's episode of that number."""
    return int(generator(seed, f'{mode} env', index, episode).integers(2**31))


def make_buffer(config, logdir, mode, envs):
    """The episodes of `logdir/train_episodes` and `replay.read_dirs`, or the newest of `logdir/eval_episodes`."""
    section = config.replay
    specs = {key: envs.observation[key] for key in observed(envs.observation)}
    specs['action'] = Spec((envs.action.size,), np.dtype(np.float32))
    others = section.read_dirs if mode == 'train' else ()
    store = Store(logdir / f'{mode}_episodes', section.compress, specs, others)
    capacity = section.capacity if mode == 'train' else 1
    ongoing = section.minlen if section.ongoing and mode == 'train' else 0
    limit = int(section.disk_limit_gb * 1e9)
    return Buffer(store, capacity, config.seed, len(envs), ongoing, limit)


def make_display():
    """Where progress is shown: a live view in a terminal that can draw it, else lines of text."""
    console = rich.console.Console()
    able = sys.stdout.isatty() and not console.is_dumb_terminal and console.encoding.startswith('utf')
    return Live(console) if able else Lines()


def make_sinks(config, logdir):
    """Sinks for numbers besides those that every run has; each wants to be closed."""
    if config.wandb_project == 'none':
        return []
    return [Wandb(config.wandb_project, f'{config.task} {config.seed}', logdir, config.flat)]


def make_dataset(config, buffer, world_model, generator):
    """Batches for the learner from a `Buffer`, drawn with a NumPy generator."""
    section = config.replay
    sampler = Sampler(section.minlen, section.maxlen, section.prioritize_ends, generator)
    keys = [*world_model.preprocess.keys, *NOT_OBSERVED]
    return Dataset(buffer, sampler, keys, config.dataset.batch, config.dataset.length)


def _world_model(config, shapes, action, dtype):
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
        preprocess,
        encoder,
        rssm,
        decoder,
        reward,
        discount,
        config.grad_heads,
        config.loss_scales,
        config.kl,
        config.discount,
    )


def _actor_critic(config, feat_size, action, dtype):
    kind = config.actor.dist
    if kind == 'auto':
        kind = 'onehot' if action.discrete else 'trunc_normal'
    if (kind == 'onehot') != action.discrete:
        raise UserError(
            f'`actor.dist` {kind} does not fit {"discrete" if action.discrete else "continuous"} actions; use auto'
        )
    if kind == 'onehot':
        outputs, distribution = {'out': action.size}, one_hot.one_hot_action
    else:
        outputs = {'out': action.size, 'std': action.size}
        kinds = {
            'trunc_normal': continuous.trunc_normal,
            'tanh_normal': continuous.tanh_normal,
            'normal': continuous.normal,
        }
        distribution = functools.partial(kinds[kind], min_std=config.actor.min_std)
    hidden = {key: config.actor[key] for key in ('layers', 'units', 'act', 'norm')}
    actor = Head(**hidden, outputs=outputs, feat_size=feat_size, dtype=dtype, name='actor')
    actor.build()
    critic = _scalar_head(config.critic, feat_size, dtype, 'critic')
    slow = _scalar_head(config.critic, feat_size, dtype, 'target_critic') if config.slow_target else critic
    return ActorCritic(
        actor,
        distribution,
        critic,
        slow,
        config.discount_lambda,
        config.actor_advantage,
        config.slow_target_update,
        config.slow_target_fraction,
    )


def _scalar_head(section, feat_size, dtype, name):
    hidden = {key: section[key] for key in ('layers', 'units', 'act', 'norm')}
    head = ScalarHead(**hidden, feat_size=feat_size, dtype=dtype, name=name)
    head.build()
    return head


def _learner(config, world_model, actor_critic, action, precision, jit_compile):
    groups = {
        'model': [v for part in world_model.parts.values() for v in part.variables],
        'actor': actor_critic.actor.variables,
        'critic': actor_critic.critic.variables,
    }
    optimizers = {}
    for name, variables in groups.items():
        section = config[f'{name}_opt']
        optimizers[name] = Adam(
            variables,
            section.lr,
            section.eps,
            section.clip,
            section.wd,
            LossScale() if precision == 'mixed_float16' else None,
            name,
        )
    grad = config.actor_grad
    if grad == 'auto':
        grad = 'reinforce' if action.discrete else 'dynamics'
    shares = {'reinforce': 0.0, 'dynamics': 1.0, 'both': schedules.parse(config.actor_grad_mix)}
    return Learner(
        world_model,
        actor_critic,
        RewardNorm(**config.reward_norm),
        optimizers,
        config.imag_horizon,
        schedules.parse(config.actor_ent),
        shares[grad],
        config.seed,
        jit_compile,
    )


def parameter_counts(agent):
    """Numbers of trained parameters: (world model, world model + actor + critic)."""
    model = sum(part.count_params() for part in agent.world_model.parts.values())
    behaviour = agent.actor_critic.actor.count_params() + agent.actor_critic.critic.count_params()
    return model, model + behaviour
