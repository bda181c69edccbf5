"""KL loss between posterior and prior (paper, Algorithm 2)."""

from collections.abc import Callable
from typing import Any

import tensorflow as tf


def kl_loss(
    divergence: Callable[[Any, Any], tf.Tensor],
    post: Any,
    prior: Any,
    balance: float,
    free: float,
    forward: bool,
    free_avg: bool,
) -> tuple[tf.Tensor, tf.Tensor]:
    """KL balancing: alpha * KL(sg(post) || prior) + (1 - alpha) * KL(post || sg(prior)).

    At a balance of exactly 0.5 it is the plain KL with its full gradient to both sides, and its free
    nats are per state whatever `free_avg` is (release).

    Args:
      divergence: gives nats [B, T] for two structures of tensors, such as post and prior.
      post, prior: structures of tensors [B, T, ...].
      balance: alpha.
      free: nats that bound each term from below.
      forward: swaps the arguments: alpha * KL(prior || sg(post)) + (1 - alpha) * KL(sg(prior) || post).
      free_avg: `free` bounds the mean over the batch, not the KL of each state.

    Returns:
      (loss [], KL [B, T] in nats).
    """
    left, right = (prior, post) if forward else (post, prior)
    kl = divergence(left, right)
    if balance == 0.5:
        return tf.reduce_mean(tf.maximum(kl, free)), kl
    to_left, to_right = divergence(left, _stopped(right)), divergence(_stopped(left), right)
    to_prior, to_post = (to_left, to_right) if forward else (to_right, to_left)
    bound = _bounded_mean if free_avg else _mean_of_bounded
    return balance * bound(to_prior, free) + (1 - balance) * bound(to_post, free), kl


def _bounded_mean(kl: tf.Tensor, free: float) -> tf.Tensor:
    return tf.maximum(tf.reduce_mean(kl), free)


def _mean_of_bounded(kl: tf.Tensor, free: float) -> tf.Tensor:
    return tf.reduce_mean(tf.maximum(kl, free))


def _stopped(structure: Any) -> Any:
    return tf.nest.map_structure(tf.stop_gradient, structure)
