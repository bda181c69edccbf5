"""Categorical variables as one-hot vectors with straight-through gradients (paper, Algorithm 1)."""

import numpy as np
import tensorflow as tf
from tensorflow_probability import distributions as tfd

from .draws import uniform


class StraightThrough(tfd.OneHotCategorical):
    """One-hot categorical whose samples pass their gradient on to the probabilities.

        sample = one_hot(draw) + (probs - stop_gradient(probs))

    The value is exactly one-hot.
    """

    def _sample_n(self, n: int, seed: tf.Tensor) -> tf.Tensor:
        logits, probs = self.logits_parameter(), self.probs_parameter()
        sample = draw(tf.broadcast_to(logits, [n, *logits.shape]), seed)
        return sample + (probs - tf.stop_gradient(probs))


def draw(logits: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
    """Returns a one-hot class for each row of logits, float32 [..., K].

    One number u from [0, 1) decides: the class is the first one for which u < the sum of probabilities up to it. The
    draws of TensorFlow itself take a number for each class, and others when XLA compiles them.
    """
    classes = logits.shape[-1]
    odds = tf.exp(tf.stop_gradient(logits - tf.reduce_max(logits, -1, keepdims=True)))
    up_to = tf.constant(np.triu(np.ones((classes, classes), np.float32)))
    sums = tf.reshape(tf.matmul(tf.reshape(odds, [-1, classes]), up_to), logits.shape)
    below = sums <= uniform([*logits.shape[:-1], 1], seed) * sums[..., -1:]
    return tf.one_hot(tf.reduce_sum(tf.cast(below, tf.int32), -1), classes)


def one_hot_variables(logits: tf.Tensor) -> tfd.Distribution:
    """Returns S independent one-hot variables from logits, float32 [..., S, K]; samples are [..., S, K]."""
    return tfd.Independent(StraightThrough(logits, dtype=tf.float32), 1)


def one_hot_action(logits: tf.Tensor, seed: tf.Tensor | None = None) -> tfd.Distribution:
    """Returns a discrete action from logits, float32 [..., A]; samples and mode are one-hot [..., A].

    The seed is not used: it is there because every distribution of actions takes one.
    """
    return StraightThrough(logits, dtype=tf.float32)
