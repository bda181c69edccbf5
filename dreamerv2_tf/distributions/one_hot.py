"""Categorical variables as one-hot vectors with straight-through gradients (paper, Algorithm 1)."""

import tensorflow as tf
from tensorflow_probability import distributions as tfd


class StraightThrough(tfd.OneHotCategorical):
    """One-hot categorical whose samples pass their gradient on to the probabilities.

        sample = one_hot(draw) + (probs - stop_gradient(probs))

    The value is exactly one-hot.
    """

    def _sample_n(self, n: tf.Tensor, seed: tf.Tensor | None = None) -> tf.Tensor:
        sample = super()._sample_n(n, seed=seed)
        probs = self.probs_parameter()
        return sample + (probs - tf.stop_gradient(probs))


def one_hot_variables(logits: tf.Tensor) -> tfd.Distribution:
    """Returns S independent one-hot variables from logits, float32 [..., S, K]; samples are [..., S, K]."""
    return tfd.Independent(StraightThrough(logits, dtype=tf.float32), 1)


def one_hot_action(logits: tf.Tensor, seed: tf.Tensor | None = None) -> tfd.Distribution:
    """Returns a discrete action from logits, float32 [..., A]; samples and mode are one-hot [..., A].

    The seed is not used: it is there because every distribution of actions takes one.
    """
    return StraightThrough(logits, dtype=tf.float32)
