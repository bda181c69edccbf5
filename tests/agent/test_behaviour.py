"""Behaviours: who collects when, what they learn, and how they go on."""

import numpy as np
import pytest

from dreamerv2_tf.agent.behaviour import Collectors, Random
from dreamerv2_tf.build_agent import EXPLORERS
from dreamerv2_tf.config.schema import SCHEMA
from dreamerv2_tf.errors import RunError
from dreamerv2_tf.learning.learner import Learner
from dreamerv2_tf.learning.optimizer import Adam
from dreamerv2_tf.spec import ActionSpec

from .. import small


@pytest.mark.parametrize(
    'changes, frames, name',
    [
        ({}, 0, 'greedy'),
        ({'expl_behavior': 'random'}, 10**9, 'random'),  # until 0 = always
        ({'expl_behavior': 'random', 'expl_until': 400}, 399, 'random'),
        ({'expl_behavior': 'random', 'expl_until': 400}, 400, 'greedy'),
    ],
)
def test_expl_until_is_the_number_of_frames_that_the_explorer_collects(changes, frames, name):
    agent = small.agent(**changes)
    assert agent.collectors.at(frames) is agent.behaviours[name]
    assert agent.collectors.prefill is agent.behaviours['random']


class Counting(Random):
    """An explorer that learns: counts its updates."""

    updates, metric = 0, 'explorer_loss'

    def update(self, rows, model, scheduled, number, seed):
        self.updates += 1
        return {self.metric: model.loss}


def learning(agent, explorer):
    """A learner with one more behaviour."""
    parts = agent.world_model.parts.values()
    variables = [variable for part in parts for variable in part.variables]
    optimizer = Adam(variables, lr=1e-4, eps=1e-5, clip=100, wd=0, loss_scale=None, name='model')
    return Learner(agent.world_model, optimizer, {'greedy': agent.task, 'explorer': explorer}, seed=0)


def test_a_learner_runs_any_behaviour_and_the_loop_asks_for_its_policy():
    agent, explorer = small.agent(), Counting(ActionSpec.choice(small.A), np.random.default_rng(0))
    metrics = learning(agent, explorer).update(small.rows(), 0)
    assert explorer.updates == 1 and float(metrics['explorer_loss']) == float(metrics['model_loss'])
    collectors = Collectors(agent.collectors.prefill, explorer, agent.task, 100)
    assert collectors.at(99).policy is explorer.policy and collectors.at(100).policy is agent.train_policy


def test_a_metric_of_a_name_that_is_there_already_is_refused():
    explorer = Counting(ActionSpec.choice(small.A), np.random.default_rng(0))
    explorer.metric = 'actor_loss'
    with pytest.raises(RunError, match='metrics of the behaviour `explorer` have names of others'):
        learning(small.agent(), explorer).update(small.rows(), 0)


def test_every_explorer_can_be_named_in_the_settings():
    assert set(SCHEMA['expl_behavior'].kind.names) == {'greedy', 'random', *EXPLORERS}


def test_random_actions_go_on_where_they_stopped():
    rows = {'is_first': np.zeros(3)}
    one, other = (Random(ActionSpec.choice(5), np.random.default_rng(seed)) for seed in (0, 1))
    one.policy(rows, None)
    other.set_state(*one.get_state())
    np.testing.assert_array_equal(one.policy(rows, None)[0], other.policy(rows, None)[0])


def test_the_greedy_behaviour_goes_on_with_weights_slots_and_draws():
    before, after = small.agent(seed=1), small.agent(seed=1)
    before.learner.update(small.rows(), 0)
    batch = {'image': np.zeros((2, 64, 64, 1), np.uint8), 'is_first': np.ones(2, bool)}
    before.train_policy(batch, None)
    for name, part in after.learned.items():
        part.set_state(*before.learned[name].get_state())
    for name, variable in small.variables(before).items():
        np.testing.assert_array_equal(variable, small.variables(after)[name], err_msg=name)
    one, other = (agent.train_policy(batch, None)[0] for agent in (before, after))
    np.testing.assert_array_equal(one, other)


def test_the_memory_of_another_kind_of_policy_counts_as_none():
    policy = small.agent(eval_state_mean=True).eval_policy
    batch = {'image': np.full((2, 64, 64, 1), 7, np.uint8), 'is_first': np.zeros(2, bool)}
    fresh = policy(batch, None)[1].to_arrays()
    foreign = policy(batch, {'held': np.ones(2)})[1].to_arrays()
    for name, array in fresh.items():
        np.testing.assert_array_equal(array, foreign[name])
