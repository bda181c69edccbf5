"""KL loss between posterior and prior (paper, Algorithm 2)."""

import tensorflow as tf


def kl_loss(divergence, post, prior, balance, free, forward, free_avg):
    """KL balancing: alpha * KL(sg(post) || prior) + (1 - alpha) * KL(post || sg(prior)).

    `divergence(p, q)` gives nats [B, T] for two structures of tensors. alpha is `balance`; `free`
    nats bound each term from below, on the mean over the batch with `free_avg`, else per state.
    `forward` swaps the arguments: alpha * KL(prior || sg(post)) + (1 - alpha) * KL(sg(prior) || post).

    At a balance of exactly 0.5 it is the plain KL with its full gradient to both sides, its free
    nats per state whatever `free_avg` (release).

    Returns (loss, kl), shapes [] and [B, T].
    """
    left, right = (prior, post) if forward else (post, prior)
    kl = divergence(left, right)
    if balance == 0.5:
        return tf.reduce_mean(tf.maximum(kl, free)), kl
    to_left, to_right = divergence(left, _stopped(right)), divergence(_stopped(left), right)
    to_prior, to_post = (to_left, to_right) if forward else (to_right, to_left)
    bound = _bounded_mean if free_avg else _mean_of_bounded
    return balance * bound(to_prior, free) + (1 - balance) * bound(to_post, free), kl


def _bounded_mean(kl, free):
    return tf.maximum(tf.reduce_mean(kl), free)


def _mean_of_bounded(kl, free):
    return tf.reduce_mean(tf.maximum(kl, free))


def _stopped(structure):
    return tf.nest.map_structure(tf.stop_gradient, structure)
