"""Rollouts of the policy inside the world model (paper, section 2.2)."""

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

import tensorflow as tf
from tensorflow_probability import distributions as tfd

from ..distributions.draws import split
from ..nets.latent import ModelState
from ..nets.rssm import RSSM

PolicyOf = Callable[[tf.Tensor, tf.Tensor], tfd.Distribution]  # feat [N, F] and seed [2] -> actions
State = TypeVar('State')
Structure = TypeVar('Structure', bound=tuple[Any, ...])


class Trajectory(NamedTuple):
    """N imagined rollouts; index 0 is a replayed state, action[t] led to feat[t]."""

    feat: tf.Tensor  # [H+1, N, F]
    action: tf.Tensor  # [H+1, N, A], zeros at index 0


class Rollout(NamedTuple):
    """N imagined rollouts with the whole state; index 0 is where they start, action[t] led to state[t]."""

    state: ModelState  # [H+1, N, ...]
    action: tf.Tensor  # [H+1, N, A], zeros at index 0


def start_states(post: State) -> State:
    """Returns every posterior [B, T, ...] as the start of a rollout: [N, ...] with n = b*T + t, stopped."""

    def flatten(x: tf.Tensor) -> tf.Tensor:
        return tf.stop_gradient(tf.reshape(x, [x.shape[0] * x.shape[1], *x.shape[2:]]))

    start: State = tf.nest.map_structure(flatten, post)
    return start


def imagine(rssm: RSSM, policy: PolicyOf, start: ModelState, horizon: int, seed: tf.Tensor) -> Trajectory:
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
    first, rest = _roll_out(rssm, policy, start, horizon, seed)
    return Trajectory(*_preceded((first.state.feat, first.action), (rest.state.feat, rest.action)))


def imagine_states(rssm: RSSM, policy: PolicyOf, start: ModelState, horizon: int, seed: tf.Tensor) -> Rollout:
    """Rolls out as `imagine` does, and returns the whole states."""
    return _preceded(*_roll_out(rssm, policy, start, horizon, seed))


def follow(rssm: RSSM, start: ModelState, actions: tf.Tensor, seed: tf.Tensor) -> Rollout:
    """Returns the `Rollout` of given actions [H, N, A] from states [N, ...]; indices as of `imagine`."""

    def step(previous: Rollout, row: tuple[tf.Tensor, tf.Tensor]) -> Rollout:
        action, seed = row
        return Rollout(rssm.imagine_step(previous.state, action, seed), action)

    first = Rollout(start, tf.zeros_like(actions[0]))
    seeds = split(seed, actions.shape[0])
    rest: Rollout = tf.scan(step, (actions, seeds), first)
    return _preceded(first, rest)


def _roll_out(
    rssm: RSSM, policy: PolicyOf, start: ModelState, horizon: int, seed: tf.Tensor
) -> tuple[Rollout, Rollout]:
    """Returns the `Rollout` of index 0, [N, ...], and of the others, [H, N, ...]."""

    def step(previous: Rollout, seed: tf.Tensor) -> Rollout:
        act_seed, next_seed = tf.unstack(split(seed, 2))
        feat = tf.stop_gradient(previous.state.feat)
        action = policy(feat, act_seed).sample(seed=act_seed)
        return Rollout(rssm.imagine_step(previous.state, action, next_seed), action)

    size = policy(start.feat, seed).event_shape[0]
    first = Rollout(start, tf.zeros([start.deter.shape[0], size]))
    return first, tf.scan(step, split(seed, horizon), first)


def _preceded(first: Structure, rest: Structure) -> Structure:
    """Returns structures [N, ...] and [H, N, ...] as one of [H+1, N, ...]."""
    whole: Structure = tf.nest.map_structure(lambda a, b: tf.concat([a[None], b], 0), first, rest)
    return whole
