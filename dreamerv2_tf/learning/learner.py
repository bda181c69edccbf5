"""One update of the whole agent: the loop of the paper, with its gradients."""

import numpy as np
import tensorflow as tf

from ..agent.imagination import imagine, start_states
from ..seeding import tensor_seed


class Learner:
    """Learns world model, actor and critic from batches of experience.

    Args:
      world_model, actor_critic, reward_norm: the agent.
      optimizers: {'model' | 'actor' | 'critic': `Adam`}.
      horizon: agent steps imagined, H.
      entropy_scale, dynamics_share: functions of agent steps, eta and 1 - rho of Eq. 6;
        dynamics_share may also be the number 0.0 or 1.0, which leaves out the other gradient.
      seed: of all draws.
      jit_compile: compile with XLA.
    """

    def __init__(
        self,
        world_model,
        actor_critic,
        reward_norm,
        optimizers,
        horizon,
        entropy_scale,
        dynamics_share,
        seed,
        jit_compile=False,
    ):
        self.world_model, self.actor_critic = world_model, actor_critic
        self._reward_norm = reward_norm
        self._optimizers = optimizers
        self._horizon = horizon
        self.entropy_scale, self.dynamics_share = entropy_scale, dynamics_share
        self._seed = seed
        self.updates = tf.Variable(0, trainable=False, dtype=tf.int64, name='updates')
        self._compiled = tf.function(self._update, jit_compile=jit_compile or None)

    def update(self, rows, agent_steps):
        """Learns from rows {key: [B, T, ...]}; schedules are read at `agent_steps`.

        Returns metrics {name: []}, all of before the update.
        """
        seed = tensor_seed(self._seed, 'update', int(self.updates))
        schedules = [self.entropy_scale, *filter(callable, [self.dynamics_share])]
        return self._compiled(rows, seed, *(np.float32(value(agent_steps)) for value in schedules))

    @property
    def traces(self):
        """How often the update was compiled."""
        return self._compiled.experimental_get_tracing_count()

    @property
    def state(self):
        """{name: variable} of everything that the next update depends on."""
        state = {'updates': self.updates, 'reward_norm': self._reward_norm.magnitude}
        state |= self.weights
        for optimizer in self._optimizers.values():
            state |= optimizer.state
        return state

    @property
    def weights(self):
        """{name: variable} of all layers, such as `rssm/gru/kernel`."""
        critic = self.actor_critic
        slow = [] if critic.slow_critic is critic.critic else [critic.slow_critic]
        parts = (*self.world_model.parts.values(), critic.actor, critic.critic, *slow)
        return {v.path: v.value for part in parts for v in part.variables}

    def _update(self, rows, seed, entropy_scale, dynamics_share=None):
        model_seed, behaviour_seed = tf.unstack(tf.random.experimental.stateless_split(seed, 2))
        with tf.GradientTape() as tape:
            out = self.world_model.loss(rows, model_seed)
        metrics = out.metrics | self._optimizers['model'].minimize(tape, out.loss)
        share = self.dynamics_share if dynamics_share is None else dynamics_share
        metrics |= self._behaviour(start_states(out.post), rows['is_terminal'], entropy_scale, share, behaviour_seed)
        self.actor_critic.update_slow_critic(self.updates)
        self.updates.assign_add(1)
        return metrics

    def _behaviour(self, start, is_terminal, entropy_scale, dynamics_share, seed):
        """Actor and critic learn from one rollout inside the model as it is now."""
        agent = self.actor_critic
        rollout_seed, loss_seed = tf.unstack(tf.random.experimental.stateless_split(seed, 2))
        with tf.GradientTape(persistent=True) as tape:
            trajectory = imagine(self.world_model.rssm, agent.policy, start, self._horizon, rollout_seed)
            if isinstance(dynamics_share, float) and dynamics_share == 0.0:
                trajectory = tf.nest.map_structure(tf.stop_gradient, trajectory)
            imagined, metrics = self.evaluate(trajectory, is_terminal)
            actor_loss, actor_metrics = agent.actor_loss(imagined, entropy_scale, dynamics_share, loss_seed)
            critic_loss, critic_metrics = agent.critic_loss(imagined)
        metrics |= actor_metrics | critic_metrics
        if not isinstance(dynamics_share, float):
            metrics['actor_grad_mix'] = dynamics_share
        metrics |= self._optimizers['actor'].minimize(tape, actor_loss)
        metrics |= self._optimizers['critic'].minimize(tape, critic_loss)
        return metrics

    def evaluate(self, trajectory, is_terminal):
        """Rewards, discounts and targets of a trajectory; is_terminal is [B, T] from replay.

            index     0                  1            H
            discount  gamma*(1 - term)   predicted    predicted

        Returns (`Imagined`, metrics).
        """
        model, feat = self.world_model, trajectory.feat
        raw = model.predicted_reward(feat)
        reward = self._reward_norm(raw)
        terminal = tf.reshape(tf.cast(is_terminal, tf.float32), [-1])
        first = model.true_discount(terminal, feat[0])
        discount = tf.concat([first[None], model.predicted_discount(feat[1:])], 0)
        metrics = {
            'reward_mean': tf.reduce_mean(raw),
            'reward_std': tf.math.reduce_std(raw),
            'reward_normed_mean': tf.reduce_mean(reward),
            'reward_normed_std': tf.math.reduce_std(reward),
        }
        return self.actor_critic.evaluate(trajectory, reward, discount), metrics
