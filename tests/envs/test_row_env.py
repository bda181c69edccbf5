"""Any gymnasium environment speaks in rows."""

import gymnasium
import numpy as np
from gymnasium import spaces

from dreamerv2_tf.envs.row_env import RowEnv

from ..fakes import Scripted, Showing


def test_rows_carry_rewards_and_flags():
    env = RowEnv(Scripted([[1.5, -2], [3]]))
    got = [env.reset(0), env.step(np.eye(3)[0]), env.step(np.eye(3)[1]), env.reset(0), env.step(np.eye(3)[2])]
    assert [row['reward'] for row in got] == [0, 1.5, -2, 0, 3]
    assert [bool(row['is_first']) for row in got] == [True, False, False, True, False]
    assert [bool(row['is_last']) for row in got] == [False, False, True, False, True]
    assert [bool(row['is_terminal']) for row in got] == [False, False, True, False, True]
    assert [list(row['vector']) for row in got] == [[0, 0], [0, 1], [0, 2], [1, 0], [1, 1]]


def test_rows_have_the_dtypes_of_stored_experience():
    row = RowEnv(Scripted([[1]])).reset(0)
    assert {key: value.dtype for key, value in row.items()} == {
        'vector': np.float32,
        'reward': np.float32,
        'is_first': bool,
        'is_last': bool,
        'is_terminal': bool,
    }


def test_a_truncated_episode_is_last_and_not_terminal():
    env = RowEnv(Scripted([[1]], truncates=True))
    env.reset(0)
    row = env.step(np.eye(3)[0])
    assert row['is_last'] and not row['is_terminal']


def test_every_episode_follows_from_its_seed():
    inner = Scripted([[1]])
    env = RowEnv(inner)
    env.reset(7), env.reset(8)
    assert inner.seeds == [7, 8]


def test_an_environment_that_can_be_saved_takes_its_first_seed_alone():
    inner = Scripted([[1]])
    inner.resumable, inner.get_state = True, lambda: ({}, {'a': 1})
    env = RowEnv(inner)
    assert env.get_state() == ({}, {})
    env.reset(7), env.reset(8)
    assert inner.seeds == [7, None]
    assert env.get_state() == ({}, {'a': 1})


def test_an_environment_with_such_methods_of_its_own_is_not_taken_for_one_that_can_be_saved():
    inner = Scripted([[1]])
    inner.get_state = lambda: 'something else'
    env = RowEnv(inner)
    env.reset(7)
    assert not env.resumable and env.get_state() == ({}, {})


def test_an_environment_says_what_it_shows_in_another_form():
    env = RowEnv(Showing(spaces.Dict({'mission': spaces.Text(9), 'camera': spaces.Box(0, 1, (32, 32))}), []))
    assert [note.split(' ', 1)[0] for note in env.notes] == ['`camera`', '`mission`']
    assert env.observation == {'camera': ((32, 32, 1), np.uint8)}


def test_an_action_reaches_the_environment_as_it_takes_it():
    inner = Showing(spaces.Discrete(2), [0, 1], spaces.Dict({'go': spaces.Discrete(2), 'aim': spaces.Box(0, 4, (1,))}))
    env = RowEnv(inner)
    env.reset(0)
    env.step(np.array([0, 0, 1], np.float32))
    assert inner.taken == [{'aim': 2, 'go': 1}]


def test_closing_reaches_the_environment():
    class Closing(Scripted):
        def close(self):
            self.closed = True

    inner = Closing([[1]])
    RowEnv(gymnasium.Wrapper(inner)).close()
    assert inner.closed
