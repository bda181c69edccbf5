"""A run that is interrupted, politely or not, becomes the run that was never interrupted, bit for bit."""

import json
import pathlib
import random
import resource
import shutil
import subprocess
import sys
import time

import numpy as np
import pytest

from dreamerv2_tf import train
from dreamerv2_tf.learning import checkpoint
from dreamerv2_tf.replay import episode_file

PONG = (
    '--configs atari cpu --task atari_pong --time_limit 60 --prefill 70 --train_every 5 --eval_every 60 '
    '--log_every 30 --dataset.batch 3 --dataset.length 8 --replay.minlen 8 --replay.maxlen 8 --rssm.deter 12 '
    '--rssm.hidden 12 --rssm.stoch 4 --rssm.discrete 4 --imag_horizon 4 --pretrain 1 --eval_eps 2 '
    '--checkpoint.every_frames 80 --policy_jit False'
).split()
HALF, WHOLE = 20, 40  # updates
RUN_0_1 = pathlib.Path(__file__).parent / 'data' / 'run_0_1'
FLAGS_0_1 = (
    r'--policy_jit True --replay.compress True --encoder.cnn_depth 2 --decoder.cnn_depth 2 --.*\.units 12'.split()
)


def argv(logdir, steps, *flags):
    return [*PONG, '--logdir', str(logdir), '--steps', str(steps), *flags]


def run(logdir, steps, *flags, **settings):
    command = [sys.executable, '-m', 'dreamerv2_tf.train', *argv(logdir, steps, *flags)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **settings)


def go_on(logdir, steps, *flags):
    """The same in this process, which has loaded TensorFlow already. Returns the exit code."""
    return train.main(argv(logdir, steps, *flags))


REFUSING = """
import errno, os, sys
from dreamerv2_tf import train
from dreamerv2_tf.learning import checkpoint
from dreamerv2_tf.replay import archive

def refuse(path, arrays, compress=False):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))

archive.write = refuse
sys.exit(train.main(sys.argv[1:]))
"""  # a disk that has no room for episodes


def finish(logdir, steps, *flags):
    process = run(logdir, steps, *flags)
    printed, _ = process.communicate()
    assert process.returncode == 0, printed
    return printed


def newest(logdir):
    """{name: array} of the newest checkpoint."""
    return checkpoint.read(max(logdir.glob('checkpoints/0*.npz')))


def saved(logdir):
    """Agent steps of all checkpoints."""
    return sorted(int(path.stem) for path in logdir.glob('checkpoints/0*.npz'))


def metrics(logdir):
    rows = [json.loads(line) for line in (logdir / 'metrics.jsonl').read_text().splitlines()]
    return [
        {name: value for name, value in row.items() if name != 'fps' and not name.startswith('time_')} for row in rows
    ]


def recorded(logdir, mode):
    return {
        episode_file.parse_filename(path.name)[1:]: episode_file.load(path)
        for path in (logdir / f'{mode}_episodes').glob('*.npz')
    }


def check_same(logdir, other):
    """Weights, slots, random states, metrics and episodes are equal to the last bit."""
    ours, theirs = newest(logdir), newest(other)
    assert set(ours) == set(theirs)
    for name in set(ours) - {'parts', 'config'}:
        np.testing.assert_array_equal(ours[name], theirs[name], err_msg=name)
    counts, others = (json.loads(str(arrays['parts'])) for arrays in (ours, theirs))
    counts.pop('metrics_file'), others.pop('metrics_file')  # its length depends on the digits of fps
    assert counts == others
    assert metrics(logdir) == metrics(other)
    for mode in ('train', 'eval'):
        episodes, expected = recorded(logdir, mode), recorded(other, mode)
        assert set(episodes) == set(expected)
        for key, episode in episodes.items():
            for name, value in episode.items():
                np.testing.assert_array_equal(value, expected[key][name], err_msg=f'{key} {name}')


ONE = (), 162, 262  # flags, steps of 20 updates, steps of 40
TWO = ('--envs', '2'), 214, 314
OVERLAPPING = ('--overlap', 'True', '--policy_jit', 'True'), 162, 262
alone = pytest.mark.parametrize('straight', [ONE], indirect=True, ids=['one environment'])


@pytest.fixture(scope='module', params=[ONE, TWO, OVERLAPPING], ids=['one environment', 'two', 'overlapping'])
def straight(request, tmp_path_factory):
    """A run of 40 updates in one go: (folder, its flags, steps of 20 updates, steps of 40)."""
    flags, half, whole = request.param
    logdir = tmp_path_factory.mktemp('straight')
    assert go_on(logdir, whole, *flags) == 0
    assert newest(logdir)['learner/updates'] == WHOLE
    return logdir, flags, half, whole


def test_twenty_updates_and_twenty_more_in_another_process_and_folder_are_forty(straight, tmp_path):
    logdir, flags, half, whole = straight
    assert go_on(tmp_path / 'before', half, *flags) == 0
    assert newest(tmp_path / 'before')['learner/updates'] == HALF
    (tmp_path / 'before').rename(tmp_path / 'moved')
    assert 'running episodes ended' not in finish(tmp_path / 'moved', whole, *flags)
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
    assert go_on(tmp_path, whole) == 0
    check_same(tmp_path, logdir)


@alone
def test_a_game_of_another_version_of_the_emulator_ends_as_truncated_and_all_is_kept(straight, tmp_path, capsys):
    logdir, flags, *_ = straight
    shutil.copytree(logdir, tmp_path / 'copy')
    path = max((tmp_path / 'copy').glob('checkpoints/0*.npz'))
    checkpoint.write(path, newest(logdir) | {'train_envs/0/version': np.array('0.0.1')})
    steps, before = int(path.stem), recorded(logdir, 'train')
    assert go_on(tmp_path / 'copy', steps + 20, *flags) == 0
    assert 'running episodes ended there: it was saved by ale-py 0.0.1' in capsys.readouterr().out
    after = recorded(tmp_path / 'copy', 'train')
    assert set(before) < set(after)
    assert sum(length for _, length in after) == steps + 20


def lines(logdir, key):
    """How many rows of metrics hold a key."""
    path = logdir / 'metrics.jsonl'
    return path.read_text().count(f'"{key}"') if path.exists() else 0


@alone
def test_a_kill_in_the_middle_of_an_evaluation_changes_nothing(straight, tmp_path):
    logdir, _, _, whole = straight
    process = run(tmp_path, whole)
    while lines(tmp_path, 'eval_return') < 4:  # one at random, two before training, one of two
        assert process.poll() is None
        time.sleep(0.005)
    process.kill()
    process.communicate()
    assert 4 <= lines(tmp_path, 'eval_return') < lines(logdir, 'eval_return')
    assert go_on(tmp_path, whole) == 0
    check_same(tmp_path, logdir)


@alone
def test_a_disk_that_refuses_a_checkpoint_ends_the_run_with_all_kept(straight, tmp_path):
    logdir, _, half, whole = straight
    assert go_on(tmp_path, half) == 0
    before, largest = saved(tmp_path), max(path.stat().st_size for path in tmp_path.glob('checkpoints/*')) // 2
    process = run(tmp_path, whole, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (largest, largest)))
    printed, _ = process.communicate()
    assert process.returncode == 1
    assert 'error: ' in printed and 'File too large' in printed and 'what was saved before is kept' in printed
    assert 'Traceback' not in printed
    assert saved(tmp_path) == before and not list(tmp_path.rglob('.*.tmp'))
    assert go_on(tmp_path, whole) == 0
    check_same(tmp_path, logdir)


@alone
def test_a_disk_that_refuses_an_episode_ends_the_run_with_all_kept(straight, tmp_path):
    logdir, _, half, whole = straight
    assert go_on(tmp_path, half) == 0
    before = recorded(tmp_path, 'train')
    refused = subprocess.run([sys.executable, '-c', REFUSING, *argv(tmp_path, whole)], capture_output=True, text=True)
    assert refused.returncode == 1 and 'No space left on device' in refused.stderr
    assert set(recorded(tmp_path, 'train')) == set(before)
    assert go_on(tmp_path, whole) == 0
    check_same(tmp_path, logdir)


@alone
def test_a_broken_episode_of_a_run_is_put_aside_and_training_goes_on(straight, tmp_path, caplog):
    logdir, _, _, whole = straight
    shutil.copytree(logdir, tmp_path / 'copy')
    broken = min((tmp_path / 'copy' / 'train_episodes').glob('*.npz'))
    broken.write_bytes(broken.read_bytes()[:5000])
    (tmp_path / 'copy' / 'train_episodes' / 'notes.npz').write_text('not an episode')
    assert go_on(tmp_path / 'copy', whole + 100) == 0
    assert f'{broken} is moved to quarantine/' in caplog.text
    assert 'notes.npz is not named like an episode' in caplog.text
    assert newest(tmp_path / 'copy')['learner/updates'] == WHOLE + 20


@alone
def test_more_environments_are_another_setting_and_all_is_kept(straight, tmp_path, capsys):
    logdir, _, _, whole = straight
    shutil.copytree(logdir, tmp_path / 'copy')
    before = recorded(logdir, 'train')
    assert go_on(tmp_path / 'copy', whole + 60, '--envs', '2') == 2
    assert 'envs 1 -> 2' in capsys.readouterr().err
    assert go_on(tmp_path / 'copy', whole + 60, '--envs', '2', '--resume_changed') == 0
    after = recorded(tmp_path / 'copy', 'train')
    assert set(before) < set(after)
    assert sum(length for _, length in after) >= whole + 60


def test_a_game_that_cannot_be_saved_ends_there_and_finished_episodes_count_once(tmp_path, capsys):
    flags = '--task', 'toy_catch', '--action_repeat', '1', '--time_limit', '40', '--checkpoint.every_frames', '90'
    process = run(tmp_path, 5000, *flags)
    while len(saved(tmp_path)) < 2 or max(saved(tmp_path)) < 150 or lines(tmp_path, 'train_return') < 6:
        assert process.poll() is None
        time.sleep(0.02)
    process.kill()
    process.communicate()
    before, steps = recorded(tmp_path, 'train'), max(saved(tmp_path))
    assert go_on(tmp_path, steps + 200, *flags) == 0
    assert 'running episodes ended there: episodes of this task cannot be saved' in capsys.readouterr().out
    after = recorded(tmp_path, 'train')
    assert set(before) <= set(after)
    assert len({digest for digest, _ in after}) == len(after)
    counts = json.loads(str(newest(tmp_path)['parts']))['run']
    assert counts['steps'] >= steps + 200
    assert sum(length for _, length in after) == counts['steps']


def test_a_run_of_version_0_1_goes_on_inside_the_same_game(tmp_path, capsys):
    shutil.copytree(RUN_0_1, tmp_path / 'run')
    before = recorded(tmp_path / 'run', 'train')
    assert go_on(tmp_path / 'run', 182, *FLAGS_0_1) == 0
    printed = capsys.readouterr().out
    assert 'resumed at 648 frames\n' in printed and 'finished 728 frames' in printed
    arrays = newest(tmp_path / 'run')
    assert arrays['format'] == 2 and arrays['learner/updates'] == 24
    assert (tmp_path / 'run' / 'checkpoints' / '000000000162.npz').exists()
    after = recorded(tmp_path / 'run', 'train')
    assert {digest for digest, _ in before} == {digest for digest, _ in after}  # the running episode went on
    assert sum(length for _, length in after) == 182
