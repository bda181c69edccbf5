"""Several MLPs of one shape as one: every layer is one batched product."""

from collections.abc import Sequence

import keras
import tensorflow as tf

from .mlp import Shape

NORM_EPSILON = 1e-3  # as of `mlp.hidden_norm`


class Ensemble(keras.layers.Layer):
    """K independent MLPs with a linear output: [..., in] -> [K, ..., out].

    Args:
      models: K.
      layers, units, act, norm: of the hidden layers, as in configs.yaml, section expl_head.
      in_size, out_size: of a row of the input and of the output.
    """

    def __init__(
        self,
        models: int,
        layers: int,
        units: int,
        act: str,
        norm: str,
        in_size: int,
        out_size: int,
        dtype: str | None = None,
        name: str = 'ensemble',
    ):
        super().__init__(dtype=dtype, name=name)
        self._models, self._in_size = models, in_size
        self._units = [units] * layers + [out_size]
        self._act, self._has_norm = keras.activations.get(act), norm == 'layer'

    def build(self, input_shape: Shape | None = None) -> None:
        """Makes the weights; the size of the input is known."""
        self._kernels, self._biases, self._gains, self._offsets = [], [], [], []
        size = self._in_size
        for index, units in enumerate(self._units):
            self._kernels.append(self._weight('kernel', index, (size, units), _glorot_each))
            self._biases.append(self._weight('bias', index, (1, units), 'zeros'))
            if self._has_norm and index < len(self._units) - 1:
                self._gains.append(self._weight('gamma', index, (1, units), 'ones'))
                self._offsets.append(self._weight('beta', index, (1, units), 'zeros'))
            size = units

    def call(self, x: tf.Tensor) -> tf.Tensor:
        """[..., in] -> float32 [K, ..., out]."""
        rows = tf.reshape(tf.cast(x, self.compute_dtype), [1, -1, self._in_size])
        for index in range(len(self._units) - 1):
            rows = self._act(self._norm(self._product(rows, index), index))
        out = tf.cast(self._product(rows, -1), tf.float32)
        return tf.reshape(out, [self._models, *x.shape[:-1], self._units[-1]])

    def _product(self, rows: tf.Tensor, index: int) -> tf.Tensor:
        """[K or 1, N, in] -> [K, N, units] of a layer, before its activation."""
        return tf.matmul(rows, self._kernels[index]) + self._biases[index]

    def _norm(self, x: tf.Tensor, index: int) -> tf.Tensor:
        """Layer norm of [K, N, units], with a gain and an offset for each model."""
        if not self._has_norm:
            return x
        mean, variance = tf.nn.moments(tf.cast(x, tf.float32), -1, keepdims=True)
        normed = (tf.cast(x, tf.float32) - mean) * tf.math.rsqrt(variance + NORM_EPSILON)
        return tf.cast(normed, x.dtype) * self._gains[index] + self._offsets[index]

    def _weight(self, name: str, index: int, shape: tuple[int, int], initializer: object) -> keras.Variable:
        return self.add_weight(shape=(self._models, *shape), initializer=initializer, name=f'{name}{index}')


def _glorot_each(shape: Sequence[int], dtype: str | None = None) -> tf.Tensor:
    """Returns initial kernels [K, in, out]: each as that of a Dense layer, and none like another."""
    return tf.stack([keras.initializers.GlorotUniform()(shape[1:], dtype) for _ in range(shape[0])])
