import numpy as np
import pytest
import tensorflow as tf

from dreamerv2_tf.distributions import continuous

ACTIONS = {'trunc_normal': continuous.trunc_normal, 'tanh_normal': continuous.tanh_normal, 'normal': continuous.normal}
LOC, RAW = tf.constant([[0.3, -2.0]] * 4000), tf.constant([[0.0, 1.0]] * 4000)
SIGMOID2 = 2 / (1 + np.exp(-0.5 * np.array([0.0, 1.0])))


def make(kind, seed=(1, 1)):
    return ACTIONS[kind](LOC, RAW, seed=tf.constant(seed), min_std=0.1)


@pytest.mark.parametrize('kind', ACTIONS)
def test_log_prob_and_entropy_are_summed_over_action_dimensions(kind):
    distribution = make(kind)
    action = distribution.sample(seed=[0, 1])
    assert action.shape == (4000, 2)
    assert distribution.log_prob(action).shape == distribution.entropy().shape == (4000,)
    assert np.isfinite(distribution.log_prob(action)).all()


@pytest.mark.parametrize('kind', ACTIONS)
def test_entropy_is_the_mean_negative_log_prob(kind):
    distribution = make(kind)
    sampled = -distribution.log_prob(distribution.sample(seed=[5, 6])).numpy().mean()
    assert distribution.entropy().numpy().mean() == pytest.approx(sampled, abs=0.06)


@pytest.mark.parametrize('kind', ['trunc_normal', 'tanh_normal'])
def test_bounded_actions_stay_inside(kind):
    action = make(kind).sample(seed=[0, 1]).numpy()
    assert np.abs(action).max() <= 1


def test_truncated_normal_clips_samples_but_keeps_their_gradient():
    loc = tf.constant([[8.0]] * 100)
    with tf.GradientTape() as tape:
        tape.watch(loc)
        action = continuous.trunc_normal(loc, tf.fill([100, 1], -60.0), min_std=1e-6).sample(seed=[0, 0])
    limit = np.float32(1 - 1e-6)
    assert action.numpy().max() <= limit and np.isclose(action.numpy(), limit).any()
    assert np.all(np.isfinite(tape.gradient(action, loc)))


def test_parameters_are_as_specified():
    trunc, normal = make('trunc_normal').distribution, make('normal').distribution
    np.testing.assert_allclose(trunc.loc[0], np.tanh([0.3, -2.0]), rtol=1e-6)
    np.testing.assert_allclose(trunc.scale[0], SIGMOID2 + 0.1, rtol=1e-6)
    np.testing.assert_allclose(normal.loc[0], [0.3, -2.0])
    np.testing.assert_allclose(normal.scale[0], SIGMOID2 + 0.1, rtol=1e-6)
    np.testing.assert_allclose(make('trunc_normal').mode()[0], np.tanh([0.3, -2.0]), rtol=1e-6)


def test_sampled_mode_is_the_best_of_each_rows_own_samples():
    distribution = make('tanh_normal')
    mode = distribution.mode()
    samples = distribution._distribution.sample(100, seed=tf.constant([1, 1]))
    log_prob = distribution.log_prob(samples).numpy()
    rows = np.arange(4000)
    np.testing.assert_allclose(mode, samples.numpy()[log_prob.argmax(0), rows], rtol=1e-6)


def test_unit_normal_has_the_known_floor():
    image = tf.zeros([2, 64, 64, 1])
    floor = -continuous.unit_normal(image, 3).log_prob(image)
    np.testing.assert_allclose(floor, [3763.97] * 2, rtol=1e-5)


def test_gaussian_is_a_vector_distribution():
    mean, std = tf.zeros([3, 5]), tf.ones([3, 5])
    gaussian = continuous.gaussian(mean, std)
    np.testing.assert_allclose(gaussian.entropy(), 5 * 0.5 * np.log(2 * np.pi * np.e) * np.ones(3), rtol=1e-6)
