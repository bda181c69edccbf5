"""Acts in environments: keeps the model's state up to date and asks the actor."""

from typing import NamedTuple

import tensorflow as tf
from tensorflow_probability import distributions as tfd

from ..seeding import tensor_seed


class PolicyState(NamedTuple):
    """What the policy remembers of each of N environments."""

    latent: NamedTuple  # posterior [N, ...]
    action: tf.Tensor  # last action after noise [N, A]


class Policy:
    """Maps observations of N environments to actions, in one compiled call.

    Args:
      world_model, actor_critic: the agent.
      act: distribution and seed -> action [N, A], `sampled` or `greedy`.
      noise: adds exploration noise to actions, see `discrete_noise` and `continuous_noise`.
      action_size: A.
      seed, purpose: of its draws.
      latent_mode: the latent's mode is used instead of a sample (`eval_state_mean`).

    Attributes:
      calls: how often it was asked; the next draws follow from it.
    """

    def __init__(self, world_model, actor_critic, act, noise, action_size, seed, purpose, latent_mode=False):
        self._world_model, self._actor_critic = world_model, actor_critic
        self._act, self._noise = act, noise
        self._action_size = action_size
        self._seed, self._purpose = seed, purpose
        self.calls = 0
        self._latent_mode = latent_mode
        self._compiled = tf.function(self._step)

    def initial(self, batch):
        """The state before the first row: zeros, [batch, ...]."""
        return PolicyState(self._world_model.rssm.initial(batch), tf.zeros([batch, self._action_size]))

    def __call__(self, rows, state):
        """Rows {key: [N, ...]} as they come from environments; state None begins anew.

        Where is_first is true, the state of that environment is zeroed before.

        Returns (actions [N, A] as a NumPy array, state).
        """
        state = state or self.initial(len(rows['is_first']))
        seed = tensor_seed(self._seed, self._purpose, self.calls)
        self.calls += 1
        seen = {key: rows[key] for key in (*self._world_model.preprocess.keys, 'is_first')}
        action, state = self._compiled(seen, state, seed)
        return action.numpy(), state

    @property
    def traces(self):
        """How often the call was compiled: once for each number of environments."""
        return self._compiled.experimental_get_tracing_count()

    def _step(self, rows, state, seed):
        latent_seed, act_seed, noise_seed = tf.unstack(tf.random.experimental.stateless_split(seed, 3))
        model = self._world_model
        embed = model.encoder(model.preprocess.observation(rows))
        latent = model.rssm.observe_step(
            state.latent, state.action, embed, rows['is_first'], None if self._latent_mode else latent_seed
        )
        distribution = self._actor_critic.policy(latent.feat, act_seed)
        action = self._noise(self._act(distribution, act_seed), noise_seed)
        return action, PolicyState(latent, action)


def sampled(distribution, seed):
    """Training: an action drawn from the policy."""
    return distribution.sample(seed=seed)


def greedy(distribution, seed):
    """Evaluation: the mode of the policy."""
    return distribution.mode()


def discrete_noise(amount):
    """With probability `amount` a uniform action: one-hot ~ amount / A + (1 - amount) * action."""

    def noisy(action, seed):
        if not amount:
            return action
        probs = amount / action.shape[-1] + (1 - amount) * action
        return tfd.OneHotCategorical(probs=probs, dtype=tf.float32).sample(seed=seed)

    return noisy


def continuous_noise(amount):
    """Normal noise with standard deviation `amount`, clipped to [-1, 1]."""

    def noisy(action, seed):
        if not amount:
            return action
        return tf.clip_by_value(tfd.Normal(action, amount).sample(seed=seed), -1, 1)

    return noisy
