"""Runs that a Python program starts, in an environment of its own."""

import functools
import subprocess
import sys
import threading

import gymnasium
import numpy as np
import pytest

import dreamerv2_tf as dv2
from dreamerv2_tf import build, check_env
from dreamerv2_tf.envs import python_tasks

from . import corridor, small
from .corridor import Corridor

SHORT = {
    'steps': 60,
    'prefill': 30,
    'pretrain': 1,
    'actor_ent': 1e-3,
    'eval_every': 30,
    'train_every': 15,
    'replay.minlen': 4,
    'replay.maxlen': 8,
    'eager': True,
    'eval_eps': 1,
}


@pytest.fixture(autouse=True, scope='module')
def nothing_registered():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(python_tasks, '_functions', {})
        yield


def made_by_lock(lock):
    with lock:
        return Corridor()


def config(*presets, **changes):
    sizes = {key: value for key, value in small.SIZES.items() if '_layers' not in key}
    return dv2.load_config(*(presets or ('cpu',)), **(sizes | SHORT | {'.*_layers': [8]} | changes))


@pytest.fixture(scope='module')
def results(tmp_path_factory):
    """What two calls gave, in a thread, of a function that no other process can be handed."""
    logdir, given = tmp_path_factory.mktemp('corridor') / 'run', []
    made = functools.partial(made_by_lock, threading.Lock())

    def train():
        for steps in (60, 80):
            given.append(dv2.train(made, config(steps=steps), logdir=logdir))

    thread = threading.Thread(target=train)
    thread.start()
    thread.join()
    return given


def test_a_call_trains_and_the_same_call_goes_on(results):
    first, second = results
    assert (first.agent.steps, second.agent.steps) == (60, 80)
    assert first.logdir == second.logdir and first.agent.config.task == 'python_made_by_lock'
    assert [frames for frames, _ in first.returns['eval']] == [30, 30]  # random actions, then the agent
    assert second.returns['train'][: len(first.returns['train'])] == first.returns['train']
    assert len(second.returns['eval']) > 2 and all(-30 <= value <= -6 for _, value in second.returns['train'])


def test_the_agent_acts_on_what_the_environment_gives_and_gives_what_it_takes(results):
    agent, env = results[1].agent, Corridor()
    observation, _ = env.reset(seed=0)
    action, state = agent.act(observation)
    assert action in (0, 1) and type(action) is int
    env.step(action)
    agent.act(env.seen(), state)
    actions, _ = agent.act(np.stack([observation] * 3), sample=True)
    assert actions.shape == (3,) and set(actions) <= {0, 1}


def test_an_episode_begins_where_that_is_said(results):
    agent = dv2.load_agent(results[1].logdir, eval_state_mean=True)
    begun, before = agent.act(np.array([0], np.float32))[1], agent.act(np.array([7], np.float32))[1]
    again = agent.act(np.array([[0], [0]], np.float32), _twice(before), first=[True, False])[1]
    np.testing.assert_allclose(again.latent.deter[0], begun.latent.deter[0], rtol=1e-5)
    assert np.any(np.abs(again.latent.deter[1] - begun.latent.deter[0]) > 1e-5)


def _twice(state):
    import tensorflow as tf

    return tf.nest.map_structure(lambda x: tf.repeat(x, 2, 0), state)


@pytest.mark.parametrize(
    'observation, message',
    [
        (np.zeros(2), r'`vector` .* its shape must be \(1,\). Received: \(2,\)'),
        ([np.nan], '`vector` must be finite. Received: nan'),
        ('right', 'must hold numbers'),
        ({'vector': np.zeros(3)}, r'`vector` must be \(1,\)'),
        ({'image': np.zeros(3)}, 'there is no `vector`'),
    ],
)
def test_an_observation_that_does_not_fit_is_one_line(results, observation, message):
    with pytest.raises(dv2.UserError, match=message):
        results[1].agent.act(observation)


def test_a_state_of_other_environments_is_refused(results):
    agent = results[1].agent
    _, state = agent.act(np.zeros((3, 1)))
    with pytest.raises(dv2.UserError, match='for 1 environments. Received: of 3'):
        agent.act(np.zeros(1), state)
    with pytest.raises(dv2.UserError, match='`state` must be what the last call returned'):
        agent.act(np.zeros(1), {})


def test_it_plays_whole_episodes_that_can_be_looked_into(results):
    agent = results[1].agent
    played = agent.play(Corridor(), episodes=1, seed=1)
    assert played.returns == [episode['reward'].sum() for episode in played.episodes]
    for episode in played.episodes:
        assert episode['is_first'][0] and episode['is_last'][-1] and not episode['is_last'][:-1].any()
    assert agent.observe(played.episodes[0]).post.deter.shape[0] == len(played.episodes[0]['reward'])
    assert len(agent.play().returns) == 1  # in an environment that it makes
    with pytest.raises(dv2.UserError, match='does not fit the agent: it has vector'):
        agent.play(gymnasium.make('CartPole-v1'))


def test_a_loaded_agent_knows_its_environment_though_nobody_can_make_it(results, monkeypatch):
    monkeypatch.setattr(python_tasks, '_functions', {})
    agent = dv2.load_agent(results[1].logdir)
    assert agent.act(np.array([3], np.float32))[0] in (0, 1)
    with pytest.raises(dv2.UserError, match='`python_made_by_lock` is made by a function of a script'):
        agent.make_env()


@pytest.mark.parametrize(
    'env, changes, message',
    [
        (corridor.no_env, {}, '`no_env..` must make a gymnasium.Env. Received: builtins.str'),
        (corridor.FailsWhenMade, {}, 'no licence'),
        (corridor.OldReset, {}, 'environments of Gym before 0.26 do that'),
        (corridor.RewardedByArrays, {}, 'the reward must be one number'),
        (corridor.WithGraphs, {}, 'actions of the kind Graph are not supported'),
        (Corridor(), {}, 'a function without arguments must make the environment'),
        ('CartPol-v1', {}, 'did you mean `gym_CartPole-v1`'),
        (
            functools.partial(made_by_lock, threading.Lock()),
            {'envs_parallel': 'process'},
            'use envs_parallel none or thread',
        ),
    ],
)
def test_what_cannot_be_used_is_said_before_anything_is_made(env, changes, message, tmp_path):
    with pytest.raises(dv2.UserError, match=message):
        dv2.train(env, config(**changes), logdir=tmp_path / 'run')
    assert not list(tmp_path.iterdir())


def test_vectors_under_a_preset_for_images_name_what_to_do(tmp_path):
    with pytest.raises(dv2.UserError, match=r'there are vector \(1,\)\. .*such as `--configs cpu`, see all'):
        dv2.train(Corridor, config('atari', 'cpu'), logdir=tmp_path / 'run')
    assert not list(tmp_path.iterdir())


def test_settings_must_be_a_config(tmp_path):
    with pytest.raises(dv2.UserError, match='`config` must be what dv2.load_config returns'):
        dv2.train(Corridor, {'steps': 3}, logdir=tmp_path)


def test_registered_tasks_are_those_of_configs_and_commands(capsys):
    dv2.register_task('corridor', Corridor)
    env = build.env_constructor(dv2.load_config('cpu', task='corridor'), 'train')()
    assert env.observation['vector'].shape == (1,)
    assert check_env.main(['corridor']) == 0
    assert 'nothing is wrong' in capsys.readouterr().out


@pytest.mark.parametrize(
    'imports',
    ['import dreamerv2_tf.train, dreamerv2_tf.check_env', 'import dreamerv2_tf', 'from dreamerv2_tf import train'],
)
def test_the_commands_modules_are_called_like_functions_in_either_order_of_imports(imports):
    program = f"""
{imports}
import dreamerv2_tf as dv2
import dreamerv2_tf.train
import inspect, sys
for door in (dv2.train, dv2.check_env):
    assert callable(door) and callable(door.main) and inspect.ismodule(door)
assert list(inspect.signature(dv2.train).parameters) == ['env', 'config', 'logdir']
assert dv2.train is sys.modules['dreamerv2_tf.train'] and 'tensorflow' not in sys.modules
"""
    subprocess.run([sys.executable, '-c', program], check=True)


@pytest.mark.parametrize(
    'call, message',
    [
        (lambda agent: agent.act([0.0], first=[True, False]), '`first` must be True or False, or 1 of them'),
        (lambda agent: agent.act([0.0], first='no'), "`first` must be True or False, or 1 of them. Received: 'no'"),
        (lambda agent: agent.play(corridor.Corridor(), episodes=-1), '`episodes` must be a whole number, 1 or more'),
        (lambda agent: agent.play(corridor.Corridor(), seed='x'), "`seed` must be a whole number, 0 or more. .* 'x'"),
        (lambda agent: agent.play(corridor.Corridor), '`env` must be an environment'),
    ],
)
def test_bad_arguments_of_an_agent_are_one_line(results, call, message):
    with pytest.raises(dv2.UserError, match=message):
        call(results[-1].agent)
