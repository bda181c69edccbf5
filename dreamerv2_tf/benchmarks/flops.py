"""What an update has to compute, and how long this machine takes for the products and convolutions alone."""

import time
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from ..nets import conv

REPEATS = 5
STRIDES = [1, 2, 2, 1]


class Product(NamedTuple):
    """Matrix products of a layer: rows [m, k] with a kernel [k, n]."""

    rows: int
    inputs: int
    outputs: int
    times: int  # in one update
    passes: int  # 1 = forwards, 2 = and the kernel's gradient, 3 = and the input's

    @property
    def flops(self):
        return 2 * self.rows * self.inputs * self.outputs

    def calls(self):
        """Functions without arguments, one for each pass."""
        x, kernel, dy = map(_random, ((self.rows, self.inputs), (self.inputs, self.outputs), (self.rows, self.outputs)))
        calls = [
            lambda: tf.matmul(x, kernel),
            lambda: tf.matmul(x, dy, transpose_a=True),
            lambda: tf.matmul(dy, kernel, transpose_b=True),
        ]
        return calls[: self.passes]


class Convolution(NamedTuple):
    """Convolutions with stride 2 of images [count, side, side, inputs], or their transposes, in which the
    smaller side is the input's."""

    count: int
    side: int  # of the larger one
    kernel: tuple  # [h, w, channels of the larger one, channels of the smaller one]
    first: bool = False  # the larger one is an observation, which needs no gradient
    transposed: bool = False
    times: int = 1

    @property
    def small(self):
        """Side of the smaller one."""
        return (self.side - self.kernel[0]) // 2 + 1

    @property
    def flops(self):
        return 2 * self.count * self.small**2 * int(np.prod(self.kernel))

    def calls(self):
        """Functions without arguments: convolution, the kernel's gradient, and the transpose unless `first`."""
        large = (self.count, self.side, self.side, self.kernel[2])
        x, y = _random(large), _random((self.count, self.small, self.small, self.kernel[3]))
        kernel = _random(self.kernel)
        calls = [
            lambda: tf.nn.conv2d(x, kernel, 2, 'VALID'),
            lambda: tf.raw_ops.Conv2DBackpropFilter(
                input=x, filter_sizes=self.kernel, out_backprop=y, strides=STRIDES, padding='VALID'
            ),
            (lambda: conv.transposed(y, kernel))
            if self.transposed
            else lambda: tf.nn.conv2d_transpose(y, kernel, large, 2, 'VALID'),
        ]
        return calls[:2] if self.first else calls


def layers_of_update(weights, batch, length, horizon):
    """`Product`s and `Convolution`s of an update with discrete actions, from the shapes of all layers.

    Only the posterior and the recurrence go step by step; with discrete actions rollouts need no gradient.

    Args:
      weights: {name: variable}, see `Learner.weights`.
      batch, length, horizon: B, T, H.
    """
    states, found, sides = batch * length, [], {}
    for name, variable in weights.items():
        part, *_, kind = name.split('/')
        shape = tuple(variable.shape)
        if kind != 'kernel':
            continue
        if len(shape) == 4:
            found.append(_convolution(part, shape, states, sides))
        elif part == 'rssm':
            deter = weights['rssm/gru/kernel'].shape[1] // 3
            found += _of_rssm(name, shape, deter, batch, length, horizon)
        else:
            found += [
                Product(rows, *shape, times, passes) for rows, times, passes in _of_head(name, part, states, horizon)
            ]
    return found


def total_flops(found):
    """Of one update."""
    return sum(layer.flops * layer.times * len(layer.calls()) for layer in found)


def total_seconds(found):
    """What this machine takes for them, each by itself: the sum of medians, without what a call itself takes."""
    least = _median(Product(1, 1, 1, 1, 1).calls()[0])
    return sum(layer.times * sum(max(0.0, _median(call) - least) for call in layer.calls()) for layer in found)


def _of_rssm(name, shape, deter, batch, length, horizon):
    states = batch * length
    imagined = Product(states, *shape, horizon, 1)
    if '/prior' in name:
        return [Product(states, *shape, 1, 3), imagined]
    if '/obs_out' in name:
        inputs, outputs = shape
        return [Product(batch, deter, outputs, length, 3), Product(states, inputs - deter, outputs, 1, 3)]
    stepwise = Product(batch, *shape, length, 3)
    return [stepwise] if '/obs_dist' in name else [stepwise, imagined]


def _of_head(name, part, states, horizon):
    """[(rows, times, passes)]; actor and critic stop the gradient of what they see."""
    learned = 2 if 'dense0' in name else 3
    return {
        'actor': [(states, horizon, 1), (states * horizon, 1, learned)],
        'critic': [(states * horizon, 1, learned)],
        'target_critic': [(states * (horizon + 1), 1, 1)],
        'reward': [(states, 1, 3), (states * (horizon + 1), 1, 1)],
        'discount': [(states, 1, 3), (states * horizon, 1, 1)],
    }.get(part, [(states, 1, 3)])


def _convolution(part, kernel, states, sides):
    """The next one of the encoder (64, 31, 14, ...) or of the decoder (1, 5, 13, ...)."""
    if part == 'decoder':
        before = sides.get(part, 1)
        side = sides[part] = 2 * (before - 1) + kernel[0]
        if before == 1:  # a matrix product
            return Product(states, kernel[3], kernel[0] * kernel[1] * kernel[2], 1, 3)
        return Convolution(states, side, kernel, transposed=True)
    side = sides.get(part, 64)
    found = Convolution(states, side, kernel, first=part not in sides)
    sides[part] = found.small
    return found


def _random(shape):
    return tf.constant(np.random.default_rng(0).normal(size=shape).astype(np.float32))


def _median(call):
    call()
    times = []
    for _ in range(REPEATS):
        tf.test.experimental.sync_devices()  # a GPU goes on after the call
        began = time.perf_counter()
        call()
        tf.test.experimental.sync_devices()
        times.append(time.perf_counter() - began)
    return float(np.median(times))
