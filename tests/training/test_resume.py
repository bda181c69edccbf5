import numpy as np
import pytest

from dreamerv2_tf.errors import UserError
from dreamerv2_tf.training import resume

from .. import small


class Position:
    """Stands for all that a run is but its learner; keeps what is put."""

    steps, has_episodes = 7, True

    def take(self):
        return {'steps': 7, 'prefilled': True}, {'open/train/0/reward': np.arange(3.0)}

    def put(self, counts, arrays, changed):
        self.counts, self.reward, self.changed = counts, arrays['open/train/0/reward'], changed
        return 'settings have changed' if changed else ''


@pytest.fixture(scope='module')
def agent():
    return small.agent()


def saved(agent, config=None):
    arrays = resume.state(Position(), config or small.config(), agent)
    return {name: np.array(value) for name, value in arrays.items()}


def restore(agent, arrays, config=None, allow_changes=False):
    position = Position()
    told = resume.restore(arrays, position, config or small.config(), agent, allow_changes)
    return position, told


def test_the_position_of_the_run_comes_back(agent):
    position, told = restore(agent, saved(agent))
    assert position.counts == {'steps': 7, 'prefilled': True} and not position.changed
    assert position.reward.tolist() == [0, 1, 2]
    assert told == 'resumed at 28 frames'


def test_weights_alone_begin_a_run(agent):
    arrays = {name: np.array(value) + 1 for name, value in agent.weights.items()}
    updates = int(agent.learner.updates)
    assert restore(agent, arrays)[1] == 'begins with the weights of the checkpoint'
    np.testing.assert_array_equal(agent.weights['rssm/gru/kernel'], arrays['rssm/gru/kernel'])
    assert int(agent.learner.updates) == updates


def test_a_run_whose_episodes_are_gone_says_so(agent, monkeypatch):
    monkeypatch.setattr(Position, 'has_episodes', False)
    with pytest.raises(UserError, match='at 7 agent steps, but train_episodes holds no episode'):
        restore(agent, saved(agent))


def test_more_steps_and_another_folder_and_more_checkpoints_are_no_change(agent):
    changed = small.config(steps=70000000, logdir='elsewhere', checkpoint__every_frames=7, checkpoint__keep=5)
    position, _ = restore(agent, saved(agent), changed)
    assert not position.changed


def test_other_changes_are_listed_and_must_be_allowed(agent):
    changed = small.config(discount=0.5, clip_rewards='sign')
    with pytest.raises(UserError, match='clip_rewards tanh -> sign; discount 0.999 -> 0.5. .*--resume_changed'):
        restore(agent, saved(agent), changed)
    position, told = restore(agent, saved(agent), changed, allow_changes=True)
    assert position.changed and told.endswith('; running episodes ended there: settings have changed')


@pytest.mark.parametrize('run', ['{}', 'no json', '[1, 2]', '3'])
def test_a_damaged_checkpoint_changes_nothing(agent, run):
    arrays = saved(agent) | {'run': np.array(run)}
    arrays = {name: array + 1 if array.dtype == np.float32 else array for name, array in arrays.items()}
    before = np.array(agent.weights['rssm/gru/kernel'])
    with pytest.raises(UserError, match='not one of a run'):
        restore(agent, arrays)
    np.testing.assert_array_equal(agent.weights['rssm/gru/kernel'], before)
