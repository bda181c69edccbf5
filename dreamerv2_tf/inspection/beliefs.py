"""Beliefs of a world model and an actor: states and predictions as NumPy arrays, float32.

States are the `CategoricalState` and `GaussianState` of nets/latent.py, with arrays as fields:

    logit [..., S, K], stoch [..., S, K] one-hot, deter [..., D]         S variables of K classes
    mean [..., S], std [..., S], stoch [..., S], deter [..., D]          S Gaussian variables

An episode of 27,000 rows has states of about half a GB at the sizes of the paper. It is computed part by
part, so that little more memory is needed.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, TypeVar

import numpy as np
import tensorflow as tf

from ..agent import imagination
from ..agent.actor_critic import ActorCritic
from ..agent.world_model import WorldModel
from ..nets.latent import ModelState
from ..recordings.episodes import Episode
from ..seeding import tensor_seed
from ..spec import Spec
from . import latents

PART_ROWS = 128  # that are computed at once

Rows = Mapping[str, np.ndarray] | Episode  # {key: [..., *shape]}
Structure = TypeVar('Structure')  # arrays, NamedTuples and dicts of them


class Observed(NamedTuple):
    """Beliefs about an episode of L+1 rows."""

    post: ModelState  # states [L+1, ...] that know the row's observation
    prior: ModelState  # states [L+1, ...] that know the row before and the action
    kl: np.ndarray  # [L+1, S] KL(post || prior) of each variable, nats
    post_entropy: np.ndarray  # [L+1, S] nats
    prior_entropy: np.ndarray  # [L+1, S] nats

    def at(self, rows: int | Sequence[int] | np.ndarray) -> ModelState:
        """Returns the posteriors [N, ...] of row numbers [N], or of one: where rollouts may start."""
        return take(self.post, np.atleast_1d(rows))


class Rollouts(NamedTuple):
    """N imagined rollouts of H steps; index 0 is where they start."""

    state: ModelState  # states [H+1, N, ...]
    action: np.ndarray  # [H+1, N, A]; action[t] led to state t; zeros at index 0


class Predictions(NamedTuple):
    """Predictions from states [...]."""

    reward: np.ndarray  # [...] that came with the state; transformed by the run's `clip_rewards` (Atari: tanh)
    discount: np.ndarray  # [...] weight of what follows the state: gamma times the probability that it goes on
    value: np.ndarray  # [...] of the critic: the discounted sum of such rewards, that of the state included
    entropy: np.ndarray  # [...] of the policy in that state, nats


def take(states: Structure, index: object) -> Structure:
    """Returns some of many states [..., S, K], by a NumPy index of their leading axes, such as np.s_[1:, None]."""
    chosen: Structure = tf.nest.map_structure(lambda x: x[index], states)
    return chosen


class Beliefs:
    """Computes the beliefs of a world model and an actor.

    Args:
      world_model: a `WorldModel`.
      actor_critic: an `ActorCritic`.
      observation: {key: `Spec`} of the environment.
    """

    def __init__(self, world_model: WorldModel, actor_critic: ActorCritic, observation: Mapping[str, Spec]) -> None:
        self._model, self._actor_critic = world_model, actor_critic
        self._image_keys = [key for key in world_model.preprocess.keys if observation[key].dtype == np.uint8]
        self._observe_part = tf.function(self._observe)

    def observe(self, episode: Rows, seed: int) -> Observed:
        """Returns `Observed` of {key: [L+1, ...]}; where is_first is true, earlier rows are forgotten.

        The latents of a row are drawn from (seed, row) and do not depend on later rows.
        """
        keys = [*self._model.preprocess.keys, 'action', 'is_first']
        before = self._model.rssm.initial(1)

        def part(start: int, stop: int) -> Observed:
            nonlocal before
            picked = np.minimum(np.arange(start, start + PART_ROWS), stop - 1)  # the last row fills up
            rows = {key: tf.constant(np.asarray(episode[key][start:stop])[picked - start][None]) for key in keys}
            post, prior = self._observe_part(rows, before, tensor_seed(seed, 'observe', start))
            before = take(post, np.s_[:, -1])
            post, prior = tf.nest.map_structure(_array, take((post, prior), np.s_[0, : stop - start]))
            return Observed(post, prior, latents.divergence(post, prior), latents.entropy(post), latents.entropy(prior))

        return _in_parts(part, len(episode['action']))

    def imagine(self, start: ModelState, horizon: int, seed: int) -> Rollouts:
        """Returns `Rollouts` of `horizon` steps of the actor, with drawn actions, from states [N, ...]."""
        rssm, policy, seeds = self._model.rssm, self._actor_critic.policy, tensor_seed(seed, 'imagine')
        return _rollouts(imagination.imagine_states(rssm, policy, rssm.as_tensors(start), horizon, seeds))

    def follow(self, start: ModelState, actions: np.ndarray, seed: int) -> Rollouts:
        """Returns `Rollouts` of given actions [H, N, A] from states [N, ...]."""
        start, actions = self._model.rssm.as_tensors(start), tf.constant(actions, self._model.rssm.compute_dtype)
        return _rollouts(imagination.follow(self._model.rssm, start, actions, tensor_seed(seed, 'imagine')))

    def predict(self, state: ModelState, seed: int) -> Predictions:
        """Returns `Predictions` from states [...]. The seed is of entropies that have to be sampled."""
        seeds = tensor_seed(seed, 'predict')

        def predict(feat: tf.Tensor) -> Predictions:
            policy = self._actor_critic.policy(feat, seeds)
            return Predictions(
                self._model.predicted_reward(feat),
                self._model.predicted_discount(feat),
                self._actor_critic.critic(feat),
                policy.entropy(),
            )

        return self._from_states(predict, state)

    def decode(self, state: ModelState) -> dict[str, np.ndarray]:
        """Returns {observation: [..., *shape]}, decoded from states [...]; images from 0 to 1."""
        decoded = self._from_states(self._model.decoder, state)
        return {
            key: np.clip(self._from_0_to_1(key, x), 0, 1) if key in self._image_keys else x
            for key, x in decoded.items()
        }

    def seen(self, rows: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Returns {observation: [..., *shape]} of rows {key: [..., *shape]}, in the scale of `decode`."""
        decoder = self._model.decoder
        seen = self._model.preprocess.observation({key: tf.constant(rows[key]) for key in rows})
        return {key: self._from_0_to_1(key, seen[key].numpy()) for key in (*decoder.cnn_keys, *decoder.mlp_keys)}

    def _from_0_to_1(self, key: str, x: np.ndarray) -> np.ndarray:
        """Returns images from -0.5 to 0.5 as images from 0 to 1, other observations as they are."""
        return x + np.float32(0.5) if key in self._image_keys else x

    def _observe(
        self, rows: Mapping[str, tf.Tensor], before: ModelState, seed: tf.Tensor
    ) -> tuple[ModelState, ModelState]:
        embed = self._model.encoder(self._model.preprocess.observation(rows))
        return self._model.rssm.observe(embed, rows['action'], rows['is_first'], seed, before)

    def _from_states(self, function: Callable[[tf.Tensor], Structure], state: ModelState) -> Structure:
        """Returns a function of features [n, F] for states [...], whatever their leading axes."""
        leading = state.deter.shape[:-1]
        flat = tf.nest.map_structure(lambda x: np.reshape(x, [-1, *x.shape[len(leading) :]]), state)

        def part(start: int, stop: int) -> Structure:
            feat = self._model.rssm.as_tensors(take(flat, np.s_[start:stop])).feat
            arrays: Structure = tf.nest.map_structure(_array, function(feat))
            return arrays

        joined = _in_parts(part, len(flat.deter))
        shaped: Structure = tf.nest.map_structure(lambda x: x.reshape([*leading, *x.shape[1:]]), joined)
        return shaped


def _rollouts(rollout: imagination.Rollout) -> Rollouts:
    return Rollouts(*tf.nest.map_structure(_array, tuple(rollout)))


def _array(tensor: tf.Tensor) -> np.ndarray:
    array: np.ndarray = tf.cast(tensor, tf.float32).numpy()
    return array


def _in_parts(function: Callable[[int, int], Structure], rows: int) -> Structure:
    """Calls function(start, stop) for parts of the rows and joins its structures [stop - start, ...] into one."""
    part = function(0, min(PART_ROWS, rows))
    whole: Structure = tf.nest.map_structure(lambda x: np.empty((rows, *x.shape[1:]), np.float32), part)
    for start in range(0, rows, PART_ROWS):
        stop = min(start + PART_ROWS, rows)
        part = function(start, stop) if start else part
        for into, values in zip(tf.nest.flatten(whole), tf.nest.flatten(part)):
            into[start:stop] = values
    return whole
