"""Transposed convolutions with stride 2, computed in the way that is fastest for their sizes.

All ways give the same numbers but for the order of sums.
"""

from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf

from .mlp import Shape


class TransposedConv(keras.layers.Layer):
    """Transposed convolution with stride 2 and VALID padding; kernel [h, w, out, in].

    Args:
      filters: channels of the output.
      kernel_size: h = w, or (h, w).
    """

    def __init__(
        self, filters: int, kernel_size: int | tuple[int, int], dtype: str | None = None, name: str | None = None
    ):
        super().__init__(dtype=dtype, name=name)
        self.filters = filters
        self._size = (kernel_size, kernel_size) if isinstance(kernel_size, int) else kernel_size

    def build(self, input_shape: Shape) -> None:
        """Makes the weights for inputs [N, H, W, in]."""
        self.kernel = self.add_weight(
            shape=(*self._size, self.filters, input_shape[-1]), initializer='glorot_uniform', name='kernel'
        )
        self.bias = self.add_weight(shape=(self.filters,), initializer='zeros', name='bias')

    def call(self, x: tf.Tensor) -> tf.Tensor:
        """[N, H, W, in] -> [N, 2*(H-1) + h, 2*(W-1) + w, out]."""
        return transposed(x, tf.convert_to_tensor(self.kernel)) + self.bias


def transposed(x: tf.Tensor, kernel: tf.Tensor) -> tf.Tensor:
    """Convolves [N, H, W, in] -> [N, 2*(H-1) + h, 2*(W-1) + w, out] with a kernel [h, w, out, in]."""
    if x.shape[1:3] == (1, 1):
        return _of_one_pixel(x, kernel)
    size = kernel.shape[:2]
    if size[0] % 2 == size[1] % 2 == 0:
        return _in_subpixels(x, kernel)
    height, width = (2 * (n - 1) + k for n, k in zip(x.shape[1:3], size))
    return tf.nn.conv2d_transpose(x, kernel, [tf.shape(x)[0], height, width, kernel.shape[2]], 2, 'VALID')


def _of_one_pixel(x: tf.Tensor, kernel: tf.Tensor) -> tf.Tensor:
    """A map of 1 x 1: one matrix product, several times faster backwards."""
    flat = tf.reshape(kernel, [-1, x.shape[-1]])
    y = tf.matmul(tf.reshape(x, [-1, x.shape[-1]]), flat, transpose_b=True)
    return tf.reshape(y, [-1, *kernel.shape[:3]])


@tf.custom_gradient
def _in_subpixels(x: tf.Tensor, kernel: tf.Tensor) -> tuple[tf.Tensor, Callable[..., Any]]:
    """For even kernels: a convolution with stride 1 that gives the 2 x 2 pixels of each place.

        y[2u + p] = sum over t of x[u - t] * kernel[2t + p],   p = 0, 1, t = 0 .. k/2 - 1

    in both directions of the image. Forwards this is several times faster where the output has few
    channels; backwards the two usual convolutions are.
    """
    count, channels = tf.shape(x)[0], kernel.shape[2]
    rows, columns = (k // 2 for k in kernel.shape[:2])
    split = tf.reshape(kernel, [rows, 2, columns, 2, channels, x.shape[-1]])  # [t, p, s, q, out, in]
    taps = tf.reverse(tf.transpose(split, [0, 2, 5, 1, 3, 4]), [0, 1])  # [t, s, in, p, q, out]
    padding = [[0, 0], [rows - 1, rows - 1], [columns - 1, columns - 1], [0, 0]]
    y = tf.nn.conv2d(tf.pad(x, padding), tf.reshape(taps, [rows, columns, x.shape[-1], -1]), 1, 'VALID')
    height, width = y.shape[1:3]
    y = tf.transpose(tf.reshape(y, [-1, height, width, 2, 2, channels]), [0, 1, 3, 2, 4, 5])

    def gradient(dy: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        return tf.nn.conv2d(dy, kernel, 2, 'VALID'), tf.raw_ops.Conv2DBackpropFilter(
            input=dy, filter_sizes=kernel.shape, out_backprop=x, strides=[1, 2, 2, 1], padding='VALID'
        )

    return tf.reshape(y, [count, 2 * height, 2 * width, channels]), gradient
