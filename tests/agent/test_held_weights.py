"""Weights with which policies act while the learner changes others."""

import numpy as np
import pytest

from dreamerv2_tf.agent.held_weights import HeldWeights

from .. import small

EXPLORER = {'expl_behavior': 'Plan2Explore', 'disag_models': 2, 'imag_horizon': 2}


@pytest.fixture(scope='module')
def learned():
    """An agent with an explorer, whose weights were held before an update."""
    agent = small.agent(**EXPLORER)
    held = HeldWeights(agent.policies)
    assert held.get_state() == ({}, {})
    held.hold()
    agent.learner.update(small.rows(), 0)
    return agent, held


def test_the_policies_of_all_behaviours_that_learn_hold_theirs(learned):
    agent, held = learned
    _, arrays = held.get_state()
    assert set(arrays) == set(held.variables)
    assert {name.partition('/')[0] for name in arrays} == {'greedy', 'Plan2Explore'}
    assert {'greedy/actor/out/kernel', 'Plan2Explore/expl_actor/out/kernel', 'greedy/rssm/gru/kernel'} <= set(arrays)
    changed = [name for name, variable in held.variables.items() if np.any(variable.numpy() != arrays[name])]
    assert 'greedy/actor/out/kernel' in changed and 'Plan2Explore/expl_actor/out/kernel' in changed


def test_another_process_acts_with_what_was_held(learned):
    _, held = learned
    _, arrays = held.get_state()
    other = HeldWeights(small.agent(seed=1, **EXPLORER).policies)
    other.set_state({}, arrays)
    _, restored = other.get_state()
    for name, array in arrays.items():
        np.testing.assert_array_equal(restored[name], array, err_msg=name)


def test_where_nothing_was_held_the_weights_of_now_act():
    agent = small.agent()
    held = HeldWeights(agent.policies)
    held.set_state({}, {})
    assert held.get_state() == ({}, {})
