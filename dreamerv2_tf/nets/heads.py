"""Predictions from model states: numbers and actions."""

import keras
import tensorflow as tf

from .mlp import MLP


class Head(keras.layers.Layer):
    """An MLP with linear outputs: feat [..., F] -> tuple of float32 [..., size], one per output.

    Args:
      layers, units, act, norm: see configs.yaml, e.g. section reward_head.
      outputs: {name: size}, such as {'out': A, 'std': A}.
      feat_size: F.
    """

    def __init__(self, layers, units, act, norm, outputs, feat_size, dtype=None, name=None):
        super().__init__(dtype=dtype, name=name)
        self._feat_size = feat_size
        self._mlp = MLP([units] * layers, act, norm, dtype)
        self._outs = [keras.layers.Dense(size, dtype=dtype, name=key) for key, size in outputs.items()]

    def build(self, input_shape=None):
        shape = (None, self._feat_size)
        self._mlp.build(shape)
        for out in self._outs:
            out.build(self._mlp.compute_output_shape(shape))

    def call(self, feat):
        x = self._mlp(feat)
        return tuple(tf.cast(out(x), tf.float32) for out in self._outs)


class ScalarHead(Head):
    """A head with one number per state: feat [..., F] -> float32 [...]."""

    def __init__(self, layers, units, act, norm, feat_size, dtype=None, name=None):
        super().__init__(layers, units, act, norm, {'out': 1}, feat_size, dtype, name)

    def call(self, feat):
        return super().call(feat)[0][..., 0]
