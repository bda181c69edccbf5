"""Several environments step alike, in this process or in their own."""

import functools
import os
import signal
import subprocess
import sys
import threading

import gymnasium
import numpy as np
import pytest

from dreamerv2_tf.envs import vector
from dreamerv2_tf.envs.registry import make_env
from dreamerv2_tf.envs.row_env import RowEnv
from dreamerv2_tf.envs.vector import Processes, Serial, Threads
from dreamerv2_tf.errors import StateError, UserError

from ..fakes import Showing
from ..misbehaving import PIDS, living, wait_until_gone
from .settings import SETTINGS


def constructors(task, count):
    return [functools.partial(make_env, task, **SETTINGS)] * count


@pytest.fixture
def make():
    """Makes environments of a kind, and closes them after the test."""
    made = []

    def vector(kind, *args, **settings):
        made.append(kind(*args, **settings))
        return made[-1]

    yield vector
    for envs in made:
        envs.close()


def play(envs, steps):
    generator = np.random.default_rng(0)
    rows = [envs.reset(index, index + 3) for index in range(len(envs))]
    for _ in range(steps):
        rows += envs.step(np.eye(3)[generator.integers(3, size=len(envs))])
    rows.append(envs.reset(1, 9))
    return rows


@pytest.mark.parametrize('kind', [Threads, Processes])
def test_threads_and_processes_give_the_rows_that_one_thread_gives(kind, make):
    parallel = make(kind, constructors('toy_catch', 2))
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


def misbehaving(name, count=2):
    return constructors(f'gym_tests.misbehaving:{name}-v0', count)


@pytest.mark.parametrize('kind', [Serial, Threads, Processes])
def test_an_environment_that_raises_gives_its_traceback_and_is_made_anew(kind, make):
    envs = make(kind, misbehaving('fails', 1) + misbehaving('healthy', 1))
    envs.reset(0, 0), envs.reset(1, 0)
    for _ in range(2):
        envs.step(np.eye(2))
    failure, row = envs.step(np.eye(2))
    assert row['reward'] == 1
    assert failure.reason == 'raised ValueError: no path to the goal' and not failure.is_not_finite
    assert 'Traceback' in failure.traceback and 'in fail' in failure.traceback
    assert envs.step(np.eye(2))[0] == failure  # until it is reset
    assert envs.reset(0, 0)['is_first']
    assert [row['vector'] for row in envs.step(np.eye(2))] == [1, 5]


@pytest.mark.parametrize('kind', [Threads, Processes])
def test_an_environment_that_hangs_is_given_up_after_its_time(kind, make):
    envs = make(kind, misbehaving('hangs', 1) + misbehaving('healthy', 1), timeout_seconds=1)
    envs.reset(0, 0), envs.reset(1, 0)
    for _ in range(2):
        envs.step(np.eye(2))
    failure, row = envs.step(np.eye(2))
    assert failure.reason == 'did not answer within 1 seconds (`env_timeout_seconds`)'
    assert row['vector'] == 3
    assert envs.reset(0, 0)['is_first']
    assert [row['vector'] for row in envs.step(np.eye(2))] == [1, 4]


def test_once_the_run_is_being_stopped_a_hanging_environment_is_given_up_early(make, monkeypatch):
    monkeypatch.setattr(vector, 'STOP_SECONDS', 0.1)
    stopping = []
    envs = make(Threads, misbehaving('hangs', 2), timeout_seconds=1000, stop=lambda: bool(stopping))
    envs.reset(0, 0), envs.reset(1, 0)
    for _ in range(2):
        envs.step(np.eye(2))
    stopping.append('a signal')
    assert [failure.reason for failure in envs.step(np.eye(2))] == [
        'did not answer while the run was being stopped'
    ] * 2


@pytest.mark.parametrize('action, key', [([np.nan, 0], 'action'), ([1, 0], 'vector')])
def test_a_number_that_is_not_finite_comes_in_no_row(action, key):
    envs = Serial(misbehaving('gives_nan', 1))
    envs.reset(0, 0)
    for _ in range(2):
        envs.step(np.eye(2)[:1])
    (failure,) = envs.step(np.array([action]))
    assert failure.is_not_finite and f'nan in `{key}`' in failure.reason
    assert envs.reset(0, 0)['is_first']


def test_keys_that_are_never_learned_from_may_hold_any_number():
    space = gymnasium.spaces.Dict({key: gymnasium.spaces.Box(-1, 1, (1,)) for key in ('vector', 'log_distance')})
    seen = {'vector': np.zeros(1), 'log_distance': np.array([np.nan])}
    envs = Serial([lambda: RowEnv(Showing(space, [seen]))])
    assert np.isnan(envs.reset(0, 0)['log_distance'])


@pytest.mark.parametrize('kind', [Serial, Threads, Processes])
def test_a_users_mistake_is_raised_as_one(kind):
    with pytest.raises(UserError, match='did you mean `gym_CartPole-v1`'):
        kind(constructors('gym_CartPol-v1', 1))


def test_what_cannot_be_made_is_a_mistake_with_its_traceback_as_a_note():
    with pytest.raises(UserError, match='cannot be made; it raised TypeError: .*missing') as error:
        Serial([functools.partial(make_env)])
    assert 'Traceback' in error.value.__notes__[0]


def test_signals_to_all_processes_of_a_run_are_left_to_the_main_one(make):
    envs = make(Processes, constructors('toy_catch', 1))
    envs.reset(0, 0)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1):
        os.kill(pids(envs)[0], number)
    (row,) = envs.step(np.eye(3)[[1]])
    assert not row['is_first']


def pids(envs):
    return [worker._process.pid for worker in envs._workers]


def test_a_process_that_ends_while_it_makes_its_environment_is_a_mistake():
    with pytest.raises(UserError, match='its process ended with exit code 3'):
        Processes([functools.partial(os._exit, 3)])


def test_a_process_that_is_killed_between_steps_is_started_anew(make):
    envs = make(Processes, constructors('toy_catch', 2))
    envs.reset(0, 0), envs.reset(1, 1)
    os.kill(pids(envs)[1], signal.SIGKILL)
    row, failure = envs.step(np.eye(3)[[1, 1]])
    assert not row['is_first'] and failure.reason == 'ended, since its process was killed by SIGKILL'
    assert envs.reset(1, 1)['is_first']
    assert not any(row['is_first'] for row in envs.step(np.eye(3)[[1, 1]]))


def test_what_cannot_be_sent_to_a_process_is_refused_and_goes_in_a_thread(make):
    held = threading.Lock()

    def construct():
        with held:
            return make_env('toy_catch', **SETTINGS)

    with pytest.raises(UserError, match='cannot be sent there: .* Use a function of a module, or .*`none`'):
        Processes([construct])
    assert make(Threads, [construct]).reset(0, 0)['is_first']


def test_closing_ends_the_processes_and_all_that_they_started(tmp_path, monkeypatch):
    monkeypatch.setenv(PIDS, str(tmp_path))
    envs = Processes(misbehaving('healthy', 1))
    assert len(living(tmp_path)) == 2
    envs.close()
    wait_until_gone(tmp_path)
    envs.close()


HANGING = """
import functools, os, pathlib, sys
from dreamerv2_tf.envs.registry import make_env
from dreamerv2_tf.envs.vector import Processes
from tests.envs.settings import SETTINGS

if __name__ == '__main__':
    envs = Processes([functools.partial(make_env, 'gym_tests.misbehaving:hangs-v0', **SETTINGS)])
    envs.reset(0, 0)
    print('begins', flush=True)
    for _ in range(3):
        envs.step([[1, 0]])
"""


@pytest.mark.parametrize('number', [signal.SIGKILL, signal.SIGINT])
def test_no_process_outlives_a_program_that_never_closes_it_although_it_hangs(number, tmp_path, monkeypatch):
    monkeypatch.setenv(PIDS, str(tmp_path))
    (tmp_path / 'script.py').write_text(HANGING)
    command = [sys.executable, str(tmp_path / 'script.py')]
    program = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=os.environ | {'PYTHONPATH': os.getcwd()}
    )
    assert program.stdout.readline() == b'begins\n'
    assert len(living(tmp_path)) == 2
    program.send_signal(number)
    program.communicate()
    wait_until_gone(tmp_path)


def test_a_script_without_a_main_guard_gets_one_line_that_says_so(tmp_path):
    script = tmp_path / 'script.py'
    script.write_text(HANGING.replace("if __name__ == '__main__':", 'if True:'))
    result = subprocess.run(
        [sys.executable, script], capture_output=True, text=True, env=os.environ | {'PYTHONPATH': os.getcwd()}
    )
    assert result.returncode == 1 and 'begins' not in result.stdout
    assert result.stderr.count('Traceback') == 1  # of the script itself
    assert 'UserError: with `envs_parallel: process` every worker imports the script' in result.stderr
    assert result.stderr.endswith("below a line `if __name__ == '__main__':`\n")


def test_the_rows_of_one_environment_do_not_depend_on_the_others():
    alone = Serial(constructors('toy_catch', 1))
    together = Serial(constructors('toy_catch', 2))
    alone.reset(0, 4), together.reset(0, 3), together.reset(1, 4)
    for _ in range(30):
        (row,) = alone.step(np.eye(3)[[1]])
        _, same = together.step(np.eye(3)[[2, 1]])
        np.testing.assert_array_equal(row['image'], same['image'])


def test_a_game_that_is_saved_in_one_process_goes_on_in_another(make):
    ours, theirs = (make(Processes, constructors('atari_pong', 1)) for _ in range(2))
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

        observation = action = notes = gym_spaces = None
        resumable = True

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


@pytest.mark.parametrize('kind', [Serial, Threads, Processes])
def test_environments_that_cannot_be_saved_have_no_state_and_take_none(kind):
    envs = kind(constructors('toy_catch', 1))
    envs.reset(0, 0)
    assert envs.get_state() == ({}, {})
    envs.set_state({}, {})
    with pytest.raises(StateError, match='cannot be saved'):
        envs.set_state({}, {'0/number': np.array(1)})
    envs.close()
