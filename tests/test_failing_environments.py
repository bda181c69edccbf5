"""The train command with environments that fail: real processes, real signals."""

import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from dreamerv2_tf import build, train
from dreamerv2_tf.replay import episode_file
from dreamerv2_tf.spec import episode_length
from dreamerv2_tf.training import loop

from .misbehaving import HANGING, LENGTH, PIDS, TROUBLE_STEP, TROUBLES, living, trouble_of, wait_until_gone

SMALL = (
    r'--configs dmc_proprio cpu --rssm.deter 8 --rssm.hidden 8 --rssm.stoch 2 --rssm.discrete 2 --encoder.mlp_layers 8 '
    r'--decoder.mlp_layers 8 --.*\.units 8 --dataset.batch 2 --dataset.length 4 --replay.minlen 4 --replay.maxlen 4 '
    r'--imag_horizon 3 --pretrain 1 --train_every 20 --eval_every 1000 --eval_eps 1 --action_repeat 1 --prefill 10'
).split()


def argv(name, logdir, *flags):
    return [*SMALL, '--task', f'gym_tests.misbehaving:{name}-v0', '--logdir', str(logdir), *flags]


def start(*argv):
    command = [sys.executable, '-m', 'dreamerv2_tf.train', *argv]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def recorded(logdir):
    """{digest: arrays} of all saved episodes."""
    paths = (logdir / 'train_episodes').glob('*.npz')
    return {episode_file.parse_filename(path.name)[1]: episode_file.load(path) for path in paths}


def saved_lengths(logdir, index):
    """Agent steps of the saved episodes of an environment, in order."""
    episodes, found = recorded(logdir), []
    while (digest := episode_file.digest(0, index, len(found))) in episodes:
        found.append(episode_length(episodes[digest]))
    return found


def check_lengths(found, name, index):
    """Episodes end at a trouble or by themselves, but for two: those cut by the end of the prefill and of the run."""
    troubles = [trouble_of(TROUBLES[name], build.env_seed(0, 'train', index, number)) for number in range(len(found))]
    expected = [LENGTH if trouble is None else TROUBLE_STEP - 1 for trouble in troubles]
    shorter = [(ours, whole) for ours, whole in zip(found, expected) if ours != whole]
    assert len(shorter) <= 2 and all(ours < whole for ours, whole in shorter), (found, expected)
    assert len(set(expected)) == 2


def test_a_run_survives_environments_that_die_hang_raise_or_give_no_numbers(tmp_path):
    flags = '--envs', '2', '--envs_parallel', 'process', '--env_timeout_seconds', '1', '--steps', '40'
    process = start(*argv('troubled', tmp_path, *flags))
    printed, errors = process.communicate()
    assert process.returncode == 0, errors
    assert 'finished 40 frames' in printed
    for text in (
        'killed by SIGKILL; its episode ends there as truncated',
        'did not answer within 1 seconds',
        'raised ValueError: no path to the goal',
        ', in fail\n',
        'gave nan in `vector`',
        'gave inf in `reward`',
    ):
        assert text in errors
    for index in range(2):
        check_lengths(saved_lengths(tmp_path, index), 'troubled', index)
    episodes = recorded(tmp_path)
    assert sum(map(episode_length, episodes.values())) == 40
    for episode in episodes.values():
        assert np.isfinite(episode['vector']).all() and np.isfinite(episode['reward']).all()
        np.testing.assert_array_equal(episode['vector'][:, 0], range(len(episode['reward'])))
        np.testing.assert_array_equal(np.flatnonzero(episode['is_last']), [episode_length(episode)])
        assert not episode['is_terminal'].any()
        assert not episode['log_tensorflow'].any()  # in the process of an environment


@pytest.fixture
def pids(tmp_path, monkeypatch):
    folder = tmp_path / 'pids'
    folder.mkdir()
    monkeypatch.setenv(PIDS, str(folder))
    return folder


@pytest.mark.parametrize('number, code', [(signal.SIGINT, 0), (signal.SIGTERM, 143)])
def test_a_run_whose_environment_hangs_ends_at_the_first_signal_and_leaves_no_process(number, code, tmp_path, pids):
    logdir = tmp_path / 'run'
    process = start(*argv('hangs', logdir, '--envs_parallel', 'process', '--steps', '100'))
    while not (pids / HANGING).exists():
        assert process.poll() is None
        time.sleep(0.05)
    assert len(living(pids)) == 4  # of training and of evaluation, and what each of them started
    process.send_signal(number)
    printed, errors = process.communicate(timeout=15)
    assert process.returncode == code, errors
    wait_until_gone(pids)
    assert 'stopped at 2 frames' in printed
    assert 'environment 0 did not answer while the run was being stopped' in errors
    assert saved_lengths(logdir, 0) == [TROUBLE_STEP - 1]


def test_a_run_whose_environment_hangs_in_its_own_process_ends_at_the_first_signal(tmp_path, pids):
    logdir = tmp_path / 'run'
    process = start(*argv('hangs', logdir, '--steps', '100'))
    while not (pids / HANGING).exists():
        assert process.poll() is None
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    printed, errors = process.communicate(timeout=15)
    for pid in living(pids):  # which these environments started, and never end
        os.kill(int(pid), signal.SIGKILL)
    assert process.returncode == 0, errors
    assert 'stopped at 2 frames' in printed
    assert 'environment 0 did not answer while the run was being stopped' in errors
    assert saved_lengths(logdir, 0) == [TROUBLE_STEP - 1]


def test_an_environment_that_always_fails_ends_the_run_with_all_saved(tmp_path, capsys):
    assert train.main(argv('gives_nan', tmp_path, '--steps', '100')) == 1
    error = capsys.readouterr().err
    assert error.startswith('error: environment 0 failed 3 times without a finished episode in between; the last time ')
    assert 'it gave nan in `vector`. All is saved; to go on: ' in error and error.count('\n') == 1
    assert saved_lengths(tmp_path, 0) == [2, 2, 2]
    assert [path.name for path in sorted((tmp_path / 'checkpoints').iterdir())] == [
        '000000000000.npz',
        '000000000006.npz',
    ]


@pytest.mark.parametrize('mode', ['none', 'thread'])
def test_a_run_survives_exceptions_also_in_its_own_process(mode, tmp_path, caplog):
    assert train.main(argv('sometimes_fails', tmp_path, '--envs_parallel', mode, '--steps', '31')) == 0
    assert 'raised ValueError: no path to the goal' in caplog.text and 'gave nan in `vector`' in caplog.text
    found = saved_lengths(tmp_path, 0)
    assert sum(found) == 31
    check_lengths(found, 'sometimes_fails', 0)


def test_episodes_that_never_end_are_cut_and_a_run_that_goes_on_still_does_so(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(loop, 'ENDLESS_STEPS', 14)
    assert train.main(argv('endless', tmp_path, '--steps', '40')) == 0
    printed = capsys.readouterr().out
    assert printed.count('no episode has ended in 10 agent steps, and `time_limit` is 0: from now on they are cut') == 1
    assert 'finished 40 frames' in printed
    assert saved_lengths(tmp_path, 0) == [14, 14, 12]
    assert train.main(argv('endless', tmp_path, '--steps', '60')) == 0
    assert 'no episode has ended' not in capsys.readouterr().out
    assert saved_lengths(tmp_path, 0) == [14, 14, 12, 14, 6]


def test_a_run_that_made_no_update_has_not_finished(tmp_path, capsys):
    assert train.main(argv('healthy', tmp_path, '--steps', '20', '--train_every', '0', '--pretrain', '0')) == 0
    printed = capsys.readouterr().out
    assert f'ended after 20 frames without an update: nothing was learned; all is in {tmp_path}' in printed
    assert 'finished' not in printed
