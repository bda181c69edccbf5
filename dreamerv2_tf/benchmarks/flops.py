"""What an update has to compute, and how long this machine takes for the products and convolutions alone."""

import math
import time
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from ..nets import conv

TIMED_CALLS = 5
STRIDES = [1, 2, 2, 1]
Size = tuple[int, int]  # height, width


class Product(NamedTuple):
    """Matrix products of a layer: rows [m, k] with a kernel [k, n]."""

    rows: int
    inputs: int
    outputs: int
    times: int  # in one update
    passes: int  # 1 = forwards, 2 = and the kernel's gradient, 3 = and the input's

    @property
    def flops(self) -> int:
        """Floating point operations of one pass."""
        return 2 * self.rows * self.inputs * self.outputs

    def calls(self) -> list[Callable[[], tf.Tensor]]:
        """Returns functions without arguments, one for each pass."""
        x, kernel, dy = map(_random, ((self.rows, self.inputs), (self.inputs, self.outputs), (self.rows, self.outputs)))
        calls = [
            lambda: tf.matmul(x, kernel),
            lambda: tf.matmul(x, dy, transpose_a=True),
            lambda: tf.matmul(dy, kernel, transpose_b=True),
        ]
        return calls[: self.passes]


class Convolution(NamedTuple):
    """Convolutions with stride 2 of images [images, *size, channels], or their transposes.

    In a transpose the smaller image is the input.
    """

    images: int
    size: Size  # of the larger image
    kernel: tuple[int, ...]  # [h, w, channels of the larger image, channels of the smaller one]
    is_first: bool = False  # the larger image is an observation, which needs no gradient
    is_transposed: bool = False
    times: int = 1

    @property
    def small_size(self) -> Size:
        """Height and width of the smaller image."""
        return _smaller(self.size, self.kernel)

    @property
    def passes(self) -> int:
        """Forwards, the kernel's gradient, and the image's unless it is an observation."""
        return 2 if self.is_first else 3

    @property
    def flops(self) -> int:
        """Floating point operations of one pass."""
        return 2 * self.images * int(np.prod(self.small_size)) * int(np.prod(self.kernel))

    def calls(self) -> list[Callable[[], tf.Tensor]]:
        """Returns functions without arguments, one for each pass."""
        large = (self.images, *self.size, self.kernel[2])
        x, y = _random(large), _random((self.images, *self.small_size, self.kernel[3]))
        kernel = _random(self.kernel)
        calls = [
            lambda: tf.nn.conv2d(x, kernel, 2, 'VALID'),
            lambda: tf.raw_ops.Conv2DBackpropFilter(
                input=x, filter_sizes=self.kernel, out_backprop=y, strides=STRIDES, padding='VALID'
            ),
            (lambda: conv.transposed(y, kernel))
            if self.is_transposed
            else lambda: tf.nn.conv2d_transpose(y, kernel, large, 2, 'VALID'),
        ]
        return calls[: self.passes]


Layer = Product | Convolution


def layers_of_update(
    weights: Mapping[str, tf.Variable], batch: int, length: int, horizon: int, image_sizes: Mapping[str, Size]
) -> list[Layer]:
    """Returns the products and convolutions of an update with discrete actions, from the shapes of all layers.

    Only the posterior and the recurrence go step by step; with discrete actions rollouts need no gradient.

    Args:
      weights: {name: variable}, see `Learner.weights`.
      batch: B.
      length: T.
      horizon: H.
      image_sizes: {'encoder' | 'decoder': (height, width)} of the images that they convolve, where there are any.
    """
    states = batch * length
    kernels = {name: tuple(variable.shape) for name, variable in weights.items() if '/kernel' in name}
    convolved = {part: _image_kernels(kernels, part) for part in image_sizes}
    layers: list[Layer] = []
    if 'encoder' in image_sizes:
        layers += _encoder_convolutions(convolved['encoder'], image_sizes['encoder'], states)
    if 'decoder' in image_sizes:
        layers += _decoder_convolutions(convolved['decoder'], image_sizes['decoder'], states)
    for name, shape in kernels.items():
        part = name.split('/')[0]
        if len(shape) == 4:
            continue
        if part == 'rssm':
            deter = kernels['rssm/gru/kernel'][1] // 3
            layers += _rssm_products(name, shape, deter, batch, length, horizon)
        else:
            counts = _head_counts(name, part.removeprefix('expl_'), states, horizon)
            *members, inputs, outputs = shape
            repeated = math.prod(members)
            layers += [Product(rows, inputs, outputs, times * repeated, passes) for rows, times, passes in counts]
    return layers


def total_flops(layers: Sequence[Layer]) -> int:
    """Returns the floating point operations of one update."""
    return sum(layer.flops * layer.times * layer.passes for layer in layers)


def total_seconds(layers: Sequence[Layer]) -> float:
    """Returns the seconds that this machine takes for one update's layers, each by itself.

    It is the sum of medians, without what a call itself takes.
    """
    overhead = _median_seconds(Product(1, 1, 1, 1, 1).calls()[0])
    return sum(
        layer.times * sum(max(0.0, _median_seconds(call) - overhead) for call in layer.calls()) for layer in layers
    )


def _image_kernels(kernels: Mapping[str, tuple[int, ...]], part: str) -> list[tuple[int, ...]]:
    return [shape for name, shape in kernels.items() if name.startswith(f'{part}/') and len(shape) == 4]


def _encoder_convolutions(kernels: Sequence[tuple[int, ...]], size: Size, states: int) -> list[Layer]:
    """Follows an image down: 64 -> 31 -> 14 -> 6 -> 2."""
    layers: list[Layer] = []
    for kernel in kernels:
        layers.append(Convolution(states, size, kernel, is_first=not layers))
        size = _smaller(size, kernel)
    return layers


def _decoder_convolutions(kernels: Sequence[tuple[int, ...]], size: Size, states: int) -> list[Layer]:
    """Follows an image back to the decoder's first map: 64 -> 30 -> 13 -> 5 -> 1."""
    layers: list[Layer] = []
    for kernel in reversed(kernels):
        small = _smaller(size, kernel)
        if small == (1, 1):  # a matrix product
            layers.append(Product(states, kernel[3], kernel[0] * kernel[1] * kernel[2], 1, 3))
        else:
            layers.append(Convolution(states, size, kernel, is_transposed=True))
        size = small
    return layers[::-1]


def _rssm_products(
    name: str, shape: tuple[int, ...], deter: int, batch: int, length: int, horizon: int
) -> list[Product]:
    states = batch * length
    inputs, outputs = shape
    imagined = Product(states, inputs, outputs, horizon, 1)
    if '/prior' in name:
        return [Product(states, inputs, outputs, 1, 3), imagined]
    if '/obs_out' in name:
        return [Product(batch, deter, outputs, length, 3), Product(states, inputs - deter, outputs, 1, 3)]
    stepwise = Product(batch, inputs, outputs, length, 3)
    return [stepwise] if '/obs_dist' in name else [stepwise, imagined]


def _head_counts(name: str, part: str, states: int, horizon: int) -> list[tuple[int, int, int]]:
    """Returns [(rows, times, passes)]; those that learn beside the world model stop the gradient of their input."""
    learned = 2 if 'dense0' in name or 'kernel0' in name else 3
    return {
        'actor': [(states, horizon, 1), (states * horizon, 1, learned)],
        'critic': [(states * horizon, 1, learned)],
        'target_critic': [(states * (horizon + 1), 1, 1)],
        'reward': [(states, 1, 3), (states * (horizon + 1), 1, 1)],
        'discount': [(states, 1, 3), (states * horizon, 1, 1)],
        'ensemble': [(states, 1, learned), (states, horizon, 1)],
        'loss': [(states, 1, learned), (states * (horizon + 1), 1, 1)],
    }.get(part, [(states, 1, 3)])


def _smaller(size: Size, kernel: tuple[int, ...]) -> Size:
    """Height and width after a convolution with stride 2; for a transpose, before it."""
    return (size[0] - kernel[0]) // 2 + 1, (size[1] - kernel[1]) // 2 + 1


def _random(shape: tuple[int, ...]) -> tf.Tensor:
    return tf.constant(np.random.default_rng(0).normal(size=shape).astype(np.float32))


def _median_seconds(call: Callable[[], tf.Tensor]) -> float:
    call()
    times = []
    for _ in range(TIMED_CALLS):
        tf.test.experimental.sync_devices()  # a GPU goes on after the call
        began = time.perf_counter()
        call()
        tf.test.experimental.sync_devices()
        times.append(time.perf_counter() - began)
    return float(np.median(times))
