"""The episodes command, on files of real games and of the authors' release."""

import contextlib
import io
import pathlib
import shutil

import numpy as np
import PIL.Image
import pytest

from dreamerv2_tf import episodes
from dreamerv2_tf.replay import archive
from dreamerv2_tf.replay import episode as files

RELEASE = pathlib.Path(__file__).parent / 'data' / 'release_run'
FILE = next((RELEASE / 'train_episodes').iterdir())


def run(*words):
    """(exit code, what was printed, what was said of mistakes)."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = episodes.main([str(word) for word in words])
    return code, out.getvalue(), err.getvalue()


def write(folder, number, arrays):
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / files.filename(f'20260102T0304{number:02}', files.digest(0, 0, number), len(arrays['reward']) - 1)
    archive.write(path, arrays)
    return path


def cut(begin, stop):
    """Rows of the release's episode as an episode of its own."""
    arrays = {key: np.array(value[begin:stop]) for key, value in files.load(FILE).items()}
    arrays['is_first'][0] = arrays['is_last'][-1] = True
    arrays['action'][0] = arrays['reward'][0] = 0
    return arrays


@pytest.fixture
def folder(tmp_path):
    """Three Pong episodes of 63, 100 and 20 steps with returns -1, -2 and 0."""
    for number, (begin, stop) in enumerate([(0, 64), (50, 151), (200, 221)]):
        write(tmp_path / 'run' / 'train_episodes', number, cut(begin, stop))
    return tmp_path / 'run'


def test_list_has_a_row_per_episode_in_the_order_that_is_asked_for(folder):
    code, printed, _ = run('list', folder, '--sort', 'return')
    lines = [line.split() for line in printed.splitlines() if '.npz' in line]
    assert code == 0
    assert [(line[0], line[3], line[4]) for line in lines] == [('1', '100', '-3'), ('0', '63', '-1'), ('2', '20', '-1')]


def test_show_tells_what_an_episode_holds_and_where_its_rewards_are():
    code, printed, _ = run('show', RELEASE)
    assert code == 0
    for told in ('868x64x64x1', '867 agent steps, return -21, ended by the game', '21 rewards other than 0'):
        assert told in printed
    assert '   59      -1      -1' in printed
