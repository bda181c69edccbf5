"""The recurrent cell of the world model: a GRU with LayerNorm on its gates (release)."""

import keras
import tensorflow as tf


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

    def __init__(self, units, norm=True, dtype=None, name='gru'):
        super().__init__(dtype=dtype, name=name)
        self._units = units
        self.norm = (keras.layers.LayerNormalization if norm else keras.layers.Identity)(
            dtype='float32', name='norm', **({'epsilon': 1e-3} if norm else {})
        )

    def build(self, x_shape, h_shape=None):
        self.kernel = self.add_weight(
            shape=(x_shape[-1] + self._units, 3 * self._units), initializer='glorot_uniform', name='kernel'
        )
        self.bias = self.add_weight(shape=(3 * self._units,), initializer='zeros', name='bias')
        self.norm.build((None, 3 * self._units))

    def call(self, x, h):
        """x [B, X], h [B, D] -> h' [B, D]."""
        gates = tf.matmul(tf.concat([x, h], -1), self.kernel) + self.bias
        gates = self.norm(tf.cast(gates, tf.float32))
        reset, cand, update = tf.split(gates, 3, -1)
        cand = tf.tanh(tf.sigmoid(reset) * cand)
        update = tf.sigmoid(update - 1)
        h = tf.cast(h, tf.float32)
        return tf.cast(update * cand + (1 - update) * h, self.compute_dtype)
