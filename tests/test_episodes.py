"""The episodes command, on files of real games and of the authors' release."""

import contextlib
import io
import pathlib
import shutil

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
