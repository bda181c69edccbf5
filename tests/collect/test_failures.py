"""What a driver does where environments fail."""

import numpy as np

from dreamerv2_tf.collect.driver import Driver
from dreamerv2_tf.collect.failures import EnvironmentFailed
from dreamerv2_tf.collect.whole_episodes import play_whole_episodes
from dreamerv2_tf.envs.calls import Failure
from dreamerv2_tf.spec import ActionSpec

BROKEN, NAN = Failure('raised ValueError: no', 'Traceback ...\nValueError: no'), Failure('gave nan', '', True)


class Scripted:
    """Environments that do what a text says, a letter a call.

    F first row, . a row, L the last row of an episode, x a failure, n a number that is not finite.
    """

    action = ActionSpec.choice(2)

    def __init__(self, *scripts):
        self._scripts = [list(script) for script in scripts]

    def __len__(self):
        return len(self._scripts)

    def reset(self, index, seed):
        return self._next(index, 'Fxn')

    def step(self, actions):
        return [self._next(index, '.Lxn') for index in range(len(self))]

    def _next(self, index, allowed):
        letter = self._scripts[index].pop(0)
        assert letter in allowed, f'environment {index} is asked for one of {allowed} and has {letter}'
        if letter in 'xn':
            return BROKEN if letter == 'x' else NAN
        return {'is_first': np.array(letter == 'F'), 'is_last': np.array(letter == 'L')}


def drive(*scripts, calls, **settings):
    """(what each environment handed on, the first letters of rows or | for a cut; batches that the policy saw)."""
    tapes, seen = [''] * len(scripts), []

    def policy(rows, state):
        seen.append(rows['is_first'].tolist())
        return np.eye(2)[[0] * len(scripts)], None

    def on_row(row, index):
        tapes[index] += 'F' if row['is_first'] else 'L' if row['is_last'] else '.'

    def on_cut(index):
        tapes[index] += '|'

    driver = Driver(Scripted(*scripts), lambda index: index, **settings)
    error = None
    try:
        for _ in range(calls):
            driver.step(policy, on_row, on_cut)
    except EnvironmentFailed as raised:
        error = raised
    return tapes, seen, error


def test_an_episode_in_which_an_environment_fails_is_cut_and_a_new_one_begins():
    tapes, seen, error = drive('F..xF.L', 'F.....', calls=5)
    assert tapes == ['F..|F.L', 'F.....']
    assert seen == [[True, True], [False, False], [False, False], [True, False], [False, False]]
    assert error is None


def test_a_failure_is_told_with_its_traceback(caplog):
    drive('F.x', calls=2)
    assert caplog.messages == [
        'environment 0 raised ValueError: no; its episode ends there as truncated\nTraceback ...\nValueError: no'
    ]


def test_the_third_failure_without_a_finished_step_ends_the_run_after_all_rows_were_handed_on():
    tapes, _, error = drive('F.xFxFx', 'F....', calls=9)
    assert tapes == ['F.|F|F|', 'F....']
    assert str(error) == (
        'environment 0 failed 3 times without a finished step in between; the last time it raised ValueError: no'
    )


def test_a_finished_step_in_between_starts_the_count_anew_and_each_environment_has_its_own():
    tapes, _, error = drive('FxFxF.xFxF.', 'F.xF....', calls=6)
    assert tapes == ['F|F|F.|F|F.', 'F.|F....']
    assert error is None


def test_the_third_episode_in_a_row_with_a_number_that_is_not_finite_ends_the_run():
    tapes, _, error = drive('F.nF.LF.nF..nF.n', calls=99)
    assert tapes == ['F.|F.LF.|F..|F.|']
    assert 'failed 3 times without a finished episode in between; the last time it gave nan' in str(error)


def test_where_an_episode_cannot_begin_nobody_steps_and_the_next_call_tries_again():
    tapes, seen, error = drive('F.LxF.', 'F...', calls=4)
    assert tapes == ['F.L|F.', 'F...']
    assert len(seen) == 3 and error is None
    assert 'failed 3 times' in str(drive('xxx', calls=9)[2])


def test_episodes_are_cut_at_the_limit():
    tapes, *_ = drive('F...F.LF.', 'F...F...', calls=6, episode_limit=lambda: 3)
    assert tapes == ['F..LF.LF.', 'F..LF..L']


def test_an_episode_that_went_on_in_another_process_is_cut_at_the_same_step():
    def policy(rows, state):
        return np.eye(2)[:1], None

    def run(driver, calls):
        ended = []
        for _ in range(calls):
            driver.step(policy, lambda row, index: ended.append(bool(row['is_last'])))
        return ended

    first = Driver(Scripted('F..'), lambda index: 0, lambda: 4)
    run(first, 2)
    second = Driver(Scripted('..'), lambda index: 0, lambda: 4)
    second.set_state(*first.get_state())
    assert run(second, 2) == [False, True]
    assert Driver(Scripted('F'), lambda index: 0).get_state() == ({}, {})


def test_an_evaluation_counts_whole_episodes_alone():
    tapes = ['', '']

    def on_row(row, index):
        tapes[index] += 'F' if row['is_first'] else 'L' if row['is_last'] else '.'

    def on_cut(index):
        tapes[index] += '|'

    def policy(rows, state):
        return np.eye(2)[[0, 0]], None

    play_whole_episodes(Scripted('F.xF..L', 'FLF.xF..'), policy, 2, on_row, lambda index: 0, on_cut=on_cut)
    assert tapes == ['F.|F..L', 'FL']
