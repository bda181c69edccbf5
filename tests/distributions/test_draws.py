import numpy as np
import pytest
import tensorflow as tf

from dreamerv2_tf.distributions.draws import split, uniform

SEEDS = [[0, 0], [1, 2], [2**31 - 1, 5]]


@pytest.mark.parametrize('seed', SEEDS)
def test_xla_makes_the_same_draws(seed):
    def draws(seed):
        return [uniform([7, 5], each) for each in tf.unstack(split(seed, 9))]

    plain, compiled = (tf.function(draws, jit_compile=jit)(tf.constant(seed)) for jit in (None, True))
    np.testing.assert_array_equal(plain, compiled)


def test_seeds_are_never_negative_and_all_different():
    seeds = split(tf.constant([3, 4]), 1000).numpy()
    assert seeds.min() >= 0 and len(np.unique(seeds, axis=0)) == 1000
    assert np.any(split(tf.constant([3, 5]), 1000).numpy() != seeds)


def test_numbers_are_uniform_from_zero_to_less_than_one():
    numbers = uniform([100_000], tf.constant([1, 2])).numpy()
    counts, _ = np.histogram(numbers, 10, (0, 1))
    np.testing.assert_allclose(counts / 10_000, 1, atol=0.05)
    assert numbers.min() >= 0 and numbers.max() < 1
