"""Behaviours: policies that collect experience, and how they learn (paper, section 2.2).

A behaviour has a policy for the driver, learns in every update from the posteriors of the batch, and holds its own
layers, optimisers and draws. The learner runs a list of them; the training loop takes from `Collectors` the one
that collects now. Neither depends on which ones exist.
"""

from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

import numpy as np
import tensorflow as tf

from ..distributions.draws import split
from ..nets.weights import assign, by_path, to_arrays
from ..spec import ActionSpec, Row, State
from .actor_critic import ActorCritic, Imagined, RewardNorm
from .gradient_mix import GradientMix
from .imagination import Trajectory, imagine, start_states
from .policy import Policy
from .random_policy import RandomPolicy
from .world_model import WorldModel, WorldModelOutput

Metrics = dict[str, tf.Tensor]
Reward = Callable[[Trajectory], tuple[tf.Tensor, Metrics]]


class Minimizer(Protocol):
    """An optimiser of one group of variables."""

    @property
    def variables(self) -> dict[str, tf.Variable]:
        """{name: variable} of its slots and counts."""

    def minimize(self, tape: tf.GradientTape, loss: tf.Tensor) -> Metrics:
        """Updates the variables against the gradient of a loss on a tape; returns metrics."""


class Behaviour:
    """A policy that collects experience, and how it learns. By itself it learns nothing and holds nothing.

    Attributes:
      policy: chooses actions: (rows {key: [N, ...]}, state or None) -> (actions [N, A], state).
    """

    policy: Callable[[Row, Any], tuple[np.ndarray, Any]]

    @property
    def weights(self) -> dict[str, tf.Variable]:
        """{path: variable} of its layers."""
        return {}

    @property
    def parameters(self) -> int:
        """How many numbers it learns; copies of others do not count."""
        return 0

    @property
    def variables(self) -> dict[str, tf.Variable]:
        """{name: variable} of everything that its next update depends on, weights included."""
        return {}

    def schedules(self, agent_steps: int) -> dict[str, np.float32]:
        """Returns the values of its schedules at so many agent steps; `update` gets them as tensors."""
        return {}

    def update(
        self,
        rows: dict[str, tf.Tensor],
        model: WorldModelOutput,
        scheduled: Metrics,
        number: tf.Tensor,
        seed: tf.Tensor,
    ) -> Metrics:
        """Learns from a batch.

        Args:
          rows: experience {key: [B, T, ...]}, as stored.
          model: output of the world model for the batch, before its update.
          scheduled: values of `schedules`, each [].
          number: of this update, counted from 0, [].
          seed: [2].

        Returns metrics {name: []}, all of before the update.
        """
        return {}

    def get_state(self) -> State:
        """Returns (plain data for JSON, {name: array}), all that its next step depends on."""
        return {}, {}

    def set_state(self, plain: Any, arrays: dict[str, np.ndarray]) -> None:
        """Goes on from what `get_state` returned."""


class Collectors(NamedTuple):
    """Which behaviour collects experience when."""

    prefill: Behaviour  # before anything is learned
    explorer: Behaviour  # `expl_behavior`
    task: Behaviour
    explore_until_frames: int  # 0 = always

    def at(self, frames: int) -> Behaviour:
        """Returns the behaviour that collects at so many frames, after the prefill."""
        explores = not self.explore_until_frames or frames < self.explore_until_frames
        return self.explorer if explores else self.task


class Random(Behaviour):
    """A behaviour of uniform actions, which learns nothing.

    Args:
      action: the `ActionSpec` of the environment.
      generator: of the draws.
    """

    def __init__(self, action: ActionSpec, generator: np.random.Generator) -> None:
        self.policy = RandomPolicy(action, generator)
        self._generator = generator

    def get_state(self) -> State:
        """The state of its generator."""
        return {'generator': self._generator.bit_generator.state}, {}

    def set_state(self, plain: Any, arrays: dict[str, np.ndarray]) -> None:
        """Goes on from a state."""
        self._generator.bit_generator.state = plain['generator']


class Trained(Behaviour):
    """A behaviour with a policy of its own and variables that learn."""

    policy: Policy

    def get_state(self) -> State:
        """The count of its policy's calls, and all variables."""
        policy, _ = self.policy.get_state()
        return {'policy': policy}, to_arrays(self.variables)

    def set_state(self, plain: Any, arrays: dict[str, np.ndarray]) -> None:
        """Goes on from a state."""
        self.policy.set_state(plain['policy'], {})
        assign(self.variables, arrays)


class Greedy(Trained):
    """Actor and critic, learned from rollouts inside the world model for a reward that it predicts.

    Args:
      world_model: in which rollouts happen; what it predicts is taken after its own update.
      actor_critic: what learns.
      policy: acts with the actor.
      reward: function of a `Trajectory` that gives the reward to be maximised, [H+1, N], and metrics.
      reward_norm: normalises it.
      optimizers: of 'actor' and 'critic'.
      horizon: agent steps of a rollout, H.
      entropy_scale: function of agent steps, eta of Eq. 6.
      mix: which gradients the actor gets.

    Attributes:
      mix: as given.
    """

    def __init__(
        self,
        world_model: WorldModel,
        actor_critic: ActorCritic,
        policy: Policy,
        reward: Reward,
        reward_norm: RewardNorm,
        optimizers: dict[str, Minimizer],
        horizon: int,
        entropy_scale: Callable[[float], float],
        mix: GradientMix,
    ) -> None:
        self.policy, self.actor_critic = policy, actor_critic
        self._world_model, self._reward, self._reward_norm = world_model, reward, reward_norm
        self._optimizers, self._horizon = optimizers, horizon
        self._entropy_scale, self.mix = entropy_scale, mix

    @property
    def weights(self) -> dict[str, tf.Variable]:
        """{path: variable} of actor, critic and slow critic, such as `actor/out/kernel`."""
        return by_path(self.actor_critic.layers)

    @property
    def parameters(self) -> int:
        """How many numbers actor and critic have."""
        return int(self.actor_critic.actor.count_params() + self.actor_critic.critic.count_params())

    @property
    def variables(self) -> dict[str, tf.Variable]:
        """{name: variable} of weights, slots of optimisers and the reward normaliser."""
        slots = {name: v for optimizer in self._optimizers.values() for name, v in optimizer.variables.items()}
        return {**self.weights, **slots, 'reward_norm': self._reward_norm.magnitude}

    def schedules(self, agent_steps: int) -> dict[str, np.float32]:
        """The scale of the entropy, and the share of dynamics gradients."""
        return {
            'entropy_scale': np.float32(self._entropy_scale(agent_steps)),
            'dynamics_share': np.float32(self.mix.share(agent_steps)),
        }

    def update(
        self,
        rows: dict[str, tf.Tensor],
        model: WorldModelOutput,
        scheduled: Metrics,
        number: tf.Tensor,
        seed: tf.Tensor,
    ) -> Metrics:
        """Actor and critic learn from one rollout, then the slow critic follows; see `Behaviour`."""
        rollout_seed, loss_seed = tf.unstack(split(seed, 2))
        agent, start = self.actor_critic, start_states(model.post)
        with tf.GradientTape(persistent=True) as tape:
            trajectory = imagine(self._world_model.rssm, agent.policy, start, self._horizon, rollout_seed)
            if not self.mix.uses_dynamics:
                trajectory = tf.nest.map_structure(tf.stop_gradient, trajectory)
            imagined, metrics = self.evaluate(trajectory, rows['is_terminal'])
            actor_loss, actor_metrics = agent.actor_loss(
                imagined, scheduled['entropy_scale'], self.mix, scheduled['dynamics_share'], loss_seed
            )
            critic_loss, critic_metrics = agent.critic_loss(imagined)
        metrics |= actor_metrics | critic_metrics
        if self.mix.is_scheduled:
            metrics['actor_grad_mix'] = scheduled['dynamics_share']
        metrics |= self._optimizers['actor'].minimize(tape, actor_loss)
        metrics |= self._optimizers['critic'].minimize(tape, critic_loss)
        agent.update_slow_critic(number)
        return metrics

    def evaluate(self, trajectory: Trajectory, is_terminal: tf.Tensor) -> tuple[Imagined, Metrics]:
        """Rewards, discounts and targets of a trajectory; is_terminal is [B, T] from replay.

        index     0                  1            H
        discount  gamma*(1 - term)   predicted    predicted
        """
        model, feat = self._world_model, trajectory.feat
        raw, parts = self._reward(trajectory)
        reward = self._reward_norm(raw)
        terminal = tf.reshape(tf.cast(is_terminal, tf.float32), [-1])
        first = model.true_discount(terminal, feat[0])
        discount = tf.concat([first[None], model.predicted_discount(feat[1:])], 0)
        metrics = {
            'reward_mean': tf.reduce_mean(raw),
            'reward_std': tf.math.reduce_std(raw),
            'reward_normed_mean': tf.reduce_mean(reward),
            'reward_normed_std': tf.math.reduce_std(reward),
            **parts,
        }
        return self.actor_critic.evaluate(trajectory, reward, discount), metrics
