"""Dense layers: hidden stacks, and a layer whose input comes in parts."""

from collections.abc import Sequence

import keras
import tensorflow as tf

Shape = tuple[*tuple[int | None, ...], int]  # [..., features]; None where a size is not known beforehand


def hidden_norm(norm: str, dtype: str | None, name: str) -> keras.layers.Layer:
    """Makes the layer between a hidden layer and its activation: `layer` = LayerNorm, `none` = nothing."""
    if norm == 'layer':
        return keras.layers.LayerNormalization(epsilon=1e-3, dtype=dtype, name=name)
    return keras.layers.Identity(dtype=dtype, name=name)


class MLP(keras.layers.Layer):
    """Hidden layers, each Dense -> norm -> activation: [..., in] -> [..., units[-1]].

    Args:
      units: sizes of the layers.
      act: name of the activation.
      norm: none or layer.
    """

    def __init__(self, units: Sequence[int], act: str, norm: str, dtype: str | None = None, name: str = 'mlp'):
        super().__init__(dtype=dtype, name=name)
        self._units = tuple(units)
        self._act = keras.activations.get(act)
        self._dense = [keras.layers.Dense(size, dtype=dtype, name=f'dense{i}') for i, size in enumerate(units)]
        self._norm = [hidden_norm(norm, dtype, f'norm{i}') for i in range(len(self._units))]

    def build(self, input_shape: Shape) -> None:
        """Makes the weights for inputs [..., in]."""
        size = input_shape[-1]
        for dense, norm in zip(self._dense, self._norm):
            dense.build((None, size))
            norm.build((None, dense.units))
            size = dense.units

    def call(self, x: tf.Tensor) -> tf.Tensor:
        """[..., in] -> [..., units[-1]]."""
        for dense, norm in zip(self._dense, self._norm):
            x = self._act(norm(dense(x)))
        return x

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Returns the shape of the output; that of the input where there are no layers."""
        return (*input_shape[:-1], (input_shape[-1], *self._units)[-1])


class PartedDense(keras.layers.Layer):
    """A Dense layer on a concatenation [a, b], also with a product for each part.

        dense(a, b) = [a, b] @ kernel + bias = a @ matrix(0) + b @ matrix(1) + bias

    The product of a part that is known beforehand can be taken once, outside a loop.

    Args:
      units: size of the output.
      parts: sizes of a, b, ...
    """

    def __init__(self, units: int, parts: Sequence[int], dtype: str | None = None, name: str | None = None):
        super().__init__(dtype=dtype, name=name)
        self._units = units
        self._parts = tuple(parts)

    def build(self, input_shape: Shape | None = None) -> None:
        """Makes the weights; the sizes of the parts are known."""
        self.kernel = self.add_weight(
            shape=(sum(self._parts), self._units), initializer='glorot_uniform', name='kernel'
        )
        self.bias = self.add_weight(shape=(self._units,), initializer='zeros', name='bias')

    def call(self, *parts: tf.Tensor) -> tf.Tensor:
        """Parts [..., parts[i]] -> [..., units]."""
        x = tf.concat([tf.cast(part, self.compute_dtype) for part in parts], -1)
        return tf.matmul(x, self.kernel) + self.bias

    def matrix(self, part: int) -> tf.Tensor:
        """Returns the rows [parts[part], units] of the kernel that belong to a part, in compute dtype."""
        begin = sum(self._parts[:part])
        rows = tf.convert_to_tensor(self.kernel.value)[begin : begin + self._parts[part]]
        return tf.cast(rows, self.compute_dtype)

    def product(self, x: tf.Tensor, part: int) -> tf.Tensor:
        """Returns x @ matrix(part) + bias, for x [..., parts[part]]."""
        x = tf.cast(x, self.compute_dtype)
        return tf.tensordot(x, self.matrix(part), 1) + tf.cast(self.bias.value, self.compute_dtype)
