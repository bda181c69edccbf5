"""Suites that need packages of their own; each is tested where its package is installed."""

import numpy as np
import pytest

from dreamerv2_tf.env_check.examine import examine
from dreamerv2_tf.envs.registry import bare_env, make_env, suite_of

from .settings import SETTINGS

SEEN_BY_AGENTS = {
    'gym_ALE/Pong-v5': ('ale_py', {'image': (210, 160, 3)}),
    'gym_FrozenLake-v1': ('gymnasium', {'vector': (16,)}),
    'gym_Acrobot-v1': ('gymnasium', {'vector': (6,)}),
    'gym_LunarLander-v3': ('Box2D', {'vector': (8,)}),
    'gym_CarRacing-v3': ('Box2D', {'image': (96, 96, 3)}),
    'gym_HalfCheetah-v5': ('mujoco', {'vector': (17,)}),
    'gym_MinAtar/Breakout-v1': ('minatar', {'vector': (400,)}),
    'gym_minatar:MinAtar/Asterix-v1': ('minatar', {'vector': (400,)}),
    'gym_MiniGrid-Empty-8x8-v0': ('minigrid', {'image': (56, 56, 3), 'direction': (4,)}),
    'dmc_cup_catch': ('dm_control', {'position': (4,), 'velocity': (4,)}),
}


@pytest.mark.parametrize('task', SEEN_BY_AGENTS)
def test_a_task_of_a_suite_is_made_and_stepped(task):
    package, shapes = SEEN_BY_AGENTS[task]
    pytest.importorskip(package)
    env = make_env(task, **SETTINGS | {'dmc_image': False})
    assert {key: spec.shape for key, spec in env.observation.items()} == shapes
    env.reset(0)
    row = env.step(env.action.random(np.random.default_rng(0)))
    assert np.isfinite(row['reward']) and all(row[key].shape == shape for key, shape in shapes.items())


@pytest.mark.parametrize('task, package', [('crafter_reward', 'crafter'), ('dmc_walker_walk', 'dm_control')])
def test_nothing_is_wrong_with_suites_that_are_adapted_here(task, package):
    pytest.importorskip(package)
    settings = {key: value for key, value in SETTINGS.items() if key not in ('mode', 'time_limit', 'image_layout')}
    env = bare_env(task, 'train', suite_of(task), **settings | {'dmc_image': False})
    assert not examine(env, 'auto', limited=True, steps=60).problems
