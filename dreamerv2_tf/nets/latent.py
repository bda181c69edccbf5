"""The state of the world model: recurrent vector h (deter) and stochastic variables z (stoch)."""

from typing import NamedTuple

import tensorflow as tf

from ..distributions import continuous, one_hot


class CategoricalState(NamedTuple):
    """S categorical variables of K classes."""

    logit: tf.Tensor  # [..., S, K] float32
    stoch: tf.Tensor  # [..., S, K] one-hot sample, compute dtype
    deter: tf.Tensor  # [..., D] compute dtype

    @property
    def distribution(self):
        return one_hot.one_hot_variables(self.logit)

    @property
    def feat(self):
        """[flatten(z), h], [..., S*K + D]: the compact model state."""
        flat = tf.reshape(self.stoch, [*self.stoch.shape[:-2], -1])
        return tf.concat([flat, self.deter], -1)


class GaussianState(NamedTuple):
    """S Gaussian variables."""

    mean: tf.Tensor  # [..., S] float32
    std: tf.Tensor  # [..., S] float32
    stoch: tf.Tensor  # [..., S] sample, compute dtype
    deter: tf.Tensor  # [..., D] compute dtype

    @property
    def distribution(self):
        return continuous.gaussian(self.mean, self.std)

    @property
    def feat(self):
        """[z, h], [..., S + D]: the compact model state."""
        return tf.concat([self.stoch, self.deter], -1)


class Categorical:
    """Makes states whose z are S one-hot variables of K classes.

    `outputs` is the number of values a layer must give for one state.
    """

    def __init__(self, variables, classes, dtype):
        self.outputs = self.size = variables * classes
        self._shape = (variables, classes)
        self._dtype = dtype

    def state(self, outputs, deter, seed):
        """A state from outputs [..., S*K]; z is a sample, or the mode where seed is None."""
        logit = tf.reshape(tf.cast(outputs, tf.float32), [*outputs.shape[:-1], *self._shape])
        distribution = one_hot.one_hot_variables(logit)
        stoch = distribution.mode() if seed is None else distribution.sample(seed=seed)
        return CategoricalState(logit, tf.cast(stoch, self._dtype), deter)

    def zeros(self, batch, deter_size):
        """The state before the first row: all zeros."""
        shape = (batch, *self._shape)
        return CategoricalState(
            tf.zeros(shape), tf.zeros(shape, self._dtype), tf.zeros((batch, deter_size), self._dtype)
        )

    def flat(self, stoch):
        """[B, S, K] -> [B, S*K]."""
        return tf.reshape(stoch, [stoch.shape[0], self.size])


class Gaussian:
    """Makes states whose z are S Gaussian variables with std = std_act(raw) + min_std."""

    _STD = {'sigmoid2': continuous.sigmoid2, 'softplus': tf.nn.softplus, 'sigmoid': tf.sigmoid}

    def __init__(self, variables, std_act, min_std, dtype):
        self.size, self.outputs = variables, 2 * variables
        self._std, self._min_std = self._STD[std_act], min_std
        self._dtype = dtype

    def state(self, outputs, deter, seed):
        """A state from outputs [..., 2*S]; z is a sample, or the mean where seed is None."""
        mean, raw = tf.split(tf.cast(outputs, tf.float32), 2, -1)
        std = self._std(raw) + self._min_std
        stoch = mean if seed is None else continuous.gaussian(mean, std).sample(seed=seed)
        return GaussianState(mean, std, tf.cast(stoch, self._dtype), deter)

    def zeros(self, batch, deter_size):
        """The state before the first row: all zeros."""
        shape = (batch, self.size)
        return GaussianState(
            tf.zeros(shape), tf.zeros(shape), tf.zeros(shape, self._dtype), tf.zeros((batch, deter_size), self._dtype)
        )

    def flat(self, stoch):
        """[B, S] as it is."""
        return stoch
