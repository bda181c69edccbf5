"""What environments give is checked before a run makes anything, and named in one line."""

import gymnasium
import numpy as np
import pytest

from dreamerv2_tf.envs import registry
from dreamerv2_tf.errors import UserError

from .. import corridor


def row_env(env, action_repeat=1, time_limit=0):
    return registry.row_env(env, '`corridor`', time_limit, 'auto', action_repeat)


@pytest.mark.parametrize(
    'make, message',
    [
        (corridor.no_env, '`corridor` must make a gymnasium.Env. Received: builtins.str'),
        (corridor.WithoutSpaces, '`observation_space` must be a space of gymnasium.spaces. Received: None'),
        (corridor.OldReset, r'reset\(\) must return \(observation, info\). Received: an array of shape \(1,\); env'),
        (corridor.OldStep, r'step\(\) must return .*. Received: 4 values; environments of Gym before 0.26 do that'),
        (corridor.RewardedByArrays, r'the reward must be one number. Received: an array of shape \(2,\)'),
        (corridor.FailsInItsStep, 'fails in its first step: ValueError: no path. --debug_errors shows where'),
        (corridor.WithGraphs, 'actions of the kind Graph are not supported; there may be Discrete'),
    ],
)
def test_an_environment_that_cannot_be_used_is_one_line(make, message):
    with pytest.raises(UserError, match=message) as error:
        row_env(make())
    assert '\n' not in str(error.value)


def test_a_reward_in_an_array_of_one_number_is_that_number():
    env = row_env(corridor.RewardedByArraysOfOne(), action_repeat=3)
    env.reset(0)
    row = env.step(np.array([0, 1], np.float32))
    assert row['reward'] == -3 and row['reward'].shape == ()


def test_the_step_that_is_made_to_try_leaves_no_trace():
    first, again = row_env(corridor.Corridor(), time_limit=4), row_env(corridor.Corridor(), time_limit=4)
    again.reset(5)
    np.testing.assert_array_equal(first.reset(5)['vector'], again.reset(5)['vector'])
    ends = [bool(first.step(np.array([0, 1], np.float32))['is_last']) for _ in range(4)]
    assert ends == [False, False, False, True]


class Gives(gymnasium.Env):
    """Gives always the same, as it was told."""

    observation_space = gymnasium.spaces.Box(0, 8, (3,), np.float32)
    action_space = gymnasium.spaces.Discrete(2)

    def __init__(self, observation=(0, 0, 0), reward=1.0, terminated=False):
        self._observation = np.array(observation, np.float32)
        self._reward, self._terminated = reward, terminated

    def reset(self, *, seed=None, options=None):
        return self._observation, {}

    def step(self, action):
        return self._observation, self._reward, self._terminated, False, {}


@pytest.mark.parametrize(
    'given, message',
    [
        ({'observation': [0] * 4}, r'`corridor`: the observation `vector` does not fit its space: .*\(4,\)'),
        ({'observation': [0, np.nan, 0]}, '`corridor`: the observation `vector` must be finite. Received: nan'),
        ({'terminated': np.array([False, True])}, r'`terminated` must be True or False. Received: an array of shape'),
        ({'terminated': None}, '`terminated` must be True or False. Received: None'),
        ({'reward': '1.5'}, "the reward must be one number. Received: '1.5'"),
    ],
)
def test_what_a_step_gives_is_looked_at_before_a_run_begins(given, message):
    with pytest.raises(UserError, match=message):
        row_env(Gives(**given))


def test_flags_in_arrays_of_one_number_are_taken():
    env = row_env(Gives(terminated=np.array([1])))
    env.reset(0)
    assert env.step(env.action.zeros())['is_terminal']
