"""Predictions from model states: numbers and actions."""

from collections.abc import Mapping

import keras
import tensorflow as tf

from .mlp import MLP, Shape


class Head(keras.layers.Layer):
    """An MLP with linear outputs.

    Args:
      layers, units, act, norm: of the MLP, as in configs.yaml, section reward_head.
      outputs: {name: size}, such as {'out': A, 'std': A}.
      feat_size: F.
    """

    def __init__(
        self,
        layers: int,
        units: int,
        act: str,
        norm: str,
        outputs: Mapping[str, int],
        feat_size: int,
        dtype: str | None = None,
        name: str | None = None,
    ):
        super().__init__(dtype=dtype, name=name)
        self._feat_size = feat_size
        self._mlp = MLP([units] * layers, act, norm, dtype)
        self._outs = [keras.layers.Dense(size, dtype=dtype, name=key) for key, size in outputs.items()]

    def build(self, input_shape: Shape | None = None) -> None:
        """Makes the weights; the size of the input is known."""
        shape = (None, self._feat_size)
        self._mlp.build(shape)
        for out in self._outs:
            out.build(self._mlp.compute_output_shape(shape))

    def call(self, feat: tf.Tensor) -> tuple[tf.Tensor, ...]:
        """Feat [..., F] -> float32 [..., size], one per output."""
        x = self._mlp(feat)
        return tuple(tf.cast(out(x), tf.float32) for out in self._outs)


class ScalarHead(Head):
    """A head with one number per state."""

    def __init__(
        self,
        layers: int,
        units: int,
        act: str,
        norm: str,
        feat_size: int,
        dtype: str | None = None,
        name: str | None = None,
    ):
        super().__init__(layers, units, act, norm, {'out': 1}, feat_size, dtype, name)

    def call(self, feat: tf.Tensor) -> tf.Tensor:
        """Feat [..., F] -> float32 [...]."""
        return super().call(feat)[0][..., 0]
