"""Random draws follow from the seed and their purpose, and leave those of others alone."""

import contextlib
import random

import keras
import numpy as np
import pytest
import tensorflow as tf

from dreamerv2_tf.nets.conv import TransposedConv
from dreamerv2_tf.nets.gru import GRUCell
from dreamerv2_tf.seeding import initial_weights_from


def initial_weights():
    """Weights of new layers, without seeds of their own."""
    layers = {
        (None, 3): keras.layers.Dense(5),
        (None, 8, 8, 2): keras.layers.Conv2D(4, 3),
        (None, 5, 5, 3): TransposedConv(4, 5),
        (None, 4): GRUCell(6),
    }
    for shape, layer in layers.items():
        layer.build(shape)
    return [variable.numpy() for layer in layers.values() for variable in layer.variables]


def draws():
    """The next numbers of all random states of a process."""
    return random.random(), np.random.uniform(), float(tf.random.uniform([])), float(keras.random.uniform([]))


def test_initial_weights_are_those_that_keras_gives_for_the_seed_of_everything():
    keras.utils.set_random_seed(3)
    expected = initial_weights()
    keras.utils.set_random_seed(99)
    with initial_weights_from(3):
        weights = initial_weights()
    with initial_weights_from(4):
        others = initial_weights()
    for ours, theirs in zip(weights, expected, strict=True):
        np.testing.assert_array_equal(ours, theirs)
    assert any((ours != other).any() for ours, other in zip(weights, others))


@pytest.mark.parametrize('fails', [False, True])
def test_the_random_states_of_the_caller_go_on_as_if_nothing_had_been_made(fails):
    keras.utils.set_random_seed(99)
    expected = draws()
    keras.utils.set_random_seed(99)
    with contextlib.suppress(ValueError), initial_weights_from(3):
        initial_weights()
        if fails:
            raise ValueError
    assert draws() == expected
