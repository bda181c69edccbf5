"""Actions of several parts, against sums over the parts in float64 NumPy."""

import functools
import math

import numpy as np
import pytest
import tensorflow as tf

from dreamerv2_tf.distributions.actions import action_distribution, action_outputs
from dreamerv2_tf.distributions.continuous import tanh_normal, trunc_normal
from dreamerv2_tf.spec import ActionPart, ActionSpec

from ..reference import log_softmax

MIXED = ActionSpec(
    (ActionPart(3, True), ActionPart(2, False), ActionPart(2, True), ActionPart(2, True), ActionPart(1, False))
)
CHOICES = ActionSpec((ActionPart(3, True), ActionPart(2, True), ActionPart(2, True)))
SEED = tf.constant([1, 2])
RNG = np.random.default_rng(0)


def parameters(action, *batch):
    return [RNG.normal(size=(*batch, size)).astype(np.float32) for size in action_outputs(action).values()]


def distribution(action, given, numbers=trunc_normal):
    return action_distribution(action, functools.partial(numbers, min_std=0.1))(*map(tf.constant, given), seed=SEED)


def truncated_log_density(x, loc, scale):
    """Of a normal that is cut off at -1 and 1."""
    below, above = (np.vectorize(math.erf)((end - loc) / scale / 2**0.5) / 2 for end in (-1, 1))
    share = above - below
    return -0.5 * ((x - loc) / scale) ** 2 - np.log(scale * share) - 0.5 * np.log(2 * np.pi)


def reference(action, given, taken):
    """(log probs, entropies) of each row, summed over the parts."""
    out, std = np.float64(given[0]), 2 / (1 + np.exp(-np.float64(given[-1]) / 2)) + 0.1
    log_prob, entropy, begin, number = 0, 0, 0, 0
    for part in action.parts:
        piece = slice(begin, begin + part.size)
        if part.discrete:
            log_probs = log_softmax(out[..., piece])
            log_prob = log_prob + (log_probs * taken[..., piece]).sum(-1)
            entropy = entropy - (np.exp(log_probs) * log_probs).sum(-1)
        else:
            loc, scale = np.tanh(out[..., piece]), std[..., number : number + part.size]
            log_prob = log_prob + truncated_log_density(taken[..., piece], loc, scale).sum(-1)
            grid = np.linspace(-1, 1, 5001).reshape(-1, *[1] * loc.ndim)
            log_density = truncated_log_density(grid, loc, scale)
            entropy = entropy - np.trapezoid(np.exp(log_density) * log_density, grid, axis=0).sum(-1)
            number += part.size
        begin += part.size
    return log_prob, entropy


@pytest.mark.parametrize('action', [MIXED, CHOICES])
def test_log_probs_and_entropies_are_sums_over_the_parts(action):
    given = parameters(action, 5, 4)
    made = distribution(action, given)
    taken = made.sample(seed=SEED)
    log_prob, entropy = reference(action, given, taken.numpy())
    assert made.event_shape == [action.size] and taken.shape == [5, 4, action.size]
    np.testing.assert_allclose(made.log_prob(taken), log_prob, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(made.entropy(), entropy, rtol=1e-4, atol=1e-5)


def test_samples_of_choices_are_one_hot_as_often_as_probable_and_independent():
    out = np.log([0.1, 0.2, 0.7, 0.4, 0.6, 0.9, 0.1]).astype(np.float32)
    samples = distribution(CHOICES, [np.tile(out, (20000, 1))]).sample(seed=SEED).numpy()
    for piece in (slice(0, 3), slice(3, 5), slice(5, 7)):
        np.testing.assert_array_equal(samples[:, piece].sum(-1), 1)
    np.testing.assert_allclose(samples.mean(0), np.exp(out), atol=0.012)
    np.testing.assert_allclose((samples[:, 3] * samples[:, 5]).mean(), 0.36, atol=0.012)


def test_the_mode_joins_the_modes_of_the_parts():
    out = np.array([0, 2, 1, 0.5, -3, -1, 1, 4, 0, 0], np.float32)
    mode = distribution(MIXED, [out, np.zeros(3, np.float32)]).mode().numpy()
    np.testing.assert_allclose(mode, [0, 1, 0, np.tanh(0.5), np.tanh(-3), 0, 1, 1, 0, 0], rtol=1e-6)


def test_gradients_go_straight_through_choices_and_through_numbers():
    out, std = (tf.constant(x) for x in parameters(MIXED))
    weights = tf.range(1.0, 11)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch([out, std])
        through_sample = tf.reduce_sum(distribution(MIXED, [out, std]).sample(seed=SEED) * weights)
        probs = [tf.nn.softmax(out[i:j]) * weights[i:j] for i, j in ((0, 3), (5, 7), (7, 9))]
        through_probs = sum(map(tf.reduce_sum, probs))
    got, expected = tape.gradient(through_sample, out).numpy(), tape.gradient(through_probs, out).numpy()
    choices = [0, 1, 2, 5, 6, 7, 8]
    np.testing.assert_allclose(got[choices], expected[choices], rtol=1e-5)
    assert (got[[3, 4, 9]] != 0).all() and (tape.gradient(through_sample, std).numpy() != 0).all()


def test_parts_whose_entropy_is_sampled_fit_in():
    made = distribution(MIXED, parameters(MIXED, 6), tanh_normal)
    assert made.mode().shape == made.sample(seed=SEED).shape == [6, 10]
    assert made.entropy().shape == made.log_prob(made.mode()).shape == [6]


def test_actions_of_one_part_have_the_distribution_of_that_part():
    given = parameters(ActionSpec.numbers(3), 4)
    alone = trunc_normal(*given, min_std=0.1)
    np.testing.assert_array_equal(distribution(ActionSpec.numbers(3), given).sample(seed=SEED), alone.sample(seed=SEED))
    assert action_outputs(ActionSpec.choice(3)) == {'out': 3}
