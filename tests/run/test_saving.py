import json

import numpy as np
import pytest

from dreamerv2_tf.errors import UserError
from dreamerv2_tf.run import saving

from .. import small

COUNTS = {'steps': 7, 'train_due': 5, 'log_due': None, 'video_due': None, 'train_episodes': {0: 2}, 'eval_episodes': {}}


@pytest.fixture(scope='module')
def agent():
    return small.agent()


def saved(agent, config=None):
    generators = {'sampler': np.random.default_rng(5)}
    arrays = saving.state(COUNTS, config or small.config(), agent, generators)
    return {name: np.array(value) for name, value in arrays.items()}


def restore(agent, arrays, config=None, allow_changes=False):
    generators = {'sampler': np.random.default_rng(6)}
    counts = saving.restore(arrays, config or small.config(), allow_changes, agent, generators)
    return counts, generators['sampler'].integers(1000)


def test_counts_and_random_states_come_back(agent):
    counts, draw = restore(agent, saved(agent))
    assert counts == json.loads(json.dumps(COUNTS))
    assert draw == np.random.default_rng(5).integers(1000)


def test_more_steps_and_another_folder_are_no_change(agent):
    restore(agent, saved(agent), small.config(steps=70000000, logdir='elsewhere'))


def test_other_changes_are_listed_and_must_be_allowed(agent):
    changed = small.config(discount=0.5, clip_rewards='sign')
    with pytest.raises(UserError, match='clip_rewards tanh -> sign; discount 0.999 -> 0.5. .*--resume_changed'):
        restore(agent, saved(agent), changed)
    restore(agent, saved(agent), changed, allow_changes=True)


@pytest.mark.parametrize('run', ['{}', 'no json', '[1, 2]', '3'])
def test_a_damaged_checkpoint_changes_nothing(agent, run):
    arrays = saved(agent) | {'run': np.array(run)}
    arrays = {name: array + 1 if array.dtype == np.float32 else array for name, array in arrays.items()}
    before = np.array(agent.learner.weights['rssm/gru/kernel'])
    with pytest.raises(UserError, match='not one of a run'):
        restore(agent, arrays)
    np.testing.assert_array_equal(agent.learner.weights['rssm/gru/kernel'], before)
