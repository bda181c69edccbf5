"""Entropy, divergence and usage of latent variables."""

import numpy as np
import pytest
from tensorflow_probability import distributions as tfd

from dreamerv2_tf.inspection import latents
from dreamerv2_tf.nets.latent import CategoricalState, GaussianState

RNG = np.random.default_rng(0)


def categorical(logit, stoch=()):
    return CategoricalState(np.float32(logit), np.float32(stoch), ())


def gaussian(mean, std):
    return GaussianState(np.float32(mean), np.float32(std), (), ())


def test_categorical_variables_by_hand():
    state = categorical([[[0, 0], [np.log(3), 0]]])  # probabilities 1/2 1/2 and 3/4 1/4
    even = categorical(np.zeros((1, 2, 2)))
    np.testing.assert_allclose(latents.probabilities(state), [[[0.5, 0.5], [0.75, 0.25]]], rtol=1e-6)
    np.testing.assert_allclose(latents.entropy(state), [[np.log(2), 0.562335]], rtol=1e-5)
    np.testing.assert_allclose(latents.divergence(state, even), [[0, 0.130812]], atol=1e-6)


def test_gaussian_variables_by_hand():
    state = gaussian([[1, 0]], [[2, 1]])
    np.testing.assert_allclose(latents.entropy(state), [[np.log(2) + 1.418939, 1.418939]], rtol=1e-5)
    np.testing.assert_allclose(
        latents.divergence(state, gaussian([[0, 0]], [[1, 1]])), [[-np.log(2) + 2.5 - 0.5, 0]], rtol=1e-5
    )


@pytest.mark.parametrize(
    'left, right',
    [
        (categorical(RNG.normal(size=(5, 3, 4))), categorical(RNG.normal(size=(5, 3, 4)))),
        (
            gaussian(RNG.normal(size=(5, 3)), RNG.uniform(0.1, 2, (5, 3))),
            gaussian(RNG.normal(size=(5, 3)), RNG.uniform(0.1, 2, (5, 3))),
        ),
    ],
)
def test_the_sums_are_those_that_the_loss_uses(left, right):
    np.testing.assert_allclose(latents.entropy(left).sum(-1), left.distribution.entropy(), rtol=1e-5)
    np.testing.assert_allclose(
        latents.divergence(left, right).sum(-1), tfd.kl_divergence(left.distribution, right.distribution), rtol=1e-4
    )


def test_impossible_classes_have_no_entropy():
    assert latents.entropy(categorical([[1000, 0, -1000]])) == [0]


def test_usage_is_the_share_of_rows_and_0_for_dead_classes():
    stoch = np.eye(3)[[[0, 1], [0, 1], [0, 0], [2, 1]]]  # four rows of two variables
    np.testing.assert_array_equal(latents.usage(categorical([], stoch)), [[0.75, 0, 0.25], [0.25, 0.75, 0]])
