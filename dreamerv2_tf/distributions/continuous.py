"""Distributions of vectors: continuous actions, Gaussian latents and predictions.

The action distributions take raw outputs `loc` and `raw_std`, float32 [..., A], and have events [A]. All of
them take a seed [2], which only those use whose mode and entropy are estimated from samples.
"""

import tensorflow as tf
from tensorflow_probability import bijectors
from tensorflow_probability import distributions as tfd


def unit_normal(mean: tf.Tensor, event_dims: int = 0) -> tfd.Distribution:
    """Returns a normal with standard deviation 1; log_prob is summed over the last `event_dims` axes."""
    return tfd.Independent(tfd.Normal(mean, 1.0), event_dims)


def gaussian(mean: tf.Tensor, std: tf.Tensor) -> tfd.Distribution:
    """Returns a diagonal Gaussian with events [S], from mean and std [..., S]."""
    return tfd.MultivariateNormalDiag(mean, std)


def sigmoid2(raw: tf.Tensor) -> tf.Tensor:
    """Returns 2 * sigmoid(raw / 2): 1 at 0 with slope 1/2, bounded by 2 (release)."""
    return 2 * tf.sigmoid(raw / 2)


class _Clipped(tfd.TruncatedNormal):
    """Truncated normal on [-1, 1] whose samples stay off the bounds, where log_prob is -inf.

    Samples are clipped to +-(1 - 1e-6) and keep the gradient of the unclipped sample. The mode is
    the location, which lies within the bounds, with its gradient.
    """

    def _sample_n(self, n: tf.Tensor, seed: tf.Tensor | None = None) -> tf.Tensor:
        sample = super()._sample_n(n, seed=seed)
        clipped = tf.clip_by_value(sample, -1 + 1e-6, 1 - 1e-6)
        return sample + tf.stop_gradient(clipped - sample)

    def _mode(self) -> tf.Tensor:
        return tf.broadcast_to(self.loc, self.batch_shape)


def trunc_normal(
    loc: tf.Tensor, raw_std: tf.Tensor, seed: tf.Tensor | None = None, *, min_std: float
) -> tfd.Distribution:
    """Returns a truncated normal on [-1, 1]: location tanh(loc), std 2 * sigmoid(raw_std / 2) + min_std.

    The entropy is analytic, summed over A (release).
    """
    return tfd.Independent(_Clipped(tf.tanh(loc), sigmoid2(raw_std) + min_std, -1.0, 1.0), 1)


def normal(loc: tf.Tensor, raw_std: tf.Tensor, seed: tf.Tensor | None = None, *, min_std: float) -> tfd.Distribution:
    """Returns a normal: mean loc, std 2 * sigmoid(raw_std / 2) + min_std.

    Differs from the release: there, raw_std itself is the standard deviation and may be negative.
    """
    return tfd.Independent(tfd.Normal(loc, sigmoid2(raw_std) + min_std), 1)


def tanh_normal(loc: tf.Tensor, raw_std: tf.Tensor, seed: tf.Tensor, *, min_std: float) -> 'Sampled':
    """Returns a normal squashed by tanh: mean 5 * tanh(loc / 5), std softplus(raw_std) + min_std.

    Mode and entropy come from 100 samples drawn with `seed` (release).
    """
    base = tfd.Normal(5 * tf.tanh(loc / 5), tf.nn.softplus(raw_std) + min_std)
    return Sampled(tfd.Independent(tfd.TransformedDistribution(base, _Tanh()), 1), seed)


class _Tanh(bijectors.Tanh):
    """Tanh whose inverse is finite where float32 has rounded an action to -1 or 1."""

    def _inverse(self, y: tf.Tensor) -> tf.Tensor:
        return tf.atanh(tf.clip_by_value(y, -0.9999999, 0.9999999))


class Sampled:
    """A distribution with events [A] whose mode and entropy are estimated from the same samples.

    Args:
      distribution: has `sample` and `log_prob`.
      seed: [2], of the samples.
      samples: how many.
    """

    def __init__(self, distribution: tfd.Distribution, seed: tf.Tensor, samples: int = 100):
        self._distribution = distribution
        self._seed = seed
        self._samples = samples

    @property
    def event_shape(self) -> tf.TensorShape:
        """[A]."""
        return self._distribution.event_shape

    def sample(self, seed: tf.Tensor) -> tf.Tensor:
        """Draws an event for each row of the batch: [..., A]."""
        return self._distribution.sample(seed=seed)

    def log_prob(self, event: tf.Tensor) -> tf.Tensor:
        """Returns the log density of events [..., A]: [...]."""
        return self._distribution.log_prob(event)

    def mode(self) -> tf.Tensor:
        """Returns the most likely of the samples, for each row of the batch: [..., A]."""
        events = self._distribution.sample(self._samples, seed=self._seed)  # [n, ..., A]
        best = tf.argmax(self._distribution.log_prob(events), 0)  # [...]
        hot = tf.one_hot(best, self._samples, axis=0)  # [n, ...]
        return tf.reduce_sum(events * hot[..., None], 0)

    def entropy(self) -> tf.Tensor:
        """Returns the mean negative log density of the samples, in nats: [...]."""
        events = self._distribution.sample(self._samples, seed=self._seed)
        return -tf.reduce_mean(self._distribution.log_prob(events), 0)
