"""Which gradients the actor gets, and how they are weighed."""

import pytest
import tensorflow as tf

from dreamerv2_tf.agent import gradient_mix


def never():
    raise AssertionError('this gradient is not used')


def test_reinforce_alone_leaves_the_other_gradient_out():
    mix = gradient_mix.reinforce()
    assert mix.share(1000) == 0 and not mix.is_scheduled
    assert float(mix.objective(tf.constant(0.0), lambda: tf.constant(3.0), never)) == 3


def test_dynamics_alone_leave_the_other_gradient_out():
    mix = gradient_mix.dynamics()
    assert mix.share(1000) == 1 and not mix.is_scheduled
    assert float(mix.objective(tf.constant(1.0), never, lambda: tf.constant(5.0))) == 5


@pytest.mark.parametrize('steps, expected', [(0, 0.5 * 3 + 0.5 * 5), (10, 3)])
def test_both_are_weighed_by_a_schedule(steps, expected):
    mix = gradient_mix.both(lambda step: 0.5 if step < 10 else 0.0)
    objective = mix.objective(mix.share(steps), lambda: tf.constant(3.0), lambda: tf.constant(5.0))
    assert mix.is_scheduled and float(objective) == pytest.approx(expected)
