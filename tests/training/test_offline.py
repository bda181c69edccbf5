"""Learning from saved episodes alone, as users run it."""

import contextlib
import io
import json
import pathlib
import shutil

import numpy as np
import pytest

from dreamerv2_tf import train
from dreamerv2_tf.learning import checkpoint
from dreamerv2_tf.replay import archive, episode_file
from dreamerv2_tf.spec import Spaces

from ..fakes import episode
from ..small import SIZES

RELEASE = pathlib.Path(__file__).parent.parent / 'data' / 'release_run'
SETTINGS = ['--configs', 'atari', '--log_every', '32', *(f'--{key}={value}' for key, value in SIZES.items())]


def call(*words, code=0):
    """What the train command prints."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
        assert train.main([*SETTINGS, *map(str, words)]) == code, printed.getvalue()
    return printed.getvalue()


def run(logdir, *words, code=0, folder=RELEASE):
    return call('--logdir', logdir, '--offline', folder, *words, code=code)


def newest(logdir):
    return checkpoint.read(checkpoint.find(logdir / 'checkpoints')[-1])


@pytest.fixture(scope='module')
def learned(tmp_path_factory):
    """A run of 4 updates on the release's episode: its folder, and what it printed."""
    logdir = tmp_path_factory.mktemp('offline') / 'run'
    return logdir, run(logdir, '--updates', '4')


def test_it_learns_all_parts_without_an_environment(learned):
    logdir, printed = learned
    for text in ('6 discrete actions', '1 saved episodes with 867 agent steps', 'finished 4 updates'):
        assert text in printed
    state = newest(logdir)
    assert state['learner/updates'] == 4
    assert Spaces.from_json(str(state['spaces'])).action.size == 6
    lines = [json.loads(line) for line in (logdir / 'metrics.jsonl').read_text().splitlines()]
    assert [line['step'] for line in lines] == [64, 192, 256]  # frames that 1, 3 and 4 updates stand for
    assert {'model_loss', 'actor_loss', 'critic_loss'} <= set(lines[0])
    assert [path.name for path in (logdir / 'videos').iterdir() if '256' in path.name] == [
        'open_loop_image-000000256.gif'
    ]
    assert not (logdir / 'train_episodes').exists()


def test_it_goes_on_where_it_stopped_to_the_last_bit(learned, tmp_path):
    run(tmp_path / 'run', '--updates', '2')
    printed = run(tmp_path / 'run', '--updates', '4')
    assert 'resumed' in printed
    straight, halves = newest(learned[0]), newest(tmp_path / 'run')
    assert set(straight) == set(halves)
    plain, others = (json.loads(str(arrays['parts'])) for arrays in (straight, halves))
    plain.pop('metrics_file'), others.pop('metrics_file')  # its length depends on the digits of fps
    assert plain == others
    for name in set(straight) - {'config', 'parts'}:
        np.testing.assert_array_equal(straight[name], halves[name], err_msg=name)
    assert 'nothing to do: 4 updates are done; more --updates go on' in run(tmp_path / 'run', '--updates', '4')


def test_one_may_go_on_from_an_agent_that_acted_and_act_with_one_that_did_not(tmp_path):
    logdir = tmp_path / 'run'
    setting = ['--task', 'toy_catch', '--time_limit', '20', '--train_every', '8']
    acting = [*setting, '--prefill', '40', '--eval_eps', '0', '--logdir', logdir]
    call(*acting, '--steps', '60')
    updates = int(newest(logdir)['learner/updates'])
    run(logdir, *setting, '--updates', updates + 2, '--resume_changed', folder=logdir)
    assert newest(logdir)['learner/updates'] == updates + 2
    assert 'finished' in call(*acting, '--steps', '100', '--resume_changed')
    after = int(newest(logdir)['learner/updates'])
    assert after - updates - 2 == (100 - 60 - 2 * 8) // 8  # no burst for the steps of offline updates


@pytest.mark.parametrize(
    'words, message',
    [
        (['--steps', '100'], '`--steps` means nothing with --offline: nobody acts there; --updates says how long'),
        (['--envs', '2'], '`--envs` means nothing with --offline'),
        (['--train_every', '0'], '`train_every` 0'),
    ],
)
def test_settings_of_acting_are_refused(tmp_path, words, message):
    assert message in run(tmp_path / 'run', '--updates', '2', *words, code=2)
    assert not (tmp_path / 'run').exists()


def test_folder_and_updates_go_together(tmp_path):
    assert '`--offline DIR` and `--updates N` go together' in run(tmp_path / 'run', code=2)


def test_bad_folders_are_errors_that_leave_nothing(tmp_path):
    logdir = tmp_path / 'run'
    assert 'is not a folder' in run(logdir, '--updates', '2', folder=tmp_path / 'none', code=2)
    empty = tmp_path / 'empty'
    empty.mkdir()
    assert 'holds no episode' in run(logdir, '--updates', '2', folder=empty, code=2)
    mixed = shutil.copytree(RELEASE / 'train_episodes', tmp_path / 'mixed')
    other = mixed / episode_file.filename('20260101T000000', episode_file.digest(0, 0, 0), 4)
    archive.write(other, episode(4))
    printed = run(logdir, '--updates', '2', folder=mixed, code=2)
    assert 'must be alike' in printed and other.name in printed and '-867.npz' in printed
    assert not logdir.exists()
