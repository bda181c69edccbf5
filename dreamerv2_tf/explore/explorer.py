"""A behaviour that explores: an actor and a critic of its own, learned for a reward that it invents."""

from typing import Protocol

import numpy as np
import tensorflow as tf

from ..agent.actor_critic import RewardNorm
from ..agent.behaviour import Greedy, Metrics, Minimizer, Trained
from ..agent.imagination import Trajectory
from ..agent.world_model import WorldModel, WorldModelOutput

PREFIX = 'expl_'  # of metrics and layers, beside those of the task


class Curiosity(Protocol):
    """Something that is learned from experience and gives a reward for what is not known yet."""

    @property
    def weights(self) -> dict[str, tf.Variable]:
        """{path: variable} of its layers."""

    @property
    def parameters(self) -> int:
        """How many numbers it learns."""

    def loss(self, rows: dict[str, tf.Tensor], model: WorldModelOutput) -> tf.Tensor:
        """Returns its loss [] on a batch {key: [B, T, ...]}; nothing of the model gets a gradient."""

    def reward(self, trajectory: Trajectory) -> tf.Tensor:
        """Returns the intrinsic reward [H+1, N] of a trajectory."""


class MixedReward:
    """intr_scale * norm(intrinsic) + extr_scale * norm(predicted reward of the task) (SPEC 10).

    Args:
      curiosity: gives the intrinsic reward.
      world_model: predicts the reward of the task.
      intrinsic_scale, extrinsic_scale: weights of both.
      norms: of the intrinsic reward and of the task's.
    """

    def __init__(
        self,
        curiosity: Curiosity,
        world_model: WorldModel,
        intrinsic_scale: float,
        extrinsic_scale: float,
        norms: tuple[RewardNorm, RewardNorm],
    ) -> None:
        self._curiosity, self._world_model = curiosity, world_model
        self._intrinsic_scale, self._extrinsic_scale = intrinsic_scale, extrinsic_scale
        self.norms = norms

    def __call__(self, trajectory: Trajectory) -> tuple[tf.Tensor, Metrics]:
        """Returns the reward [H+1, N] of a trajectory, and metrics of the intrinsic one; the norms follow it."""
        intrinsic_norm, extrinsic_norm = self.norms
        intrinsic = self._curiosity.reward(trajectory)
        reward = self._intrinsic_scale * intrinsic_norm(intrinsic)
        if self._extrinsic_scale:
            predicted = self._world_model.predicted_reward(trajectory.feat)
            reward += self._extrinsic_scale * extrinsic_norm(predicted)
        metrics = {'intrinsic_mean': tf.reduce_mean(intrinsic), 'intrinsic_std': tf.math.reduce_std(intrinsic)}
        return reward, metrics


class Explorer(Trained):
    """Learns what it is curious about, and then an actor and a critic that seek it.

    Args:
      curiosity: gives the intrinsic reward.
      optimizer: of its weights.
      norms: variables of the reward.
      seeker: actor and critic, which maximise the reward.
    """

    def __init__(
        self, curiosity: Curiosity, optimizer: Minimizer, norms: tuple[RewardNorm, RewardNorm], seeker: Greedy
    ) -> None:
        self.policy, self.curiosity, self.seeker = seeker.policy, curiosity, seeker
        self._optimizer, self._norms = optimizer, norms

    @property
    def weights(self) -> dict[str, tf.Variable]:
        """{path: variable} of what is curious, and of actor, critic and slow critic."""
        return {**self.curiosity.weights, **self.seeker.weights}

    @property
    def parameters(self) -> int:
        """How many numbers it learns."""
        return self.curiosity.parameters + self.seeker.parameters

    @property
    def variables(self) -> dict[str, tf.Variable]:
        """{name: variable} of weights, slots of optimisers and the norms of the reward."""
        norms = dict(zip(('intrinsic_norm', 'extrinsic_norm'), (norm.magnitude for norm in self._norms)))
        return {**self.weights, **self.seeker.variables, **self._optimizer.variables, **norms}

    def schedules(self, agent_steps: int) -> dict[str, np.float32]:
        """Those of actor and critic."""
        return self.seeker.schedules(agent_steps)

    def update(
        self,
        rows: dict[str, tf.Tensor],
        model: WorldModelOutput,
        scheduled: Metrics,
        number: tf.Tensor,
        seed: tf.Tensor,
    ) -> Metrics:
        """The curious part learns first, then actor and critic in imagination; see `Behaviour`."""
        with tf.GradientTape() as tape:
            loss = self.curiosity.loss(rows, model)
        metrics = {'curiosity_loss': loss, **self._optimizer.minimize(tape, loss)}
        metrics |= self.seeker.update(rows, model, scheduled, number, seed)
        return {name if name.startswith(PREFIX) else PREFIX + name: value for name, value in metrics.items()}
