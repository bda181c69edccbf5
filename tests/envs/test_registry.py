"""Task names become environments, and steps become agent steps."""

import sys

import numpy as np
import pytest

from dreamerv2_tf.envs.registry import make_env
from dreamerv2_tf.envs.wrappers import Repeat
from dreamerv2_tf.errors import UserError

from ..fakes import Scripted
from .settings import SETTINGS


def make(task, **changes):
    return make_env(task, **SETTINGS | changes)


@pytest.mark.parametrize(
    'task, message',
    [
        ('atary_pong', 'unknown task `atary_pong` (did you mean `atari`?)'),
        ('pong', 'tasks are atari_GAME'),
        ('toy_cach', 'toy_catch'),
        ('', 'unknown task ``'),
        ('gym_CartPol-v1', 'did you mean `gym_CartPole-v1`'),
        ('gym_', 'unknown task `gym_`'),
        ('atari_', 'unknown task `atari_`'),
    ],
)
def test_an_unknown_task_is_a_users_mistake(task, message):
    with pytest.raises(UserError) as error:
        make(task)
    assert message in str(error.value)


@pytest.mark.parametrize(
    'task, extra',
    [
        ('dmc_walker_walk', 'dmc'),
        ('crafter_reward', 'crafter'),
        ('gym_MiniGrid-Empty-8x8-v0', 'minigrid'),
        ('gym_MinAtar/Breakout-v1', 'minatar'),
        ('gym_minatar:MinAtar/Breakout-v1', 'minatar'),
    ],
)
def test_a_missing_package_names_the_extra_to_install(task, extra, monkeypatch):
    for package in ('dm_control', 'crafter', 'minigrid', 'minatar', 'minatar.gym'):
        monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(UserError) as error:
        make(task)
    assert f'`{task}` needs the package' in str(error.value)
    assert f'dreamerv2_tf[{extra}]' in str(error.value)


def test_a_registered_gymnasium_id_is_made():
    env = make('gym_CartPole-v1')
    assert (env.action.size, env.action.discrete) == (2, True)
    assert env.observation['vector'] == ((4,), np.float32)
    assert env.reset(0)['vector'].shape == (4,)


def test_the_limit_of_a_gymnasium_id_counts_environment_steps_and_ours_agent_steps():
    for settings, steps in (
        ({}, 200),
        ({'action_repeat': 2}, 100),
        ({'time_limit': 7}, 7),
        ({'time_limit': 7, 'action_repeat': 2}, 7),
    ):
        env = make('gym_Pendulum-v1', **settings)
        row, count = env.reset(0), 0
        while not row['is_last']:
            row = env.step(np.zeros(1))
            count += 1
        assert count == steps
        assert not row['is_terminal']


def test_an_end_at_the_time_limit_stays_terminal():
    env = make('toy_catch', time_limit=70)
    row = env.reset(0)
    for _ in range(70):
        row = env.step(np.eye(3)[1])
    assert row['is_last'] and row['is_terminal']


def test_repeat_sums_rewards_and_stops_where_the_episode_ends():
    inner = Scripted([[1, 2, 3, 4, 5], [10, 20]])
    env = Repeat(inner, 3)
    env.reset()
    observation, reward, terminated, truncated, _ = env.step(2)
    assert (list(observation), reward, terminated, truncated) == ([0, 3], 6, False, False)
    observation, reward, terminated, truncated, _ = env.step(1)
    assert (list(observation), reward, terminated, truncated) == ([0, 5], 9, True, False)
    assert inner.taken == [2, 2, 2, 1, 1]
    env.reset()
    assert env.step(0)[1:4] == (30, True, False)


def test_repeat_stops_at_a_truncation_too():
    env = Repeat(Scripted([[1, 2]], truncates=True), 5)
    env.reset()
    assert env.step(0)[1:4] == (3, False, True)
