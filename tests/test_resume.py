"""A run that is interrupted, politely or not, becomes the run that was never interrupted, bit for bit."""

import json
import random
import shutil
import subprocess
import sys
import time

import numpy as np
import pytest

from dreamerv2_tf import train
from dreamerv2_tf.replay import episode as episodes

PONG = (
    '--configs atari cpu --task atari_pong --time_limit 60 --prefill 70 --train_every 5 --eval_every 60 '
    '--log_every 30 --dataset.batch 3 --dataset.length 8 --replay.minlen 8 --replay.maxlen 8 --rssm.deter 12 '
    '--rssm.hidden 12 --rssm.stoch 4 --rssm.discrete 4 --imag_horizon 4 --pretrain 1 --eval_eps 1 '
    '--checkpoint.every_frames 80').split()
HALF, WHOLE = 20, 40  # updates


def run(logdir, steps, *flags):
    command = [sys.executable, '-m', 'dreamerv2_tf.train', *PONG, '--logdir', str(logdir), '--steps', str(steps), *flags]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def finish(logdir, steps, *flags):
    process = run(logdir, steps, *flags)
    printed, _ = process.communicate()
    assert process.returncode == 0, printed
    return printed


def newest(logdir):
    """{name: array} of the newest checkpoint."""
    with np.load(max(logdir.glob('checkpoints/0*.npz')), allow_pickle=False) as file:
        return {name: file[name] for name in file.files}


def saved(logdir):
    """Agent steps of all checkpoints."""
    return sorted(int(path.stem) for path in logdir.glob('checkpoints/0*.npz'))


def metrics(logdir):
    rows = [json.loads(line) for line in (logdir / 'metrics.jsonl').read_text().splitlines()]
    return [{name: value for name, value in row.items() if name != 'fps'} for row in rows]


def recorded(logdir, mode):
    return {episodes.parse_filename(path.name)[1:]: episodes.load(path) for path in (logdir / f'{mode}_episodes').iterdir()}


def check_same(logdir, other):
    """Weights, slots, random states, metrics and episodes are equal to the last bit."""
    ours, theirs = newest(logdir), newest(other)
    assert set(ours) == set(theirs)
    for name in set(ours) - {'run', 'config'}:
        np.testing.assert_array_equal(ours[name], theirs[name], err_msg=name)
    counts, others = (json.loads(str(arrays['run'])) for arrays in (ours, theirs))
    counts.pop('metrics_bytes'), others.pop('metrics_bytes')  # holds the digits of fps
    assert counts == others
    assert metrics(logdir) == metrics(other)
    for mode in ('train', 'eval'):
        episodes, expected = recorded(logdir, mode), recorded(other, mode)
        assert set(episodes) == set(expected)
        for key, episode in episodes.items():
            for name, value in episode.items():
                np.testing.assert_array_equal(value, expected[key][name], err_msg=f'{key} {name}')


ONE, TWO = ('1', 162, 262), ('2', 214, 314)  # environments, steps of 20 updates, steps of 40
alone = pytest.mark.parametrize('straight', [ONE], indirect=True, ids=['one environment'])


@pytest.fixture(scope='module', params=[ONE, TWO], ids=['one environment', 'two'])
def straight(request, tmp_path_factory):
    """A run of 40 updates in one go: (folder, environments, steps of 20 updates, steps of 40)."""
    envs, half, whole = request.param
    logdir = tmp_path_factory.mktemp('straight')
    finish(logdir, whole, '--envs', envs)
    assert newest(logdir)['updates'] == WHOLE
    return logdir, envs, half, whole


def test_twenty_updates_and_twenty_more_in_another_process_and_folder_are_forty(straight, tmp_path):
    logdir, envs, half, whole = straight
    finish(tmp_path / 'before', half, '--envs', envs)
    assert newest(tmp_path / 'before')['updates'] == HALF
    (tmp_path / 'before').rename(tmp_path / 'moved')
    assert 'running episodes ended' not in finish(tmp_path / 'moved', whole, '--envs', envs)
    check_same(tmp_path / 'moved', logdir)


@alone
def test_three_kills_at_random_moments_change_nothing(straight, tmp_path):
    logdir, _, _, whole = straight
    moments, steps = random.Random(0), []
    for _ in range(3):
        process = run(tmp_path, whole)
        while steps == (steps := saved(tmp_path)) or not steps:  # every life gets a little further
            assert process.poll() is None
            time.sleep(0.02)
        time.sleep(moments.uniform(0, 1))
        process.kill()
        process.communicate()
        assert process.returncode < 0
        before, steps = steps, saved(tmp_path)
        assert max(steps) >= max(before)
    finish(tmp_path, whole)
    check_same(tmp_path, logdir)


@alone
def test_a_game_of_another_version_of_the_emulator_ends_as_truncated_and_all_is_kept(straight, tmp_path, capsys):
    logdir, envs, *_ = straight
    shutil.copytree(logdir, tmp_path / 'copy')
    path = max((tmp_path / 'copy').glob('checkpoints/0*.npz'))
    arrays = newest(logdir) | {'env/train/0/version': np.array('0.0.1'), 'complete': np.array(True)}
    np.savez(path, **arrays)
    steps, before = int(path.stem), recorded(logdir, 'train')
    argv = [*PONG, '--envs', envs, '--logdir', str(tmp_path / 'copy'), '--steps', str(steps + 20)]
    assert train.main(argv) == 0
    assert 'running episodes ended there: it was saved by ale-py 0.0.1' in capsys.readouterr().out
    after = recorded(tmp_path / 'copy', 'train')
    assert set(before) < set(after)
    assert sum(length for _, length in after) == steps + 20
