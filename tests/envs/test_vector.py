"""Several environments step alike, in this process or in their own."""

import functools
import os
import signal

import numpy as np
import pytest

from dreamerv2_tf.envs.registry import make_env
from dreamerv2_tf.envs.vector import Processes, Serial
from dreamerv2_tf.errors import StateError, UserError

from .settings import SETTINGS


def constructors(task, count):
    return [functools.partial(make_env, task, **SETTINGS)] * count


@pytest.fixture
def processes():
    """Makes `Processes` and ends them after the test."""
    made = []

    def make(*args):
        made.append(Processes(*args))
        return made[-1]

    yield make
    for envs in made:
        envs.close()


def play(envs, steps):
    generator = np.random.default_rng(0)
    rows = [envs.reset(index, index + 3) for index in range(len(envs))]
    for _ in range(steps):
        rows += envs.step(np.eye(3)[generator.integers(3, size=len(envs))])
    rows.append(envs.reset(1, 9))
    return rows


def test_processes_give_the_rows_that_one_process_gives(processes):
    parallel = processes(constructors('toy_catch', 2))
    serial = Serial(constructors('toy_catch', 2))
    assert len(parallel) == len(serial) == 2
    assert parallel.action == serial.action
    assert parallel.observation == serial.observation
    ours, theirs = play(parallel, 20), play(serial, 20)
    assert len(ours) == len(theirs) == 43
    for a, b in zip(ours, theirs):
        assert set(a) == set(b)
        for key in a:
            np.testing.assert_array_equal(a[key], b[key])
    assert (ours[0]['image'] != ours[1]['image']).any()


def test_an_error_of_an_environment_carries_its_number_and_traceback(processes):
    envs = processes(constructors('gym_CartPole-v1', 2))
    envs.reset(0, 0)
    with pytest.raises(RuntimeError) as error:
        envs.step(np.eye(2))
    assert 'environment 1 failed' in str(error.value)
    assert 'Traceback' in str(error.value)
    assert 'ResetNeeded' in str(error.value)


def test_a_users_mistake_is_raised_as_one():
    with pytest.raises(UserError, match='did you mean `gym_CartPole-v1`'):
        Processes(constructors('gym_CartPol-v1', 1))


def test_signals_to_all_processes_of_a_run_are_left_to_the_main_one(processes):
    envs = processes(constructors('toy_catch', 1))
    envs.reset(0, 0)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1):
        os.kill(envs._processes[0].pid, number)
    (row,) = envs.step(np.eye(3)[[1]])
    assert not row['is_first']


def test_a_process_that_dies_is_an_error():
    with pytest.raises(RuntimeError, match='environment 0 failed:\nits process ended'):
        Processes([functools.partial(os._exit, 3)])


def test_a_process_that_is_killed_between_steps_is_an_error_with_its_number(processes):
    envs = processes(constructors('toy_catch', 2))
    envs.reset(0, 0), envs.reset(1, 1)
    envs._processes[1].kill()
    envs._processes[1].join()
    with pytest.raises(RuntimeError, match='environment 1 failed'):
        envs.step(np.eye(3)[[1, 1]])


def test_closing_ends_the_processes(processes):
    envs = processes(constructors('toy_catch', 1))
    envs.close()
    assert [process.is_alive() for process in envs._processes] == [False]
    envs.close()


def test_the_rows_of_one_environment_do_not_depend_on_the_others():
    alone = Serial(constructors('toy_catch', 1))
    together = Serial(constructors('toy_catch', 2))
    alone.reset(0, 4), together.reset(0, 3), together.reset(1, 4)
    for _ in range(30):
        (row,) = alone.step(np.eye(3)[[1]])
        _, same = together.step(np.eye(3)[[2, 1]])
        np.testing.assert_array_equal(row['image'], same['image'])


def test_a_game_that_is_saved_in_one_process_goes_on_in_another(processes):
    ours, theirs = (processes(constructors('atari_pong', 1)) for _ in range(2))
    ours.reset(0, 5)
    for _ in range(10):
        ours.step(np.eye(18)[[2]])
    plain, arrays = ours.get_state()
    theirs.set_state(plain, arrays)
    for _ in range(10):
        (row,), (same,) = ours.step(np.eye(18)[[3]]), theirs.step(np.eye(18)[[3]])
        np.testing.assert_array_equal(row['image'], same['image'])
    with pytest.raises(StateError, match='by ale-py none'):
        theirs.set_state(plain, arrays | {'0/version': np.array('none')})


def test_the_state_of_several_environments_carries_their_numbers_and_each_gets_its_own():
    class Counting:
        """Stands for a `RowEnv` whose state is a number."""

        observation = action = None
        resumable, notes = True, ()

        def __init__(self, number):
            self.number = number

        def get_state(self):
            return {}, {} if self.number is None else {'number': np.array(self.number)}

        def set_state(self, plain, arrays):
            self.number = int(arrays['number'])

    plain, arrays = Serial([functools.partial(Counting, number) for number in (3, None, 5)]).get_state()
    assert {name: int(array) for name, array in arrays.items()} == {'0/number': 3, '2/number': 5}
    fewer = [Counting(0), Counting(1)]
    Serial([lambda env=env: env for env in fewer]).set_state(plain, arrays)
    assert [env.number for env in fewer] == [3, 1]


@pytest.mark.parametrize('kind', [Serial, Processes])
def test_environments_that_cannot_be_saved_have_no_state_and_take_none(kind):
    envs = kind(constructors('toy_catch', 1))
    envs.reset(0, 0)
    assert envs.get_state() == ({}, {})
    envs.set_state({}, {})
    with pytest.raises(StateError, match='cannot be saved'):
        envs.set_state({}, {'0/number': np.array(1)})
    envs.close()
