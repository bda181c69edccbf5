"""The recurrent cell of the world model: a GRU with LayerNorm on its gates (release)."""

import keras
import tensorflow as tf

from .mlp import Shape, hidden_norm


class GRUCell(keras.layers.Layer):
    """One step of the recurrence, h' = update * cand + (1 - update) * h.

        parts = LayerNorm([x, h] @ kernel + bias), split into reset, cand, update
        reset = sigmoid(reset);  cand = tanh(reset * cand);  update = sigmoid(update - 1)

    This is not the usual GRU: one LayerNorm spans all 3D gates, the reset gate multiplies the
    candidate, and the update gate starts nearly closed. LayerNorm and gates are float32.

    Args:
      units: D, size of h.
      norm: False drops the LayerNorm (paper, Table 2, "No Layer Norm").
    """

    def __init__(self, units: int, norm: bool = True, dtype: str | None = None, name: str = 'gru'):
        super().__init__(dtype=dtype, name=name)
        self._units = units
        self.norm = hidden_norm('layer' if norm else 'none', 'float32', 'norm')

    def build(self, x_shape: Shape, h_shape: Shape | None = None) -> None:
        """Makes the weights for inputs x [B, X]."""
        self.kernel = self.add_weight(
            shape=(x_shape[-1] + self._units, 3 * self._units), initializer='glorot_uniform', name='kernel'
        )
        self.bias = self.add_weight(shape=(3 * self._units,), initializer='zeros', name='bias')
        self.norm.build((None, 3 * self._units))

    def call(self, x: tf.Tensor, h: tf.Tensor) -> tf.Tensor:
        """(x [B, X], h [B, D]) -> h' [B, D]."""
        gates = tf.matmul(tf.concat([x, h], -1), self.kernel) + self.bias
        gates = self.norm(tf.cast(gates, tf.float32))
        reset, cand, update = tf.split(gates, 3, -1)
        cand = tf.tanh(tf.sigmoid(reset) * cand)
        update = tf.sigmoid(update - 1)
        h = tf.cast(h, tf.float32)
        return tf.cast(update * cand + (1 - update) * h, self.compute_dtype)
