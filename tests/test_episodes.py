"""The episodes command, on files of real games and of the authors' release."""

import contextlib
import io
import pathlib
import shutil
import subprocess
import sys

import numpy as np
import PIL.Image
import pytest

from dreamerv2_tf import episodes
from dreamerv2_tf.replay import archive, episode_file

RELEASE = pathlib.Path(__file__).parent / 'data' / 'release_run'
FILE = next((RELEASE / 'train_episodes').iterdir())


def run(*words):
    """(exit code, what was printed, the errors)."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = episodes.main([str(word) for word in words])
    return code, out.getvalue(), err.getvalue()


def write(folder, number, arrays):
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / episode_file.filename(
        f'20260102T0304{number:02}', episode_file.digest(0, 0, number), len(arrays['reward']) - 1
    )
    archive.write(path, arrays)
    return path


def cut(begin, stop):
    """Rows of the release's episode as an episode of its own."""
    arrays = {key: np.array(value[begin:stop]) for key, value in episode_file.load(FILE).items()}
    arrays['is_first'][0] = arrays['is_last'][-1] = True
    arrays['action'][0] = arrays['reward'][0] = 0
    return arrays


@pytest.fixture
def folder(tmp_path):
    """Three Pong episodes of 63, 100 and 20 steps with returns -1, -2 and 0."""
    for number, (begin, stop) in enumerate([(0, 64), (50, 151), (200, 221)]):
        write(tmp_path / 'run' / 'train_episodes', number, cut(begin, stop))
    return tmp_path / 'run'


def test_list_has_a_row_per_episode_in_the_order_of_the_flag(folder):
    code, printed, _ = run('list', folder, '--sort', 'return')
    lines = [line.split() for line in printed.splitlines() if '.npz' in line]
    assert code == 0
    assert [(line[0], line[3], line[4]) for line in lines] == [('1', '100', '-3'), ('0', '63', '-1'), ('2', '20', '0')]


def test_show_prints_what_an_episode_holds_and_where_its_rewards_are():
    code, printed, _ = run('show', RELEASE)
    assert code == 0
    for text in ('868x64x64x1', '867 agent steps, return -21, ended by the game', '21 rewards other than 0'):
        assert text in printed
    assert ['59', '-1', '-1'] in [line.split() for line in printed.splitlines()]


def test_stats_count_returns_rewards_and_actions(folder):
    code, printed, _ = run('stats', folder)
    assert code == 0 and '3 episodes, 183 agent steps' in printed
    (line,) = [line.split() for line in printed.splitlines() if line.startswith('return')]
    assert line[3:] == ['-3', '-1', '0']  # least, median, most
    assert ['-1', '4', '100.0%'] in [line.split()[:3] for line in printed.splitlines()]
    shown = [line.split() for line in printed.partition('actions')[2].splitlines() if '%' in line]
    assert [line[0] for line in shown] == list('012345') and sum(int(line[1]) for line in shown) == 183


def test_plot_and_video_are_pictures_that_can_be_opened(folder, tmp_path):
    assert run('plot', folder, '--out', tmp_path / 'new' / 'plot.png')[0] == 0
    for ending, frames in (('gif', 21), ('webp', 21), ('png', 1)):
        code, printed, _ = run('video', folder, '--out', tmp_path / f'film.{ending}')
        assert code == 0 and '20 steps with return 0' in printed
        with PIL.Image.open(tmp_path / f'film.{ending}') as picture:
            assert picture.n_frames == frames and picture.width >= 256
    with PIL.Image.open(tmp_path / 'new' / 'plot.png') as picture:
        assert len(np.unique(np.asarray(picture.convert('RGB')).reshape(-1, 3), axis=0)) > 10


def test_check_names_every_broken_file_and_ends_with_1(folder):
    assert run('check', folder)[:2] == (0, '3 files are whole\n')
    episode_folder = folder / 'train_episodes'
    flipped = write(episode_folder, 3, cut(0, 30))
    content = bytearray(flipped.read_bytes())
    content[5000] ^= 1  # a pixel
    flipped.write_bytes(content)
    short = write(episode_folder, 4, cut(0, 30))
    short.write_bytes(short.read_bytes()[:3000])
    open_end = write(episode_folder, 5, cut(0, 30) | {'is_last': np.zeros(30, bool)})
    bad_number = write(episode_folder, 6, cut(0, 30) | {'reward': np.full(30, np.nan, np.float32)})
    other = write(episode_folder, 7, cut(0, 30) | {'image': np.zeros((30, 8, 8, 1), np.uint8)})
    shutil.copy(FILE, episode_folder / 'copy.npz')
    code, printed, _ = run('check', folder)
    assert code == 1 and '6 of 9 files are broken' in printed
    found = {pathlib.Path(line.split(': ')[0]).name: line for line in printed.splitlines()[:-1]}
    assert len(found) == 6
    assert 'checksum of image.npy' in found[flipped.name] and 'cannot be read' in found[short.name]
    assert 'is_last in its last one' in found[open_end.name] and '`reward` is nan in row 0' in found[bad_number.name]
    assert '(64, 64, 1)' in found[other.name] and 'not named like an episode' in found['copy.npz']


@pytest.mark.parametrize(
    'words, message',
    [
        (['lst', RELEASE], 'did you mean `list`?'),
        (['list'], 'required: DIR'),
        (['list', RELEASE, '--sort', 'retrun'], 'did you mean `return`?'),
        (['stats', RELEASE, '--out', 'x.png'], '`--out` means nothing to stats'),
        (['show', RELEASE, '--episode', '1'], '`--episode` must be at most 0'),
        (['show', RELEASE, '--episode', '-1'], 'must be a number from 0 on'),
        (['video', RELEASE, '--out', 'film.avi'], '.gif, .webp, .mp4, .png. Received: film.avi'),
        (['video', RELEASE, '--key', 'depth'], 'has no film `depth`; there are: image'),
        (['plot', RELEASE, '--out', 'plot.doc'], '.png, .pdf, .svg. Received: plot.doc'),
        (['check', '/nowhere'], 'holds no .npz file'),
        (['export', RELEASE], '`--minari` must name the dataset'),
    ],
)
def test_bad_use_is_an_error_of_one_line_and_writes_nothing(words, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, printed, errors = run(*words)
    assert code == 2 and message in errors and errors.count('\n') == 1 and not printed
    assert not list(tmp_path.iterdir())


def numbers(**changes):
    """An episode of three steps, whose actions are vectors of two numbers, with some arrays of its own."""
    zeros = np.zeros(4, np.float32)
    flags = {'is_first': zeros == [0, 1, 1, 1], 'is_last': zeros == [1, 1, 1, 0], 'is_terminal': zeros > 0}
    return {'vector': zeros, 'action': np.zeros((4, 2), np.float32), 'reward': zeros, **flags, **changes}


def test_an_episode_without_any_action_is_shown_as_one_of_continuous_actions_at_rest(tmp_path):
    write(tmp_path, 0, numbers())
    for action in ('show', 'stats'):
        code, printed, errors = run(action, tmp_path)
        assert (code, errors) == (0, '')
        assert ['0', '0.000', '0.000', '0.000', '0.000'] in [line.split() for line in printed.splitlines()]
    assert run('plot', tmp_path, '--out', tmp_path / 'plot.png')[0] == 0


def test_keys_are_shown_as_they_are_and_never_obeyed(tmp_path):
    keys = {'[bold]x[/nope]': '[bold]x[/nope]', ':smile:': ':smile:', '\x1b[31mred': r'\x1b[31mred', 'a\nb': r'a\nb'}
    path = write(tmp_path, 0, numbers(**{key: np.zeros(4, np.float32) for key in keys}))
    code, printed, errors = run('show', tmp_path)
    assert (code, errors) == (0, '') and '\x1b' not in printed
    assert set(keys.values()) <= {line.split()[0] for line in printed.splitlines() if line}
    path.rename(tmp_path / '\x1b[31m[bold].npz')
    code, printed, _ = run('check', tmp_path)
    assert code == 1 and '\x1b' not in printed and r'\x1b[31m[bold].npz: is not named like an episode' in printed


@pytest.mark.parametrize('scale', [0, 1, 1e30, 3e38])
def test_statistics_of_huge_numbers_are_right_and_can_be_plotted(scale, tmp_path):
    rewards = np.array([0, scale, scale, scale], np.float32)
    write(tmp_path, 0, numbers(reward=rewards, action=np.float32(scale) * np.eye(4, 2, 1, np.float32)))
    code, printed, errors = run('stats', tmp_path)
    (line,) = [line.split() for line in printed.splitlines() if line.startswith('return')]
    assert (code, errors) == (0, '') and float(line[1].replace(',', '')) == pytest.approx(3 * scale, rel=1e-3)
    assert 'inf' not in printed and 'nan' not in printed
    assert run('plot', tmp_path, '--out', tmp_path / 'plot.png')[0] == 0


def test_arrays_without_numbers_can_be_shown(tmp_path):
    write(tmp_path, 0, numbers(empty=np.zeros((4, 0), np.float32)))
    code, printed, _ = run('show', tmp_path)
    assert code == 0 and ['empty', '4x0', 'float32'] in [line.split() for line in printed.splitlines()]


def break_reward(folder, reward):
    """Makes the first of the episodes in a folder one whose rewards are something else."""
    path = min((folder / 'train_episodes').iterdir())
    archive.write(path, {**episode_file.load(path), 'reward': reward})
    return path


@pytest.mark.parametrize(
    'reward',
    [np.full(64, np.inf, np.float32), np.array(list('x' * 64)), np.zeros(0), np.zeros((64, 2)), np.float32(3)],
    ids=['infinite', 'text', 'empty', 'vectors', 'scalar'],
)
def test_a_broken_file_is_a_line_of_the_list_and_an_error_elsewhere(folder, tmp_path, reward):
    path = break_reward(folder, reward)
    code, printed, _ = run('list', folder, '--sort', 'return')
    lines = [line.split() for line in printed.splitlines() if '2026-' in line]
    assert code == 0 and [line[0] for line in lines] == ['1', '2', '0'] and 'broken:' in lines[2]
    for action in (['stats'], ['plot', '--out', tmp_path / 'plot.png'], ['show', '--episode', '0']):
        code, printed, errors = run(action[0], folder, *action[1:])
        assert code == 2 and path.name in errors and not printed and not (tmp_path / 'plot.png').exists()


@pytest.mark.parametrize('where', ['~nobody-of-that-name/x', 'x' * 5000])
def test_a_path_that_cannot_be_is_an_error_of_one_line(where):
    code, _, errors = run('list', where)
    assert code == 2 and 'cannot be found' in errors and errors.count('\n') == 1


def test_escape_codes_in_paths_and_keys_reach_no_error_and_no_warning(tmp_path):
    write(tmp_path / '\x1b[31m', 0, numbers(**{'\x1b[32m': np.zeros((4, 8, 8, 3), np.uint8)}))
    (tmp_path / '\x1b[31m' / '\x1b[33m.npz').write_bytes(b'')
    command = [sys.executable, '-m', 'dreamerv2_tf.episodes', 'video', tmp_path / '\x1b[31m']
    root = pathlib.Path(episodes.__file__).parent.parent
    errors = subprocess.run(command, capture_output=True, text=True, cwd=root).stderr
    assert '\x1b' not in errors
    assert r'\x1b[33m.npz is not named like an episode' in errors
    assert r'has no film `image`; there are: \x1b[32m' in errors
