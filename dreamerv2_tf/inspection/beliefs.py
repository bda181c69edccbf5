"""What a world model and an actor believe: states and predictions as NumPy arrays, float32.

States are the `CategoricalState` and `GaussianState` of nets/latent.py, in either case NamedTuples:

    logit [..., S, K], stoch [..., S, K] one-hot, deter [..., D]         S variables of K classes
    mean [..., S], std [..., S], stoch [..., S], deter [..., D]          S Gaussian variables

An episode of 27,000 rows has states of about half a GB at the sizes of the paper. It is looked at part by
part, so that little more is needed.
"""

from typing import NamedTuple

import numpy as np
import tensorflow as tf

from ..agent import imagination
from ..seeding import tensor_seed
from . import latents

PART_ROWS = 128  # that are computed at once


class Observed(NamedTuple):
    """What a model makes of an episode of L+1 rows."""

    post: NamedTuple  # states [L+1, ...] that know the row's observation
    prior: NamedTuple  # states [L+1, ...] that know the row before and the action
    kl: np.ndarray  # [L+1, S] KL(post || prior) of each variable, nats
    post_entropy: np.ndarray  # [L+1, S] nats
    prior_entropy: np.ndarray  # [L+1, S] nats

    def at(self, rows):
        """The posteriors [N, ...] of row numbers [N], or of one: where rollouts may start."""
        return take(self.post, np.atleast_1d(rows))


class Rollouts(NamedTuple):
    """N imagined rollouts of H steps; index 0 is where they start."""

    state: NamedTuple  # states [H+1, N, ...]
    action: np.ndarray  # [H+1, N, A]; action[t] led to state t; zeros at index 0


class Predictions(NamedTuple):
    """What is predicted from states [...]."""

    reward: np.ndarray  # [...] that came with the state; transformed as the run's `clip_rewards` says (Atari: tanh)
    discount: np.ndarray  # [...] weight of what follows the state: gamma times the probability that it goes on
    value: np.ndarray  # [...] of the critic: the discounted sum of such rewards, that of the state included
    entropy: np.ndarray  # [...] of the policy in that state, nats


def take(states, index):
    """Some of many states [..., S, K], by an index of their leading axes, such as 3, [0, 40] or np.s_[1:, None]."""
    return tf.nest.map_structure(lambda x: x[index], states)


class Beliefs:
    """Asks a world model and an actor.

    Args:
      world_model: a `WorldModel`.
      actor_critic: an `ActorCritic`.
      observation: {key: `Spec`} of the environment.
    """

    def __init__(self, world_model, actor_critic, observation):
        self._model, self._actor_critic = world_model, actor_critic
        self._pictures = [key for key in world_model.preprocess.keys if observation[key].dtype == np.uint8]
        self._observe_part = tf.function(self._observe)

    def observe(self, episode, seed):
        """`Observed` of {key: [L+1, ...]}; where is_first is true, what was before is forgotten.

        Latents are drawn from (seed, row), whatever comes later.
        """
        keys = [*self._model.preprocess.keys, 'action', 'is_first']
        before = self._model.rssm.initial(1)

        def part(start, stop):
            nonlocal before
            picked = np.minimum(np.arange(start, start + PART_ROWS), stop - 1)  # the last row fills up
            rows = {key: tf.constant(np.asarray(episode[key][start:stop])[picked - start][None]) for key in keys}
            post, prior = self._observe_part(rows, before, tensor_seed(seed, 'observe', start))
            before = take(post, np.s_[:, -1])
            post, prior = tf.nest.map_structure(_array, take((post, prior), np.s_[0, : stop - start]))
            return Observed(post, prior, latents.divergence(post, prior), latents.entropy(post), latents.entropy(prior))

        return _in_parts(part, len(episode['action']))

    def imagine(self, start, horizon, seed):
        """`Rollouts` of the actor, with drawn actions, from states [N, ...]."""
        policy = self._actor_critic.policy
        seed = tensor_seed(seed, 'imagine')
        return _rollouts(imagination.imagine_states(self._model.rssm, policy, self._tensors(start), horizon, seed))

    def follow(self, start, actions, seed):
        """`Rollouts` of given actions [H, N, A] from states [N, ...]."""
        start, actions = self._tensors(start), tf.constant(actions, self._model.rssm.compute_dtype)
        return _rollouts(imagination.follow(self._model.rssm, start, actions, tensor_seed(seed, 'imagine')))

    def predict(self, state, seed):
        """`Predictions` from states [...]."""
        seed = tensor_seed(seed, 'predict')  # of entropies that have to be sampled

        def predict(feat):
            policy = self._actor_critic.policy(feat, seed)
            return Predictions(
                self._model.predicted_reward(feat),
                self._model.predicted_discount(feat),
                self._actor_critic.critic(feat),
                policy.entropy(),
            )

        return self._from_states(predict, state)

    def decode(self, state):
        """{observation: [..., *shape]} that states [...] stand for; pictures from 0 to 1."""
        decoded = self._from_states(self._model.decoder, state)
        return {
            key: np.clip(self._in_scale(key, x), 0, 1) if key in self._pictures else x for key, x in decoded.items()
        }

    def seen(self, rows):
        """{observation: [..., *shape]} of rows {key: [..., *shape]}, to be compared with what `decode` gives."""
        decoder = self._model.decoder
        seen = self._model.preprocess.observation({key: tf.constant(rows[key]) for key in rows})
        return {key: self._in_scale(key, seen[key].numpy()) for key in (*decoder.cnn_keys, *decoder.mlp_keys)}

    def _in_scale(self, key, x):
        return x + np.float32(0.5) if key in self._pictures else x

    def _observe(self, rows, before, seed):
        embed = self._model.encoder(self._model.preprocess.observation(rows))
        return self._model.rssm.observe(embed, rows['action'], rows['is_first'], seed, before)

    def _from_states(self, function, state):
        """A function of features [n, F] for states [...], whatever their leading axes."""
        leading = state.deter.shape[:-1]
        flat = tf.nest.map_structure(lambda x: np.reshape(x, [-1, *x.shape[len(leading) :]]), state)

        def part(start, stop):
            feat = self._tensors(take(flat, np.s_[start:stop])).feat
            return tf.nest.map_structure(_array, function(feat))

        joined = _in_parts(part, len(flat.deter))
        return tf.nest.map_structure(lambda x: x.reshape([*leading, *x.shape[1:]]), joined)

    def _tensors(self, state):
        """A state as the model takes it."""
        dtype = self._model.rssm.compute_dtype
        state = tf.nest.map_structure(tf.convert_to_tensor, state)
        return state._replace(stoch=tf.cast(state.stoch, dtype), deter=tf.cast(state.deter, dtype))


def _rollouts(rollout):
    return Rollouts(*tf.nest.map_structure(_array, tuple(rollout)))


def _array(tensor):
    return tf.cast(tensor, tf.float32).numpy()


def _in_parts(function, rows):
    """What function(start, stop) gives for parts of so many rows, structures [stop - start, ...], as one."""
    whole = None
    for start in range(0, rows, PART_ROWS):
        stop = min(start + PART_ROWS, rows)
        part = function(start, stop)
        if whole is None:
            whole = tf.nest.map_structure(lambda x: np.empty((rows, *x.shape[1:]), np.float32), part)
        for into, values in zip(tf.nest.flatten(whole), tf.nest.flatten(part)):
            into[start:stop] = values
    return whole
