"""Actor and critic, learned from imagined trajectories alone (paper, section 2.2)."""

from collections.abc import Callable
from typing import NamedTuple

import tensorflow as tf
from tensorflow_probability import distributions as tfd

from ..distributions.continuous import unit_normal
from ..maths.returns import discount_weights, lambda_return
from ..nets.heads import Head, ScalarHead
from .gradient_mix import GradientMix
from .imagination import Trajectory

ActionDistribution = Callable[..., tfd.Distribution]  # (*parameters, seed) -> distribution of actions


class Imagined(NamedTuple):
    """A trajectory with all that the losses need; time first, index 0 is a replayed state."""

    feat: tf.Tensor  # [H+1, N, F]
    action: tf.Tensor  # [H+1, N, A]; action[t] led to feat[t]
    reward: tf.Tensor  # [H+1, N]; of state t
    discount: tf.Tensor  # [H+1, N]; d_t weighs what follows state t
    weight: tf.Tensor  # [H+1, N]; stopped
    target: tf.Tensor  # [H, N]; V_t
    value: tf.Tensor  # [H, N]; v(s_t) of the critic, for t = 0 .. H-1
    slow_value: tf.Tensor  # [H+1, N]; of the slow critic


Advantage = Callable[[Imagined], tf.Tensor]  # [H-1, N]


class ActorCritic:
    """The policy, its critic and the critic's slow copy.

    Args:
      actor: layer feat -> parameters of the action distribution.
      action_distribution: (*parameters, seed) -> distribution.
      critic, slow_critic: layers feat [..., F] -> value [...]; slow_critic may be the critic itself.
      discount_lambda: lambda of Eq. 4.
      advantage: how much better actions were than expected: `paper_advantage` or `release_advantage`.
      slow_update, slow_fraction: every how many updates the slow critic moves, and how far.
    """

    def __init__(
        self,
        actor: Head,
        action_distribution: ActionDistribution,
        critic: ScalarHead,
        slow_critic: ScalarHead,
        discount_lambda: float,
        advantage: Advantage,
        slow_update: int,
        slow_fraction: float,
    ) -> None:
        self.actor, self.critic, self.slow_critic = actor, critic, slow_critic
        self._action_distribution = action_distribution
        self._lambda, self._advantage = discount_lambda, advantage
        self._slow_update, self._slow_fraction = slow_update, slow_fraction

    @property
    def layers(self) -> list[Head]:
        """Actor, critic and, where it is a copy, slow critic."""
        return [self.actor, self.critic, *([] if self.slow_critic is self.critic else [self.slow_critic])]

    def policy(self, feat: tf.Tensor, seed: tf.Tensor) -> tfd.Distribution:
        """Distribution of the action that follows feat [..., F]; events are [A], float32."""
        return self.policy_from(self.actor(feat), seed)

    def policy_from(self, parameters: tuple[tf.Tensor, ...], seed: tf.Tensor) -> tfd.Distribution:
        """The same, from what the actor gives for feat."""
        return self._action_distribution(*parameters, seed=seed)

    def evaluate(self, trajectory: Trajectory, reward: tf.Tensor, discount: tf.Tensor) -> Imagined:
        """Adds weights, values and targets (Eq. 4) to a trajectory, as `Imagined`."""
        value = self.critic(tf.stop_gradient(trajectory.feat[:-1]))
        slow_value = self.slow_critic(trajectory.feat)
        target = lambda_return(reward, discount, slow_value, self._lambda)
        weight = discount_weights(discount)
        return Imagined(*trajectory, reward, discount, weight, target, value, slow_value)

    def actor_loss(
        self, imagined: Imagined, entropy_scale: tf.Tensor, mix: GradientMix, share: tf.Tensor, seed: tf.Tensor
    ) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
        """Computes Eq. 6 with rho = 1 - share.

        It is the mean over t = 0 .. H-2 of weight_t times

            -((1 - share) * log pi(sg(a_{t+1}) | s_t) * sg(advantage_t)
              + share * V_{t+1} + entropy_scale * entropy_t)

            t             0     1    ...  H-2
            feat, weight  s_0   s_1       s_H-2
            action        a_1   a_2       a_H-1    what was done in s_t
            target        V_1   V_2       V_H-1    what came of it

        advantage_t is V_t - v(s_t) (`paper`), or V_{t+1} - v_slow(s_t) (`release`).
        Differs from the paper: dynamics backpropagation maximises V_{t+1}, as in the release,
        since V_t contains nothing that a_{t+1} could change but its continuation.

        Args:
          entropy_scale: eta, [].
          mix: which gradients are used.
          share: of dynamics gradients, [], where both are used.
          seed: [2], for distributions whose entropy is sampled.

        Returns (loss [], metrics).
        """
        feat = tf.stop_gradient(imagined.feat[:-2])  # [H-1, N, F]
        policy = self.policy(feat, seed)
        entropy = policy.entropy()

        def reinforce() -> tf.Tensor:
            log_prob = policy.log_prob(tf.stop_gradient(imagined.action[1:-1]))
            return log_prob * tf.stop_gradient(self._advantage(imagined))

        objective = entropy_scale * entropy + mix.objective(share, reinforce, lambda: imagined.target[1:])
        loss = -tf.reduce_mean(imagined.weight[:-2] * objective)
        return loss, {'actor_loss': loss, 'actor_ent': tf.reduce_mean(entropy), 'actor_ent_scale': entropy_scale}

    def critic_loss(self, imagined: Imagined) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
        """Eq. 5: the mean over t = 0 .. H-1 of weight_t * -log N(sg(V_t); v(s_t), 1).

        Returns (loss [], metrics).
        """
        log_prob = unit_normal(imagined.value).log_prob(tf.stop_gradient(imagined.target))
        loss = -tf.reduce_mean(imagined.weight[:-1] * log_prob)
        return loss, {
            'critic_loss': loss,
            'critic': tf.reduce_mean(imagined.value),
            'critic_slow': tf.reduce_mean(imagined.slow_value),
            'critic_target': tf.reduce_mean(imagined.target),
        }

    def update_slow_critic(self, update: tf.Tensor) -> None:
        """Moves the slow critic at the end of updates 0, n, 2n, ...; at update 0 all the way.

        update: number of this update, counted from 0, [].
        """
        if self.slow_critic is self.critic:
            return
        share = tf.where(update == 0, 1.0, self._slow_fraction)
        share = tf.where(update % self._slow_update == 0, share, 0.0)
        for slow, fast in zip(self.slow_critic.variables, self.critic.variables):
            slow.assign(share * fast + (1 - share) * slow)


def paper_advantage(imagined: Imagined) -> tf.Tensor:
    """V_t - v(s_t) at t = 0 .. H-2, [H-1, N], with the online critic (Eq. 6)."""
    return imagined.target[:-1] - imagined.value[:-1]


def release_advantage(imagined: Imagined) -> tf.Tensor:
    """V_{t+1} - v_slow(s_t) at t = 0 .. H-2, [H-1, N] (release)."""
    return imagined.target[1:] - imagined.slow_value[:-2]


class RewardNorm:
    """Divides rewards by a running mean of their size (release).

        mag = m * mag + (1 - m) * mean|r|;   r' = scale * r / (mag + eps)

    A momentum of 1 keeps mag at 1: off.
    """

    def __init__(self, momentum: float, scale: float, eps: float, name: str = 'reward_norm') -> None:
        self._momentum, self._scale, self._eps = momentum, scale, eps
        self.magnitude = tf.Variable(1.0, trainable=False, name=f'{name}/magnitude')

    def __call__(self, reward: tf.Tensor) -> tf.Tensor:
        """Maps reward [...] to normalised reward [...]; updates the mean first."""
        size = tf.reduce_mean(tf.abs(reward))
        self.magnitude.assign(self._momentum * self.magnitude + (1 - self._momentum) * size)
        return self._scale * reward / (self.magnitude + self._eps)
