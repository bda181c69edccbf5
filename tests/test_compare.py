"""The compare command, from runs on disk to what a reader sees."""

import csv
import html.parser
import io
import json
import pathlib
import subprocess
import sys

import numpy as np
import pytest
import rich.console

from dreamerv2_tf import compare
from dreamerv2_tf.comparison import report, terminal
from dreamerv2_tf.media.gif import gif

from .comparison.run_folders import run_folder

NASTY = 'atari_<script>alert("$x")</script>|`b`'


def run(capsys, *words):
    code = compare.main(list(map(str, words)))
    printed = capsys.readouterr()
    return code, printed.out, printed.err


class Reader(html.parser.HTMLParser):
    """Tags and shown texts of a page."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.texts, self.sources = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.sources += [value for key, value in attrs if key in ('src', 'href')]

    def handle_data(self, data):
        self.texts.append(data)


@pytest.fixture
def root(tmp_path):
    for seed, score in enumerate((-8.0, -12.0)):
        run_folder(tmp_path / 'runs' / f'pong{seed}', [(1_000_000, -19.0), (2_000_000, score)], seed=seed)
    run_folder(tmp_path / 'runs' / 'deep' / 'boxing', [(2_000_000, 12.1)], task='atari_boxing')
    run_folder(tmp_path / 'runs' / 'nasty', [(500, 1.0)], task=NASTY)
    return tmp_path / 'runs'


def test_every_form_of_output_has_the_same_numbers(root, tmp_path, capsys):
    code, printed, errors = run(capsys, '--logdir', root, '--out', tmp_path / 'out')
    assert (code, errors) == (0, '')
    out = tmp_path / 'out'
    assert all(text in printed for text in ('atari_pong', '-10.0 ± 2.00', 'inside', str(out)))
    scores = {row['task']: row for row in json.loads((out / 'scores.json').read_text())['scores']}
    pong = scores['atari_pong']
    assert (pong['scores'], pong['mean'], pong['published_mean'], pong['verdict']) == (
        [-8.0, -12.0],
        -10.0,
        -8.575,
        'inside',
    )
    assert pong['gamer_normalized'] == pytest.approx(10.7 / 35.3) and pong['final_iqn'] == 20.13
    with (out / 'scores.csv').open(newline='') as file:
        rows = {row['task']: row for row in csv.DictReader(file)}
    assert rows['atari_pong']['scores'] == '-8.0 -12.0' and rows['atari_boxing']['verdict'] == 'below'
    assert set(rows) == {'atari_pong', 'atari_boxing', NASTY}
    text = (out / 'report.md').read_text()
    assert '| atari\\_pong | inside | -10.0 ± 2.00 | -8.57 ± 4.18 |' in text
    tables = [line.count(' | ') for line in text.splitlines() if line.startswith('| atari')]
    assert set(tables) == {8, 10, 7}  # no cell of a nasty name breaks its row
    assert (out / 'curves.png').read_bytes().startswith(b'\x89PNG')
    assert len(list((out / 'curves').glob('*.svg'))) == 3


def test_the_page_needs_nothing_else_and_shows_all_text_as_text(root, tmp_path, capsys):
    videos = root / 'pong0' / 'videos'
    videos.mkdir()
    film = gif(np.zeros((2, 8, 8, 1), np.uint8))
    for name in ('eval_policy_image-000000100.gif', 'eval_policy_image-000000200.gif'):
        (videos / name).write_bytes(film)
    (videos / 'open_loop_image-000000100.gif').write_bytes(b'<script>no film</script>')
    assert run(capsys, '--logdir', root, '--out', tmp_path / 'out')[0] == 0
    page = Reader((tmp_path / 'out' / 'report.html').read_text())
    assert 'script' not in page.tags and NASTY in page.texts
    assert all(source.startswith(('data:image/svg+xml;base64,', 'data:image/gif;base64,')) for source in page.sources)
    assert sum(source.startswith('data:image/gif') for source in page.sources) == 1
    assert any('eval_policy_image-000000200' in text for text in page.texts)
    assert {'inside', 'below', 'nothing is published for this task'} <= set(page.texts)


def test_published_scores_need_no_run(capsys):
    code, printed, _ = run(capsys, '--published')
    lines = [line.split() for line in printed.replace('│', ' ').splitlines()]
    assert code == 0
    assert ['IQN', '1.29', '8.85', '0.21', '0.21'] in lines
    assert 'pong' in printed and 'dmc_humanoid_walk' in printed and 'discount_0.99' in printed


def test_a_game_shows_its_whole_curve(tmp_path, capsys):
    code, printed, _ = run(capsys, '--published', '--game', 'pong', '--out', tmp_path)
    (pong,) = json.loads((tmp_path / 'scores.json').read_text())['scores']
    assert (pong['task'], pong['final_iqn'], len(pong['scores'])) == ('atari_pong', 20.13, 8)
    assert Reader((tmp_path / 'report.html').read_text()).tags.count('img') == 1
    assert code == 0 and 'Table 1' in printed and '-8.57' in printed and '-15.0 .. -3.20' in printed
    assert run(capsys, '--published', '--game', 'dmc_walker_walk')[0] == 0
    assert '2,313' in run(capsys, '--published', '--game', 'montezuma_revenge')[1]


@pytest.mark.parametrize(
    'words, message',
    [
        ([], 'one of the arguments --logdir --published is required'),
        (['--logdir', '{tmp}'], 'no runs found in'),
        (['--logdir', '{tmp}/missing'], 'is not there'),
        (['--published', '--game', 'pongg'], 'did you mean `pong`'),
        (['--logdir', '{tmp}', '--game', 'pong'], '`--game` means nothing without --published'),
        (['--logdir', '{tmp}', '--tasks', '('], 'must be a regular expression'),
        (['--logdir', '{tmp}', '--bin', '0'], 'must be a whole number of frames'),
        (['--logdir', '{tmp}', '--at', 'x'], "Received: 'x'"),
        (['--logdir', '{tmp}', '--metric', 'fps'], 'must be one of eval_return, train_return'),
        (['--logdir', '{tmp}', '--oot', 'x'], 'did you mean `--out`'),
        (['--published', '--out', '{tmp}/file'], 'cannot be written: Not a directory'),
        (['--published', '--bin', '3'], '`--bin` means nothing with --published'),
    ],
)
def test_bad_use_is_one_line_and_exit_code_2(words, message, tmp_path, capsys):
    (tmp_path / 'file').write_text('')
    code, printed, errors = run(capsys, *(word.format(tmp=tmp_path) for word in words))
    assert code == 2 and message in errors and errors.startswith('error: ') and printed == ''
    assert [path.name for path in tmp_path.iterdir()] == ['file']


def test_help_lists_all_flags(capsys):
    assert compare.main(['--help']) == 0 and '--published' in capsys.readouterr().out


def test_it_starts_without_tensorflow():
    program = (
        'import sys; from dreamerv2_tf import compare; compare.main(["--published", "--game", "pong"]); '
        'assert not {"tensorflow", "keras", "matplotlib.pyplot"} & set(sys.modules)'
    )
    root = pathlib.Path(compare.__file__).parent.parent
    subprocess.run([sys.executable, '-c', program], check=True, stdout=subprocess.DEVNULL, cwd=root)


def test_in_a_narrow_terminal_wide_tables_come_in_parts_and_no_figure_is_cut():
    console = rich.console.Console(width=60, file=io.StringIO(), force_terminal=True, color_system=None)
    terminal.show(report.of_published('atari_pong'), console)
    shown = console.file.getvalue()
    assert '…' not in shown and max(map(len, shown.splitlines())) <= 60
    assert '19.5' in shown and 'clipped record mean' in shown


@pytest.mark.parametrize(
    'name', ['[bold]x[/nope]', ':smile:', '..', '../../x', '$x$ \\frac', '_hidden', 'Käse 好', 'y' * 200]
)
def test_a_name_of_any_kind_is_shown_as_it_is_and_leaves_the_folder_alone(name, tmp_path, capsys):
    entry = {'task': name, 'method': name, 'seed': name, 'xs': [1000, 2000], 'ys': [1, 2]}
    (tmp_path / 'scores.json').write_text(json.dumps([entry]))
    code, printed, errors = run(capsys, '--logdir', tmp_path / 'scores.json', '--out', tmp_path / 'deep' / 'out')
    assert (code, errors) == (0, '') and name in printed
    (record,) = json.loads((tmp_path / 'deep' / 'out' / 'scores.json').read_text())['scores']
    assert (record['task'], record['method'], record['seeds']) == (name, name, [name])
    assert len(list((tmp_path / 'deep' / 'out' / 'curves').iterdir())) == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ['deep', 'scores.json']
    assert [path.name for path in (tmp_path / 'deep').iterdir()] == ['out']


def test_escape_codes_reach_neither_the_terminal_nor_a_report(tmp_path, capsys):
    for seed in range(2):
        folder = run_folder(tmp_path / f'\x1b[31m{seed}', [(4, 1.0)], seed=json.dumps(f'\x1b[3{seed}m'))
        with (folder / 'config.yaml').open('a') as file:
            file.write(f'"\\e[1m": "\\e[{seed}m"\n')
    (folder / 'videos').mkdir()
    (folder / 'videos' / 'eval_policy_\x1b[31m-000.gif').write_bytes(gif(np.zeros((2, 8, 8, 1), np.uint8)))
    code, printed, errors = run(capsys, '--logdir', tmp_path, '--out', tmp_path / 'out')
    assert (code, errors) == (0, '') and '\x1b' not in printed
    assert r'settings of these runs differ: \x1b[1m \x1b[0m, \x1b[1m' in printed
    for path in (tmp_path / 'out').iterdir():
        if path.suffix in ('.md', '.csv', '.html', '.json'):
            assert '\x1b' not in path.read_text()


@pytest.mark.parametrize('task', ['atari_pong', 'of_nobody'])
def test_returns_of_any_size_that_a_run_can_have_give_finite_numbers(task, tmp_path, capsys):
    for seed, score in enumerate((9e99, -9e99)):
        run_folder(tmp_path / 'runs' / str(seed), [(1_000_000, score), (2_000_000, score)], task, seed)
    code, printed, errors = run(capsys, '--logdir', tmp_path / 'runs', '--out', tmp_path / 'out')
    assert (code, errors) == (0, '') and '9e+99' in printed
    text = (tmp_path / 'out' / 'scores.json').read_text()
    (record,) = json.loads(text, parse_constant=pytest.fail)['scores']
    assert (record['mean'], record['std']) == (0, 9e99)


def test_films_are_files(tmp_path, capsys):
    folder = run_folder(tmp_path / 'runs', [(4, 1.0)])
    (folder / 'videos' / 'eval_policy_a-1.gif').mkdir(parents=True)
    (folder / 'videos' / 'eval_policy_b-2.gif').symlink_to('/dev/zero')
    assert run(capsys, '--logdir', folder, '--out', tmp_path / 'out')[0] == 0
