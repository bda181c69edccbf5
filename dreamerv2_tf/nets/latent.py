"""The state of the world model: recurrent vector h (deter) and stochastic variables z (stoch)."""

from typing import NamedTuple

import tensorflow as tf
from tensorflow_probability import distributions as tfd

from ..distributions import continuous, one_hot


class CategoricalState(NamedTuple):
    """S categorical variables of K classes."""

    logit: tf.Tensor  # [..., S, K] float32
    stoch: tf.Tensor  # [..., S, K] one-hot sample, compute dtype
    deter: tf.Tensor  # [..., D] compute dtype

    @property
    def distribution(self) -> tfd.Distribution:
        """The distribution that z was drawn from, with events [S, K]."""
        return one_hot.one_hot_variables(self.logit)

    @property
    def feat(self) -> tf.Tensor:
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
    def distribution(self) -> tfd.Distribution:
        """The distribution that z was drawn from, with events [S]."""
        return continuous.gaussian(self.mean, self.std)

    @property
    def feat(self) -> tf.Tensor:
        """[z, h], [..., S + D]: the compact model state."""
        return tf.concat([self.stoch, self.deter], -1)


ModelState = CategoricalState | GaussianState


class Categorical:
    """Makes states whose z are S one-hot variables of K classes.

    Attributes:
      size: S*K, the numbers of z.
      outputs: S*K, the numbers that a layer must give for one state.
    """

    def __init__(self, variables: int, classes: int, dtype: str):
        self.size = self.outputs = variables * classes
        self._shape = (variables, classes)
        self._dtype = dtype

    def state(self, outputs: tf.Tensor, deter: tf.Tensor, seed: tf.Tensor | None) -> CategoricalState:
        """Returns a state from outputs [..., S*K]; z is a sample, or the mode if seed is None."""
        logit = tf.reshape(tf.cast(outputs, tf.float32), [*outputs.shape[:-1], *self._shape])
        distribution = one_hot.one_hot_variables(logit)
        stoch = distribution.mode() if seed is None else distribution.sample(seed=seed)
        return CategoricalState(logit, tf.cast(stoch, self._dtype), deter)

    def zeros(self, batch: int, deter_size: int) -> CategoricalState:
        """Returns the state before the first row: zeros [batch, ...]."""
        shape = (batch, *self._shape)
        return CategoricalState(
            tf.zeros(shape), tf.zeros(shape, self._dtype), tf.zeros((batch, deter_size), self._dtype)
        )

    def flat(self, stoch: tf.Tensor) -> tf.Tensor:
        """[B, S, K] -> [B, S*K]."""
        return tf.reshape(stoch, [stoch.shape[0], self.size])


class Gaussian:
    """Makes states whose z are S Gaussian variables with std = std_act(raw) + min_std.

    Attributes:
      size: S, the numbers of z.
      outputs: 2*S, the numbers that a layer must give for one state.
    """

    _STD = {'sigmoid2': continuous.sigmoid2, 'softplus': tf.nn.softplus, 'sigmoid': tf.sigmoid}

    def __init__(self, variables: int, std_act: str, min_std: float, dtype: str):
        self.size, self.outputs = variables, 2 * variables
        self._std, self._min_std = self._STD[std_act], min_std
        self._dtype = dtype

    def state(self, outputs: tf.Tensor, deter: tf.Tensor, seed: tf.Tensor | None) -> GaussianState:
        """Returns a state from outputs [..., 2*S]; z is a sample, or the mean if seed is None."""
        mean, raw = tf.split(tf.cast(outputs, tf.float32), 2, -1)
        std = self._std(raw) + self._min_std
        stoch = mean if seed is None else continuous.gaussian(mean, std).sample(seed=seed)
        return GaussianState(mean, std, tf.cast(stoch, self._dtype), deter)

    def zeros(self, batch: int, deter_size: int) -> GaussianState:
        """Returns the state before the first row: zeros [batch, ...]."""
        shape = (batch, self.size)
        return GaussianState(
            tf.zeros(shape), tf.zeros(shape), tf.zeros(shape, self._dtype), tf.zeros((batch, deter_size), self._dtype)
        )

    def flat(self, stoch: tf.Tensor) -> tf.Tensor:
        """[B, S] -> [B, S]."""
        return stoch
