import numpy as np
import pytest
import tensorflow as tf

from dreamerv2_tf.maths.returns import discount_weights, lambda_return

from .. import reference

RNG = np.random.default_rng(0)


def column(*numbers):
    return np.array(numbers, np.float32)[:, None]


def draw(*shape):
    return RNG.normal(size=shape).astype(np.float32)


def test_hand_computed_example():
    # V_1 = 2 + 0.5 * 8 = 6;  V_0 = 1 + 0.5 * (0.25 * 4 + 0.75 * 6) = 3.75
    target = lambda_return(column(1, 2, 100), column(0.5, 0.5, 100), column(100, 4, 8), 0.75)
    np.testing.assert_allclose(target, column(3.75, 6))


@pytest.mark.parametrize('lambda_', [0.0, 0.3, 0.95, 1.0])
def test_equals_the_equation_and_the_mean_of_n_step_returns(lambda_):
    reward, value = draw(6, 4), draw(6, 4)
    discount = RNG.uniform(0, 1, (6, 4)).astype(np.float32)
    target = lambda_return(reward, discount, value, lambda_).numpy()
    np.testing.assert_allclose(target, reference.lambda_return(reward, discount, value, lambda_), rtol=1e-5, atol=1e-6)
    for t in range(5):
        np.testing.assert_allclose(
            target[t], reference.n_step_lambda_return(reward, discount, value, lambda_, t), rtol=1e-5, atol=1e-6
        )


def test_lambda_zero_is_one_step_and_lambda_one_is_monte_carlo():
    reward, discount, value = draw(4, 1), column(0.9, 0.8, 0.7, 0.6), draw(4, 1)
    np.testing.assert_allclose(
        lambda_return(reward, discount, value, 0.0), reward[:3] + discount[:3] * value[1:], rtol=1e-6
    )
    monte_carlo = reward[0] + 0.9 * (reward[1] + 0.8 * (reward[2] + 0.7 * value[3]))
    np.testing.assert_allclose(lambda_return(reward, discount, value, 1.0)[0], monte_carlo, rtol=1e-6)


def test_nothing_counts_after_a_terminal_state():
    target = lambda_return(column(1, 2, 3), column(0, 0.5, 0.5), column(7, 8, 9), 0.95)
    np.testing.assert_allclose(target[0], [1.0])


def test_targets_keep_the_gradient_of_rewards_discounts_and_values():
    inputs = [tf.constant(draw(4, 2)) for _ in range(3)]
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        total = tf.reduce_sum(lambda_return(*inputs, 0.95))
    reward, discount, value = tape.gradient(total, inputs)
    assert np.all(reward[:3] != 0) and np.all(discount[:3] != 0) and np.all(value[1:] != 0)
    assert not np.any(reward[3]) and not np.any(discount[3]) and not np.any(value[0])


def test_weights_are_the_discounts_before_and_are_stopped():
    discount = tf.constant(column(0.5, 0.25, 0.125))
    with tf.GradientTape() as tape:
        tape.watch(discount)
        weight = discount_weights(discount)
    np.testing.assert_allclose(weight, column(1, 0.5, 0.125))
    np.testing.assert_allclose(weight, reference.discount_weights(discount.numpy()))
    assert tape.gradient(weight, discount) is None
