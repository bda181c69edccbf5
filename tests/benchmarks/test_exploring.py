"""What an explorer adds to an update is timed beside updates without it."""

import tensorflow as tf

from dreamerv2_tf.benchmarks.exploring import time_beside_greedy

from .. import small


def test_updates_and_curiosity_are_timed_in_turns():
    agent = small.agent(expl_behavior='Plan2Explore', disag_models=2)
    rows = {key: tf.constant(value) for key, value in small.rows().items()}
    tf.config.run_functions_eagerly(True)  # compiling would take longer
    try:
        figures = time_beside_greedy(agent, small.agent(), rows, horizon=3, repeats=2)
    finally:
        tf.config.run_functions_eagerly(False)
    assert int(agent.learner.updates) == 4
    assert 0 < figures['curiosity_seconds'] < figures['explorer_seconds']
    ratio = figures['explorer_seconds'] / figures['greedy_seconds']
    assert abs(figures['explorer_times_greedy'] - ratio) < 0.01
