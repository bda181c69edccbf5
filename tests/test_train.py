"""The train command, as users run it: real games, real files, real processes."""

import json
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from dreamerv2_tf import train
from dreamerv2_tf.experience import episode_length
from dreamerv2_tf.replay import episode as episodes

PONG = (
    '--configs atari cpu --task atari_pong --time_limit 60 --prefill 70 --steps 200 --train_every 20 '
    '--eval_every 60 --log_every 60 --dataset.batch 3 --dataset.length 8 --replay.minlen 8 --replay.maxlen 8 '
    '--rssm.deter 12 --rssm.hidden 12 --rssm.stoch 4 --rssm.discrete 4 --imag_horizon 4').split()
COMMAND = [sys.executable, '-m', 'dreamerv2_tf.train', *PONG]


def run(logdir, *flags):
    result = subprocess.run(
        [*COMMAND, '--logdir', str(logdir), *flags], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    return result.stdout


def metrics(logdir):
    return [json.loads(line) for line in (logdir / 'metrics.jsonl').read_text().splitlines()]


def recorded(logdir, mode='train'):
    """{digest: arrays} of all saved episodes."""
    paths = sorted((logdir / f'{mode}_episodes').iterdir())
    return {episodes.parse_filename(path.name)[1]: episodes.load(path) for path in paths}


@pytest.fixture(scope='module')
def finished(tmp_path_factory):
    """A short run on Pong with two environments: its folder and what it printed."""
    logdir = tmp_path_factory.mktemp('pong') / 'deep' / 'run'
    return logdir, run(logdir, '--envs', '2')


def test_a_run_tells_what_it_will_do(finished):
    _, printed = finished
    for told in ('CPU, float32', 'parameters', '80 frames per update', '1.2 replayed steps', 'GB', '800 frames'):
        assert told in printed


def test_metrics_have_the_releases_names_and_count_frames(finished):
    rows = metrics(finished[0])
    names = {name for row in rows for name in row}
    assert {'step', 'fps', 'train_return', 'train_length', 'eval_return', 'eval_length', 'model_loss',
            'kl_loss', 'image_loss', 'actor_ent', 'critic_loss', 'train_total_steps'} <= names
    returns = [row for row in rows if 'train_return' in row]
    assert [row['step'] for row in returns] == sorted(row['step'] for row in returns)
    assert rows[-1]['step'] == 800
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
    assert len(list((logdir / 'checkpoints').iterdir())) == 2
    assert list(logdir.glob('events.out.tfevents.*'))
    assert 'task: atari_pong' in (logdir / 'config.yaml').read_text()
    with np.load(max((logdir / 'checkpoints').iterdir()), allow_pickle=False) as checkpoint:
        assert json.loads(str(checkpoint['run']))['steps'] == 200
        assert checkpoint['updates'] == 1 + len(range(121, 201, 20))  # pretrain, then every 20 steps


def test_the_same_command_goes_on_where_it_stopped(finished):
    logdir, _ = finished
    before, rows = recorded(logdir), metrics(logdir)
    printed = run(logdir, '--envs', '2', '--steps', '260')
    assert 'resumed at 800 frames' in printed
    after = recorded(logdir)
    assert set(before) < set(after)
    assert sum(episode_length(episode) for episode in after.values()) == 260
    assert metrics(logdir)[:len(rows)] == rows
    assert metrics(logdir)[-1]['step'] == 260 * 4
    assert min(row['step'] for row in metrics(logdir)[len(rows):]) >= 800


def test_other_settings_are_refused_by_name_and_shape_and_change_nothing(finished):
    logdir, _ = finished
    saved = (logdir / 'config.yaml').read_text()
    result = subprocess.run([*COMMAND, '--logdir', str(logdir), '--envs', '2', '--rssm.deter', '10'],
                            capture_output=True, text=True)
    assert result.returncode == 2
    assert 'rssm/gru/kernel is (24, 36) there and (22, 30) here' in result.stderr
    assert (logdir / 'config.yaml').read_text() == saved


def test_one_seed_gives_the_same_run_twice(tmp_path):
    runs = [tmp_path / name for name in ('a', 'b', 'c')]
    for logdir, seed in zip(runs, '112'):
        run(logdir, '--seed', seed)
    timeless = [[{k: v for k, v in row.items() if k != 'fps'} for row in metrics(logdir)] for logdir in runs]
    assert timeless[0] == timeless[1] != timeless[2]
    first, second = recorded(runs[0]), recorded(runs[1])
    assert list(first) == list(second)
    for digest, episode in first.items():
        for key, value in episode.items():
            np.testing.assert_array_equal(value, second[digest][key])


def test_sigterm_saves_and_tells_how_to_go_on(tmp_path):
    process = subprocess.Popen([*COMMAND, '--logdir', str(tmp_path / 'run'), '--steps', '1000000'],
                               stdout=subprocess.PIPE, text=True)
    while not list((tmp_path / 'run').glob('checkpoints/*.npz')):
        assert process.poll() is None
        time.sleep(0.2)
    process.send_signal(signal.SIGTERM)
    printed, _ = process.communicate(timeout=60)
    assert process.returncode == 143
    assert 'to go on: python -m dreamerv2_tf.train --configs atari cpu' in printed
    steps = sum(episode_length(episode) for episode in recorded(tmp_path / 'run').values())
    newest = max((tmp_path / 'run' / 'checkpoints').iterdir())
    assert newest.stem == f'{steps:012d}'


@pytest.mark.parametrize('flags, told', [
    ('--rssm.detr 200', '`rssm.detr`; did you mean `rssm.deter`?'),
    ('--steps 1.5', '`steps` must be a whole number'),
    ('--kl.balance 1.5', 'from 0 to 1'),
    ('--actor_grad dynamic', 'did you mean `dynamics`?'),
    ('--configs atary', 'did you mean `atari`?'),
    ('--task atari_pnog', 'did you mean `pong`?'),
    ('--task ataripong', 'atari_GAME'),
    ('--task gym_NoSuch-v0', 'unknown gymnasium id'),
    ('--encoder.cnn_keys nothing', 'match no observation'),
    ('--loss_scales.imag 2', 'did you mean `image`?'),
    ('--actor.dist normal', 'does not fit discrete actions'),
    ('--logdir /proc/version/run', 'is not a folder')])
def test_a_mistake_is_one_clear_line_and_creates_nothing(flags, told, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert train.main(['--configs', 'atari', 'cpu', *flags.split()]) == 2
    error = capsys.readouterr().err
    assert error.startswith('error: ') and told in error and error.count('\n') == 1
    assert list(tmp_path.iterdir()) == []


def test_help_lists_presets_and_keys(capsys):
    assert train.main(['--help']) == 0
    printed = capsys.readouterr().out
    assert 'paper_d1' in printed and '--kl.balance' in printed and '0.8' in printed
