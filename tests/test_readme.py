"""What README and docs show works: examples, command lines, links."""

import importlib
import json
import pathlib
import re
import shlex

import pytest

import dreamerv2_tf as dv2
from dreamerv2_tf.config import flags

from . import small

ROOT = pathlib.Path(__file__).parent.parent
PAGES = [*sorted(ROOT.glob('*.md')), *sorted((ROOT / 'docs').glob('*.md')), ROOT / 'docs' / 'look_inside.ipynb']
CODE = re.compile(r'```(\w*)\n(.*?)```', re.S)
COMMAND = re.compile(r'^(?:python -m dreamerv2_tf\.|dreamerv2-|scripts/)(\w+) (.*?)(?: *#.*)?$', re.M)
NO_DOORS = {'test', 'train_suites'}  # scripts that are no command lines of this project


def text_of(page):
    """Markdown of a page; of a notebook, with its code."""
    if page.suffix == '.md':
        return page.read_text()
    cells = [(cell['cell_type'], ''.join(cell['source'])) for cell in json.loads(page.read_text())['cells']]
    return '\n\n'.join(f'```python\n{source}\n```' if kind == 'code' else source for kind, source in cells)


def python_of(page):
    return [code for language, code in CODE.findall(text_of(page)) if language == 'python']


def commands():
    """(page, door, words) of every command line that a page shows."""
    for page in PAGES:
        for _, code in CODE.findall(text_of(page)):
            for door, words in COMMAND.findall(code.replace('\\\n', ' ')):
                if door not in NO_DOORS:
                    yield pytest.param(door, words, id=f'{page.name} {door} {words}')


def anchors(page):
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r'^#+ (.*)$', CODE.sub('', text_of(page)), re.M)
    return {re.sub(r'[^\w -]', '', heading.lower()).replace(' ', '-') for heading in headings}


def test_the_example_with_an_environment_of_its_own_runs(tmp_path, monkeypatch, capsys):
    """With fewer steps and smaller layers than it says."""
    monkeypatch.chdir(tmp_path)
    config = small.config(
        **{'encoder.mlp_keys': '.*', 'decoder.mlp_keys': '.*', 'replay.minlen': 4, 'replay.maxlen': 8},
        **{'eager': True, 'steps': 90, 'prefill': 61, 'eval_every': 60, 'time_limit': 0, 'action_repeat': 1},
    )
    monkeypatch.setattr(dv2, 'load_config', lambda *presets, **changes: config)
    exec(python_of(ROOT / 'README.md')[0], {})
    printed = capsys.readouterr().out
    assert 'nothing is wrong' in printed and 'finished 90 frames' in printed
    assert re.search(r'^evaluations \[\(\d+, -\d+\.0\), .*\]\nplayed \[(-\d+\.0(, )?){3}\]$', printed, re.M)


def test_the_example_that_looks_inside_runs(tmp_path, monkeypatch, capsys):
    logdir = tmp_path / 'logdir' / 'toy_catch' / 'dreamerv2' / '0'
    small.save(logdir, small.config(task='toy_catch', action_repeat=1), 100)
    small.catch_episode(logdir / 'eval_episodes')
    monkeypatch.chdir(tmp_path)
    exec(python_of(ROOT / 'README.md')[1], {})
    assert capsys.readouterr().out == '(16, 3, 64, 64, 1) (16, 3)\n'
    assert (tmp_path / 'open_loop.png').read_bytes()[:4] == b'\x89PNG'


def test_the_example_that_makes_an_agent_runs(capsys):
    exec(python_of(ROOT / 'README.md')[2], {})
    assert capsys.readouterr().out == '(1, 128) (1, 64, 64, 1)\n'


@pytest.mark.parametrize('door, words', commands())
def test_a_command_line_is_understood(door, words):
    given = importlib.import_module(f'dreamerv2_tf.{door}').parser().parse(shlex.split(words))
    files = [word for word in given.settings if word.endswith('.yaml')]
    if door in ('train', 'bench') and not files:
        config, _ = flags.parse(given.settings)
        assert config.task in words or '--task' not in words


@pytest.mark.parametrize('page', PAGES, ids=lambda page: page.name)
def test_links_and_pictures_of_a_page_exist(page):
    for target in re.findall(r'\]\(([^)\s]+)\)', CODE.sub('', text_of(page))):
        if target.startswith(('https:', 'http:')):
            continue
        name, _, anchor = target.partition('#')
        found = page.parent / name if name else page
        assert found.exists(), target
        assert not anchor or anchor in anchors(found), target


@pytest.mark.parametrize('page', PAGES, ids=lambda page: page.name)
def test_examples_need_the_public_names_alone(page):
    code = '\n'.join(python_of(page))
    assert not re.findall(r'from dreamerv2_tf|import dreamerv2_tf\b(?! as dv2$)', code, re.M)
    assert set(re.findall(r'\bdv2\.(\w+)', code)) <= set(dir(dv2))


@pytest.mark.parametrize('page', [page for page in PAGES if page.parent != ROOT], ids=lambda page: page.name)
def test_every_page_is_in_the_index(page):
    assert page.name == 'index.md' or f']({page.name})' in (ROOT / 'docs' / 'index.md').read_text()
