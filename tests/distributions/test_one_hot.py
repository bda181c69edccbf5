import numpy as np
import tensorflow as tf

from dreamerv2_tf.distributions import one_hot
from dreamerv2_tf.distributions.one_hot import one_hot_action, one_hot_variables


def test_samples_are_exactly_one_hot_and_as_frequent_as_their_probabilities():
    logits = tf.math.log([[0.1, 0.2, 0.7]])
    samples = one_hot_action(tf.repeat(logits, 20000, 0)).sample(seed=[1, 2]).numpy()
    assert set(np.unique(samples)) == {0.0, 1.0}
    np.testing.assert_array_equal(samples.sum(-1), 1)
    np.testing.assert_allclose(samples.mean(0), [0.1, 0.2, 0.7], atol=0.012)


def test_the_class_is_the_first_whose_sum_of_probabilities_is_above_the_number_drawn(monkeypatch):
    numbers = [0.0, 0.0999, 0.1001, 0.2999, 0.3001, 1 - 2**-23]
    monkeypatch.setattr(one_hot, 'uniform', lambda shape, seed: tf.constant(numbers, shape=shape))
    drawn = one_hot.draw(tf.repeat(tf.math.log([[0.1, 0.2, 0.7]]), len(numbers), 0), tf.constant([0, 0]))
    assert tf.argmax(drawn, -1).numpy().tolist() == [0, 0, 1, 1, 2, 2]
    impossible = tf.repeat([[-np.inf, 3.0, -np.inf, 3.0, -np.inf]], len(numbers), 0)
    assert tf.argmax(one_hot.draw(impossible, tf.constant([0, 0])), -1).numpy().tolist() == [1, 1, 1, 1, 1, 3]


def test_gradient_goes_straight_through_to_the_probabilities():
    logits = tf.constant([[0.3, -0.2, 1.0]])
    weights = tf.constant([[1.0, 2.0, 3.0]])
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(logits)
        through_sample = tf.reduce_sum(one_hot_action(logits).sample(seed=[0, 0]) * weights)
        through_probs = tf.reduce_sum(tf.nn.softmax(logits) * weights)
    np.testing.assert_allclose(tape.gradient(through_sample, logits), tape.gradient(through_probs, logits), rtol=1e-6)


def test_mode_is_the_most_likely_class():
    np.testing.assert_array_equal(one_hot_action(tf.constant([[0.0, 5.0, 1.0]])).mode(), [[0, 1, 0]])


def test_one_seed_gives_the_same_sample_twice_and_another_one_another():
    logits = tf.zeros([4, 32, 32])

    def draw(seed):
        return one_hot_variables(logits).sample(seed=seed).numpy()

    np.testing.assert_array_equal(draw([3, 4]), draw([3, 4]))
    assert np.any(draw([3, 4]) != draw([3, 5]))


def test_entropy_is_summed_over_variables():
    entropy = one_hot_variables(tf.zeros([2, 32, 8])).entropy()
    np.testing.assert_allclose(entropy, 32 * np.log(8) * np.ones(2), rtol=1e-6)
