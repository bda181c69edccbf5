"""An agent is loaded without a trace in the process that loads it."""

import os
import random

import numpy as np
import tensorflow as tf

import dreamerv2_tf as dv2

from .. import small


def test_loading_an_agent_leaves_the_random_states_of_the_caller_alone(tmp_path):
    small.save(tmp_path, small.config(task='toy_catch', action_repeat=1), 100)
    tf.random.set_seed(5)
    expected = tf.random.uniform([3])
    tf.random.set_seed(5)
    random.seed(1)
    np.random.seed(2)
    before = random.getstate(), str(np.random.get_state()), dict(os.environ)
    dv2.load_agent(tmp_path)
    assert (random.getstate(), str(np.random.get_state()), dict(os.environ)) == before
    np.testing.assert_array_equal(tf.random.uniform([3]), expected)
