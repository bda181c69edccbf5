"""The train command, as users run it: real games, real files, real processes."""

import contextlib
import json
import os
import pathlib
import pty
import re
import shutil
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from dreamerv2_tf import train
from dreamerv2_tf.metrics.jsonl import Jsonl
from dreamerv2_tf.replay import episode_file
from dreamerv2_tf.spec import episode_length

PONG = (
    '--configs atari cpu --task atari_pong --time_limit 60 --prefill 70 --steps 200 --train_every 20 '
    '--eval_every 60 --log_every 60 --dataset.batch 3 --dataset.length 8 --replay.minlen 8 --replay.maxlen 8 '
    '--rssm.deter 12 --rssm.hidden 12 --rssm.stoch 4 --rssm.discrete 4 --imag_horizon 4 --pretrain 1 '
    '--eval_eps 1 --policy_jit False'
).split()
COMMAND = [sys.executable, '-m', 'dreamerv2_tf.train', *PONG]


def run(logdir, *flags):
    result = subprocess.run([*COMMAND, '--logdir', str(logdir), *flags], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    return result.stdout


def metrics(logdir):
    return [json.loads(line) for line in (logdir / 'metrics.jsonl').read_text().splitlines()]


def recorded(logdir, mode='train'):
    """{digest: arrays} of all saved episodes."""
    paths = sorted((logdir / f'{mode}_episodes').glob('*.npz'))
    return {episode_file.parse_filename(path.name)[1]: episode_file.load(path) for path in paths}


@pytest.fixture(scope='module')
def finished(tmp_path_factory):
    """A short run on Pong with two environments: its folder and what it printed."""
    logdir = tmp_path_factory.mktemp('pong') / 'deep' / 'run'
    return logdir, run(logdir, '--envs', '2')


def test_a_run_begins_with_what_it_will_do(finished):
    _, printed = finished
    for text in ('CPU, float32', 'parameters', '80 frames per update', '1.2 replayed steps', 'GB', '800 frames'):
        assert text in printed


def test_in_a_terminal_bars_are_drawn(tmp_path):
    ours, theirs = pty.openpty()
    process = subprocess.Popen([*COMMAND, '--logdir', str(tmp_path)], stdout=theirs, stderr=theirs)
    os.close(theirs)
    drawn = b''
    with os.fdopen(ours, 'rb', buffering=0) as terminal, contextlib.suppress(OSError):  # the end of a terminal
        while part := terminal.read(65536):
            drawn += part
    assert process.wait() == 0
    for text in ('\N{BOX DRAWINGS HEAVY HORIZONTAL}', 'training', 'train return', 'evaluation return', 'finished 800'):
        assert text in drawn.decode()


def test_a_terminal_that_is_closed_ends_the_run_with_all_saved(tmp_path):
    pid, terminal = pty.fork()
    if not pid:
        os.execv(sys.executable, [*COMMAND, '--logdir', str(tmp_path), '--steps', '1000000'])
    with os.fdopen(terminal, 'rb', buffering=0) as shown:
        while not list(tmp_path.glob('checkpoints/*.npz')):
            shown.read(65536)
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    assert code != 0
    assert saved_steps(tmp_path) > 0


def test_metrics_have_the_releases_names_and_count_frames(finished):
    rows = metrics(finished[0])
    names = {name for row in rows for name in row}
    assert {
        'step',
        'fps',
        'train_return',
        'train_length',
        'eval_return',
        'eval_length',
        'model_loss',
        'kl_loss',
        'image_loss',
        'actor_ent',
        'critic_loss',
        'train_total_steps',
    } <= names
    returns = [row for row in rows if 'train_return' in row]
    assert [row['step'] for row in returns] == sorted(row['step'] for row in returns)
    assert [row['step'] for row in rows if 'model_loss' in row] == [4 * 121, 4 * 181]
    assert all(row['train_length'] <= 60 for row in returns)


def test_every_agent_step_is_saved_once(finished):
    logdir, _ = finished
    lengths = [episode_length(episode) for episode in recorded(logdir).values()]
    assert sum(lengths) == 200
    for episode in recorded(logdir).values():
        assert not episode['action'][0].any() and (episode['action'][1:].sum(-1) == 1).all()
        np.testing.assert_array_equal(np.flatnonzero(episode['is_first']), [0])
        np.testing.assert_array_equal(np.flatnonzero(episode['is_last']), [len(episode['reward']) - 1])
        assert not episode['is_terminal'].any()  # the time limit ended them


def test_a_run_leaves_settings_checkpoints_and_scalars(finished):
    logdir, _ = finished
    assert [path.name for path in sorted((logdir / 'checkpoints').iterdir())][1:] == [
        '000000000200.npz',
        'best-000000000120.npz',
    ]
    assert list(logdir.glob('events.out.tfevents.*'))
    assert 'task: atari_pong' in (logdir / 'config.yaml').read_text()
    with np.load(logdir / 'checkpoints/000000000200.npz', allow_pickle=False) as checkpoint:
        assert json.loads(str(checkpoint['parts']))['run']['steps'] == 200
        assert checkpoint['learner/updates'] == 1 + len(range(121, 201, 20))  # pretrain, then every 20 steps


def test_films_of_policy_and_model_are_made(finished):
    films = sorted(path.name for path in (finished[0] / 'videos').iterdir())
    assert films == ['eval_policy_image-000000480.gif', 'open_loop_image-000000480.gif']


def test_the_same_command_goes_on_where_it_stopped(finished):
    logdir, _ = finished
    before, rows = recorded(logdir), metrics(logdir)
    printed = run(logdir, '--envs', '2', '--steps', '260')
    assert 'resumed at 800 frames' in printed
    after = recorded(logdir)
    assert set(before) <= set(after)
    assert sum(episode_length(episode) for episode in after.values()) == 260
    kept = [row for row in rows if row['step'] < 800]
    assert metrics(logdir)[: len(kept)] == kept
    later = metrics(logdir)[len(kept) :]
    assert [row['step'] for row in later if 'model_loss' in row] == [4 * 241]
    assert min(row['step'] for row in later) >= 800


def test_other_settings_are_refused_by_name_and_change_nothing(finished):
    logdir, _ = finished
    saved = (logdir / 'config.yaml').read_text()
    changed = [*COMMAND, '--logdir', str(logdir), '--envs', '2', '--steps', '300', '--rssm.deter', '10']
    result = subprocess.run(changed, capture_output=True, text=True)
    assert result.returncode == 2
    assert 'rssm.deter 12 -> 10' in result.stderr and result.stderr.count('\n') == 1
    result = subprocess.run([*changed, '--resume_changed'], capture_output=True, text=True)
    assert result.returncode == 2
    assert 'rssm/gru/kernel is (24, 36) there and (22, 30) here' in result.stderr
    assert (logdir / 'config.yaml').read_text() == saved


def test_one_seed_gives_the_same_run_twice(tmp_path):
    runs = [tmp_path / name for name in ('a', 'b', 'c')]
    for logdir, seed in zip(runs, '112'):
        run(logdir, '--seed', seed)
    timeless = [
        [{k: v for k, v in row.items() if k != 'fps' and not k.startswith('time_')} for row in metrics(logdir)]
        for logdir in runs
    ]
    assert timeless[0] == timeless[1] != timeless[2]
    first, second = recorded(runs[0]), recorded(runs[1])
    assert list(first) == list(second)
    for digest, episode in first.items():
        for key, value in episode.items():
            np.testing.assert_array_equal(value, second[digest][key])


def stop_after(number, logdir, wanted, *flags, meanwhile=None):
    """Starts a run, sends it a signal once `wanted(logdir)`; its exit code and what it printed."""
    process = subprocess.Popen([*COMMAND, '--logdir', str(logdir), *flags], stdout=subprocess.PIPE, text=True)
    while not wanted(logdir):
        assert process.poll() is None
        time.sleep(0.1)
    if meanwhile:
        meanwhile(process.pid)
    process.send_signal(number)
    printed, _ = process.communicate(timeout=60)
    return process.returncode, printed


def saved_steps(logdir):
    """Agent steps of the newest checkpoint; all of them must be in episodes."""
    steps = int(max((logdir / 'checkpoints').glob('0*.npz')).stem)
    assert sum(episode_length(episode) for episode in recorded(logdir).values()) == steps
    return steps


def test_sigterm_saves_and_prints_how_to_go_on_and_nobody_else_may_use_the_folder(tmp_path, capsys):
    flags = '--steps', '1000000', '--prefill', '10'

    def second(pid):
        assert train.main([*PONG, *flags, '--logdir', str(tmp_path / 'a run')]) == 2
        assert f'is in use by process {pid} on ' in capsys.readouterr().err

    code, printed = stop_after(
        signal.SIGTERM,
        tmp_path / 'a run',
        lambda logdir: 'train_return' in read(logdir / 'metrics.jsonl'),
        *flags,
        meanwhile=second,
    )
    assert code == 143
    assert ' -m dreamerv2_tf.train --configs atari cpu' in printed.partition('to go on: ')[2]
    assert f"--logdir '{tmp_path / 'a run'}'" in printed
    assert saved_steps(tmp_path / 'a run') > 0


def test_ctrl_c_during_prefill_loses_nothing(tmp_path):
    many = ('--prefill', '100000', '--steps', '200000')
    code, _ = stop_after(signal.SIGINT, tmp_path, lambda logdir: list(logdir.glob('train_episodes/*.npz')), *many)
    first = saved_steps(tmp_path)
    assert code == 0 and first > 0
    count = len(recorded(tmp_path))
    code, printed = stop_after(
        signal.SIGINT, tmp_path, lambda logdir: len(list(logdir.glob('train_episodes/*.npz'))) > count, *many
    )
    assert code == 0 and f'resumed at {first * 4:,} frames' in printed
    assert saved_steps(tmp_path) > first


def test_a_number_that_is_not_finite_ends_the_run_with_its_name_and_keeps_what_was_saved(tmp_path, capsys):
    flags = ['--model_opt.lr', '1e30', '--logdir', str(tmp_path), '--prefill', '10']
    assert train.main([*PONG, *flags]) == 1
    error = capsys.readouterr().err
    assert 'actor_loss became nan in update 1 at 60 agent steps' in error and error.count('\n') == 1
    assert recorded(tmp_path)


def test_a_disk_that_fills_up_ends_the_run_with_all_saved(tmp_path, monkeypatch, capsys):
    usage = shutil.disk_usage

    def full_after_a_while(folder):
        wrote = list(tmp_path.glob('train_episodes/*.npz'))
        return usage(folder)._replace(free=50 * 2**20 if wrote else 2**40)

    monkeypatch.setattr(shutil, 'disk_usage', full_after_a_while)
    assert train.main([*PONG, '--logdir', str(tmp_path), '--prefill', '10']) == 1
    error = capsys.readouterr().err
    assert 'has 0.05 GB left' in error and 'all is saved. Free some space and go on: ' in error
    assert error.count('\n') == 1
    assert saved_steps(tmp_path) > 0


def test_a_file_that_cannot_be_written_is_one_clear_line(tmp_path, capsys, monkeypatch):
    def write(sink, step, numbers):
        pathlib.Path('/dev/full').write_text('a line')

    monkeypatch.setattr(Jsonl, 'write', write)
    assert train.main([*PONG, '--logdir', str(tmp_path), '--prefill', '10']) == 1
    error = capsys.readouterr().err
    assert 'No space left on device; what was saved before is kept' in error and error.count('\n') == 1
    assert recorded(tmp_path)


def test_missing_episodes_and_broken_checkpoints_are_errors(finished, tmp_path, capsys):
    logdir = tmp_path / 'copy'
    shutil.copytree(finished[0], logdir)
    again = [*PONG, '--envs', '2', '--steps', '1000', '--logdir', str(logdir)]
    shutil.rmtree(logdir / 'train_episodes')
    assert train.main(again) == 2
    assert 'train_episodes holds no episode' in capsys.readouterr().err
    for path in (logdir / 'checkpoints').iterdir():
        path.write_bytes(path.read_bytes()[:5000])
    assert train.main(again) == 2
    assert f'no checkpoint in {logdir / "checkpoints"} can be read' in capsys.readouterr().err


def read(path):
    return path.read_text() if path.exists() else ''


@pytest.mark.parametrize(
    'flags, message',
    [
        ('--rssm.detr 200', '`rssm.detr` (did you mean `rssm.deter`?)'),
        ('--steps 1.5', '`steps` must be a whole number'),
        ('--kl.balance 1.5', 'from 0 to 1'),
        ('--actor_grad dynamic', 'did you mean `dynamics`?'),
        ('--configs atary', 'did you mean `atari`?'),
        ('--task atari_pnog', 'did you mean `atari_pong`?'),
        ('--task ataripong', 'atari_GAME'),
        ('--task gym_NoSuch-v0', 'must name a registered environment'),
        ('--encoder.cnn_keys nothing', 'match no observation'),
        ('--loss_scales.imag 2', 'did you mean `image`?'),
        ('--actor.dist normal', 'does not fit discrete actions'),
        ('--logdir /proc/version/run', 'is not a folder'),
        ('--replay.read_dirs nowhere', '`replay.read_dirs` nowhere is not a folder'),
        ('--checkpoint.keep 0', '`checkpoint.keep` must be a whole number, 1 or more'),
        ('--logdir /proc/run', 'cannot be used'),
        (f'--logdir {"x" * 300}', 'name too long'),
        ('--model_opt.clip 0', 'a number above 0'),
        ('--actor_grad_mix linear(0,2,10)', 'from 0 to 1'),
        ('--jit banana', '`eager` must be True or False'),
        ('--rssm.stoch 65536 --rssm.discrete 1024 --rssm.hidden 65536', 'do not fit into memory'),
    ],
)
def test_a_mistake_is_one_clear_line_and_creates_nothing(flags, message, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert train.main(['--configs', 'atari', 'cpu', *flags.split()]) == 2
    error = capsys.readouterr().err
    assert error.startswith('error: ') and message.lower() in error.lower() and error.count('\n') == 1
    assert list(tmp_path.iterdir()) == []


def test_help_lists_presets_and_keys(capsys):
    assert train.main(['--help']) == 0
    printed = capsys.readouterr().out
    assert 'paper_d1' in printed and '--kl.balance' in printed and '0.8' in printed


def test_updates_can_be_made_while_it_acts_and_a_trace_and_the_time_of_each_part_are_kept(tmp_path, capsys):
    argv = [*PONG, '--logdir', str(tmp_path), '--train_every', '5', '--overlap', 'True', '--profile', '2']
    assert train.main(argv) == 0
    with np.load(max(tmp_path.glob('checkpoints/0*.npz'))) as file:
        assert file['learner/updates'] == 1 + (200 - 70) // 5
    row = [row for row in metrics(tmp_path) if 'time_update' in row][-1]
    shares = [value for key, value in row.items() if key.startswith('time_')]
    assert sum(shares) == pytest.approx(1)
    assert {'time_environment', 'time_policy', 'time_replay', 'time_update', 'time_logging'} <= set(row)
    assert re.search(r' in all: \w+ [\d.]+%, .*policy', capsys.readouterr().out)
    assert list(tmp_path.rglob('*.xplane.pb'))
