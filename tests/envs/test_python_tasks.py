"""Functions of Python make tasks, here and in other processes."""

import functools
import pickle
import threading

import pytest

from dreamerv2_tf.envs import python_tasks, registry
from dreamerv2_tf.envs.registry import make_env, register_task, suite_of
from dreamerv2_tf.errors import UserError

from ..corridor import Corridor, FailsWhenMade
from .settings import SETTINGS


@pytest.fixture(autouse=True)
def nothing_registered(monkeypatch):
    monkeypatch.setattr(python_tasks, '_functions', {})


def test_a_registered_task_is_made_by_its_function():
    register_task('corridor', Corridor)
    env = make_env('corridor', **SETTINGS | {'action_repeat': 2})
    env.reset(0)
    assert env.step([0, 1])['reward'] == -2
    with pytest.raises(UserError, match='unknown task `coridor` .did you mean `corridor`'):
        suite_of('coridor')


@pytest.mark.parametrize(
    'name, message',
    [
        ('', 'letters, digits'),
        ('a/b', 'letters, digits'),
        ('../x', 'letters, digits'),
        ('a..', 'letters, digits'),
        (3, 'Received: 3'),
        ('atari_mine', 'tasks that begin with `atari_` are taken'),
        ('gym_mine', 'tasks that begin with `gym_` are taken'),
        ('python_mine', 'tasks that begin with `python_` are taken'),
    ],
)
def test_a_name_that_cannot_be_a_task_is_refused(name, message):
    with pytest.raises(UserError, match=message):
        register_task(name, Corridor)


def test_a_task_keeps_its_function_but_takes_new_versions_of_it():
    register_task('corridor', Corridor)
    with pytest.raises(UserError, match='the task `corridor` is made by Corridor already'):
        register_task('corridor', FailsWhenMade)
    newer = type('Corridor', (Corridor,), {'__module__': Corridor.__module__})
    register_task('corridor', newer)
    assert isinstance(suite_of('corridor').make(''), newer)


def test_an_environment_is_no_function():
    with pytest.raises(UserError, match='a function without arguments must make the environment'):
        register_task('corridor', Corridor())


def test_functions_that_are_not_registered_are_named_after_themselves():
    assert python_tasks.add(Corridor) == 'python_Corridor'
    assert python_tasks.add(functools.partial(Corridor)) == 'python_Corridor'
    assert python_tasks.add(lambda: Corridor()) == 'python_lambda'
    register_task('corridor', Corridor)
    assert python_tasks.add(Corridor) == 'corridor'
    with pytest.raises(UserError, match='`python_Maze` is made by a function of a script'):
        suite_of('python_Maze')


def test_a_function_that_fails_is_named_with_its_error():
    register_task('corridor', FailsWhenMade)
    with pytest.raises(UserError, match="`FailsWhenMade..` makes no environment: KeyError: 'no licence'") as error:
        make_env('corridor', **SETTINGS)
    assert isinstance(error.value.__cause__, KeyError)


def test_a_function_goes_to_other_processes_with_its_code_or_says_that_it_cannot():
    limit, lock = 3, threading.Lock()

    class Short(Corridor):
        limit = 3

    register_task('short', lambda: Short())
    register_task('locked', lambda: (lock, Short())[limit - 2])
    sent = pickle.loads(pickle.dumps(suite_of('short')))
    assert sent.make('').limit == 3
    with pytest.raises(UserError, match='use envs_parallel none or thread'):
        pickle.dumps(suite_of('locked'))


@pytest.mark.parametrize(
    'text, task',
    [
        ('CartPole-v1', 'gym_CartPole-v1'),
        ('my_module:Maze-v0', 'gym_my_module:Maze-v0'),
        ('gym_my_module:Maze-v0', 'gym_my_module:Maze-v0'),
        ('ALE/Pong-v5', 'gym_ALE/Pong-v5'),
        ('atari_pong', 'atari_pong'),
        ('corridor', 'corridor'),
    ],
)
def test_ids_of_gymnasium_are_tasks_too(text, task):
    assert registry.task_of(text) == task
