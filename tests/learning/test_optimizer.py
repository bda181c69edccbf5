import keras
import numpy as np
import pytest
import tensorflow as tf

from dreamerv2_tf.learning.optimizer import Adam, LossScale

from .. import reference

RNG = np.random.default_rng(0)
START = [RNG.normal(size=(3, 2)).astype(np.float32), RNG.normal(size=4).astype(np.float32)]
SLOPES = [[RNG.normal(size=x.shape).astype(np.float32) * 10**i for x in START] for i in range(3)]


def make(loss_scale=None, **settings):
    variables = [keras.Variable(x, name=f'v{i}') for i, x in enumerate(START)]
    settings = dict(lr=1e-2, eps=1e-5, clip=5.0, wd=1e-2) | settings
    return variables, Adam(variables, **settings, loss_scale=loss_scale, name='model')


def minimize(optimizer, variables, slopes):
    """One update of a loss whose gradient is `slopes`."""
    with tf.GradientTape() as tape:
        loss = tf.add_n([tf.reduce_sum(v.value * s) for v, s in zip(variables, slopes)])
    return optimizer.minimize(tape, loss)


@pytest.mark.parametrize('clip', [1.0, 5.0, 1e6])
def test_equals_the_reference_over_several_updates(clip):
    variables, optimizer = make(clip=clip)
    for slopes in SLOPES:
        minimize(optimizer, variables, slopes)
    expected = reference.adam(START, SLOPES, lr=1e-2, eps=1e-5, clip=clip, wd=1e-2)
    for variable, value in zip(variables, expected):
        np.testing.assert_allclose(variable, value, rtol=1e-5, atol=1e-6)


def test_the_reported_norm_is_that_before_clipping():
    variables, optimizer = make(clip=1e-3)
    norm = np.sqrt(sum((s**2).sum() for s in SLOPES[2]))
    metrics = minimize(optimizer, variables, SLOPES[2])
    assert float(metrics['model_grad_norm']) == pytest.approx(norm, rel=1e-5)


def test_decay_does_not_depend_on_the_learning_rate():
    variables, optimizer = make(lr=0.0, wd=0.1)
    minimize(optimizer, variables, SLOPES[0])
    for variable, start in zip(variables, START):
        np.testing.assert_allclose(variable, 0.9 * start, rtol=1e-6)


def test_loss_scaling_changes_no_number():
    plain, scaled = make(), make(LossScale())
    for slopes in SLOPES:
        minimize(plain[1], plain[0], slopes)
        metrics = minimize(scaled[1], scaled[0], slopes)
    assert metrics['model_loss_scale'] == 2**15
    for a, b in zip(plain[0], scaled[0]):
        np.testing.assert_allclose(a, b, rtol=1e-6)


def test_overflow_skips_the_update_with_its_decay_and_halves_the_scale():
    variables, optimizer = make(LossScale())
    minimize(optimizer, variables, SLOPES[0])
    before = {name: np.array(value) for name, value in optimizer.variables.items()}
    weights = [np.array(v) for v in variables]
    metrics = minimize(optimizer, variables, [np.full_like(SLOPES[0][0], np.inf), SLOPES[0][1]])
    assert metrics['model_overflow'] == 1 and metrics['model_grad_norm'] == 0
    for variable, weight in zip(variables, weights):
        np.testing.assert_array_equal(variable, weight)
    changed = {name for name, value in optimizer.variables.items() if np.any(before[name] != np.array(value))}
    assert changed == {'model/loss_scale', 'model/finite_updates'}
    assert optimizer.variables['model/loss_scale'] == 2**14


def test_scale_doubles_after_2000_finite_updates():
    scale = LossScale()
    adapt = tf.function(scale.adapt)
    for _ in range(1999):
        adapt(tf.constant(True))
    assert scale.value == 2**15
    adapt(tf.constant(True))
    assert scale.value == 2**16
    adapt(tf.constant(True))
    assert scale.value == 2**16
