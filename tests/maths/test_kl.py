import numpy as np
import pytest
import tensorflow as tf
from tensorflow_probability import distributions as tfd

from dreamerv2_tf.distributions.one_hot import one_hot_variables
from dreamerv2_tf.maths.kl import kl_loss

from .. import reference

RNG = np.random.default_rng(0)
POST, PRIOR = (tf.constant(RNG.normal(size=(3, 5, 4, 6)).astype(np.float32)) for _ in range(2))


def divergence(p, q):
    return tfd.kl_divergence(one_hot_variables(p), one_hot_variables(q))


def loss_and_gradients(**settings):
    settings = dict(balance=0.8, free=0.0, forward=False, free_avg=True) | settings
    with tf.GradientTape() as tape:
        tape.watch([POST, PRIOR])
        loss, kl = kl_loss(divergence, POST, PRIOR, **settings)
    return loss.numpy(), kl.numpy(), *tape.gradient(loss, [POST, PRIOR], unconnected_gradients='zero')


def gradients_of_kl(left, right):
    with tf.GradientTape() as tape:
        tape.watch([left, right])
        mean = tf.reduce_mean(divergence(left, right))
    return tape.gradient(mean, [left, right])


def test_value_is_the_kl_of_the_equation():
    expected = reference.categorical_kl(POST, PRIOR)
    loss, kl, *_ = loss_and_gradients()
    np.testing.assert_allclose(kl, expected, rtol=1e-5)
    np.testing.assert_allclose(loss, expected.mean(), rtol=1e-5)


def test_forward_swaps_the_arguments():
    expected = reference.categorical_kl(PRIOR, POST)
    loss, kl, *_ = loss_and_gradients(forward=True)
    np.testing.assert_allclose(kl, expected, rtol=1e-5)
    np.testing.assert_allclose(loss, expected.mean(), rtol=1e-5)


@pytest.mark.parametrize('forward', [False, True])
@pytest.mark.parametrize('balance', [0.0, 0.3, 0.8, 1.0])
def test_prior_gets_alpha_and_posterior_the_rest_of_the_gradient(balance, forward):
    post, prior = gradients_of_kl(*((PRIOR, POST) if forward else (POST, PRIOR)))[:: -1 if forward else 1]
    _, _, to_post, to_prior = loss_and_gradients(balance=balance, forward=forward)
    np.testing.assert_allclose(to_prior, balance * prior, rtol=1e-4, atol=1e-7)
    np.testing.assert_allclose(to_post, (1 - balance) * post, rtol=1e-4, atol=1e-7)


def test_balance_of_one_half_gives_both_sides_the_full_gradient():
    post, prior = gradients_of_kl(POST, PRIOR)
    _, _, to_post, to_prior = loss_and_gradients(balance=0.5)
    np.testing.assert_allclose(to_post, post, rtol=1e-5)
    np.testing.assert_allclose(to_prior, prior, rtol=1e-5)


def test_free_nats_bound_the_mean_or_each_state():
    kl = reference.categorical_kl(POST, PRIOR)
    free = float(np.median(kl))
    each = np.maximum(kl, free).mean()
    np.testing.assert_allclose(loss_and_gradients(free=free, free_avg=False)[0], each, rtol=1e-5)
    assert loss_and_gradients(free=0.9 * kl.mean())[0] == pytest.approx(kl.mean(), rel=1e-5)
    loss, _, to_post, to_prior = loss_and_gradients(free=1.1 * kl.mean())
    assert loss == pytest.approx(1.1 * kl.mean(), rel=1e-5)
    assert not np.any(to_post) and not np.any(to_prior)


def test_at_one_half_free_nats_bound_each_state_whatever_free_avg():
    kl = reference.categorical_kl(POST, PRIOR)
    free = float(np.median(kl))
    for free_avg in (True, False):
        loss = loss_and_gradients(balance=0.5, free=free, free_avg=free_avg)[0]
        assert loss == pytest.approx(np.maximum(kl, free).mean(), rel=1e-5)
