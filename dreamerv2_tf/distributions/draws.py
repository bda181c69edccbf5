"""Draws from seeds that are the same with and without XLA.

XLA makes other floats of the same random bits, and other bits of a negative seed. So seeds are never negative here, and
floats are made from whole numbers.
"""

from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf


def split(seed: tf.Tensor, count: int) -> tf.Tensor:
    """Returns so many independent seeds from one that is not negative.

    seed: [2] -> [count, 2]; or one for each row, [N, 2] -> [count, N, 2].
    """
    seed = tf.convert_to_tensor(seed)
    if len(seed.shape) == 2:
        return tf.stack([split(each, count) for each in tf.unstack(seed)], 1)
    return tf.bitwise.bitwise_and(tf.random.experimental.stateless_split(seed, count), 2**31 - 1)


def for_rows(function: Callable[..., Any], tensors: Sequence[tf.Tensor], seed: tf.Tensor | None) -> Any:
    """Returns function(*tensors, seed), or, where each of the N rows has a seed of its own, what it gives row by row.

    Args:
      function: of tensors [N, ...] and a seed [2]; gives nested tensors [N, ...].
      tensors: [N, ...] each.
      seed: [2], or [N, 2]; None is handed on.
    """
    if seed is None or len(seed.shape) == 1:
        return function(*tensors, seed)
    rows = [function(*(tensor[i : i + 1] for tensor in tensors), each) for i, each in enumerate(tf.unstack(seed))]
    return tf.nest.map_structure(lambda *parts: tf.concat(parts, 0), *rows)


def uniform(shape: Sequence[int], seed: tf.Tensor) -> tf.Tensor:
    """Returns multiples of 2^-23 from [0, 1), float32, for a seed [2] that is not negative.

    With 23 bits the product of such a number with a sum of probabilities is always less than that sum.
    """
    bits = tf.random.stateless_uniform(shape, seed, minval=None, maxval=None, dtype=tf.uint32)
    return tf.cast(tf.bitwise.right_shift(bits, tf.constant(9, tf.uint32)), tf.float32) * 2**-23
