"""Rollouts of the policy inside the world model (paper, section 2.2)."""

from typing import NamedTuple

import tensorflow as tf


class Trajectory(NamedTuple):
    """N imagined rollouts; index 0 is a replayed state, action[t] led to feat[t]."""
    feat: tf.Tensor  # [H+1, N, F]
    action: tf.Tensor  # [H+1, N, A], zeros at index 0


class _Step(NamedTuple):
    state: NamedTuple  # [N, ...]
    action: tf.Tensor  # [N, A]


def start_states(post):
    """Every posterior [B, T, ...] as the start of a rollout: [N, ...] with n = b*T + t, stopped."""
    def flatten(x):
        return tf.stop_gradient(tf.reshape(x, [x.shape[0] * x.shape[1], *x.shape[2:]]))
    return tf.nest.map_structure(flatten, post)


def imagine(rssm, policy, start, horizon, seed):
    """Rolls out `horizon` steps with sampled actions and sampled prior states.

        index   0        1                      2
        action  0        a_1 ~ policy(s_0)      a_2 ~ policy(s_1)
        state   start    s_1 = next(s_0, a_1)   s_2 = next(s_1, a_2)

    Args:
      rssm: an `RSSM`.
      policy: feat [N, F] and seed -> distribution of actions. It gets stopped features.
      start: states [N, ...].
      seed: [2].
    """
    def step(previous, seed):
        act_seed, next_seed = tf.unstack(tf.random.experimental.stateless_split(seed, 2))
        feat = tf.stop_gradient(previous.state.feat)
        action = policy(feat, act_seed).sample(seed=act_seed)
        return _Step(rssm.imagine_step(previous.state, action, next_seed), action)

    size = policy(start.feat, seed).event_shape[0]
    first = _Step(start, tf.zeros([start.deter.shape[0], size]))
    seeds = tf.random.experimental.stateless_split(seed, horizon)
    rest = tf.scan(step, seeds, first)
    feat, action = (tf.concat([a[None], b], 0) for a, b in (
        (start.feat, rest.state.feat), (first.action, rest.action)))
    return Trajectory(feat, action)
