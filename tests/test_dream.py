"""The command that shows an episode as a world model sees it."""

import numpy as np
import PIL.Image
import pytest

from dreamerv2_tf import dream
from dreamerv2_tf.replay import archive
from dreamerv2_tf.replay.episode_file import digest, filename

from . import small

FILES = [
    'dream.npz',
    'horizon.png',
    'imagined_image.gif',
    'imagined_image.png',
    'latent.png',
    'latent_image.gif',
    'open_loop_image.gif',
    'open_loop_image.png',
    'reconstruction_image.gif',
    'variables.png',
]


@pytest.fixture(scope='module')
def logdir(tmp_path_factory):
    """A run that has learned nothing, with a training episode and a newer evaluation episode."""
    logdir = tmp_path_factory.mktemp('run')
    small.save(logdir, small.config(task='toy_catch', action_repeat=1), 500)
    small.catch_episode(logdir / 'train_episodes')
    small.catch_episode(logdir / 'eval_episodes', seed=1)
    small.catch_episode(logdir / 'eval_episodes', '20260101T000009', seed=2)
    return logdir


def failed(capsys, *argv):
    assert dream.main([str(word) for word in argv]) == 2
    error = capsys.readouterr().err
    assert error.count('\n') == 1
    return error


def test_it_writes_films_figures_and_numbers(logdir, tmp_path, capsys):
    out = tmp_path / 'made' / 'here'
    assert dream.main(['--logdir', str(logdir), '--out', str(out), '--horizon', '4', '--samples', '2']) == 0
    assert sorted(path.name for path in out.iterdir()) == FILES
    with np.load(out / 'dream.npz', allow_pickle=False) as numbers:
        assert numbers['kl'].shape == (71, 4) and numbers['open_loop/kl'].shape == (4, 2)
    with PIL.Image.open(out / 'imagined_image.gif') as film:
        assert film.n_frames > 1
    printed = capsys.readouterr().out
    assert '20260101T000009' in printed and 'imagined_image.gif' in printed and 'left out' not in printed


def test_an_episode_may_be_named(logdir, tmp_path, capsys):
    (path,) = (logdir / 'train_episodes').iterdir()
    argv = ['--logdir', str(logdir), '--out', str(tmp_path), '--episode', str(path), '--samples', '1', '--start', '60']
    assert dream.main(argv) == 0
    assert str(path) in capsys.readouterr().out
    with np.load(tmp_path / 'dream.npz') as numbers:
        assert numbers['open_loop/kl'].shape == (6, 1) and numbers['imagined/action'].shape == (46, 1, 3)


def test_bad_use_is_an_error_of_one_line(logdir, tmp_path, capsys):
    there = ('--logdir', logdir, '--out', tmp_path)
    assert 'no checkpoint `newest`' in failed(capsys, '--logdir', tmp_path / 'none', '--out', tmp_path)
    assert 'did you mean `--samples`' in failed(capsys, *there, '--sample', 3)
    assert 'start at rows 0 to 65' in failed(capsys, *there, '--start', 66)
    (tmp_path / 'file').write_text('')
    assert 'file cannot be written: ' in failed(capsys, '--logdir', logdir, '--out', tmp_path / 'file')
    assert 'none.npz holds no episode' in failed(capsys, *there, '--episode', tmp_path / 'none.npz')
    assert 'file is not named like an episode' in failed(capsys, *there, '--episode', tmp_path / 'file')
    assert [path.name for path in tmp_path.iterdir()] == ['file']


def test_a_run_without_episodes_is_an_error(logdir, tmp_path, capsys):
    (tmp_path / 'run').mkdir()
    (tmp_path / 'run' / 'checkpoints').symlink_to(logdir / 'checkpoints')
    assert 'there is no episode in' in failed(capsys, '--logdir', tmp_path / 'run', '--out', tmp_path)


def test_the_error_for_an_episode_of_other_shapes_names_both(logdir, tmp_path, capsys):
    path = tmp_path / filename('20260101T000000', digest(0, 0, 0), 20)
    archive.write(path, {**small.episode(20), 'image': np.zeros((21, 84, 84, 1), np.uint8)})
    error = failed(capsys, '--logdir', logdir, '--out', tmp_path / 'out', '--episode', path)
    assert f'{path} does not fit the agent of {logdir}' in error
    assert '`image` must be uint8 of the shape (64, 64, 1). Received: uint8 of (84, 84, 1)' in error
    assert not (tmp_path / 'out').exists()
