"""Imports only go down (rooms and floors: docs/architecture.md)."""

import ast
import pathlib
import subprocess
import sys

import pytest

PACKAGE = pathlib.Path(__file__).parent.parent / 'dreamerv2_tf'
FLOORS = [
    {'errors', 'files', 'seeding', 'startup', 'version'},
    {'spec'},
    {'config'},
    {'envs', 'replay', 'metrics', 'display', 'media', 'scores', 'maths', 'distributions', 'release'},
    {'nets', 'recordings', 'comparison', 'env_check'},
    {'agent'},
    {'explore'},
    {'learning', 'collect'},
    {'build_layers'},
    {'build_agent'},
    {'build'},
    {'training', 'evaluation'},
    {'inspection'},
    {'playground', 'distributed'},
    {'benchmarks'},
    {'from_python'},
    {'cli'},
    {'__init__'},
    {
        'train',
        'evaluate',
        'compare',
        'episodes',
        'dream',
        'bench',
        'convert',
        'checkpoint',
        'check_env',
        'export',
        'sweep',
        'play',
    },
]

TENSORFLOW = {'tensorflow', 'keras', 'tensorflow_probability'}
WITHOUT_TENSORFLOW = {
    *('errors', 'files', 'seeding', 'startup', 'spec', 'config', 'envs', 'replay', 'metrics', 'display', 'media'),
    *('scores', 'release', 'recordings', 'comparison', 'env_check', 'collect', 'evaluation', 'cli'),
    *('train', 'evaluate', 'compare', 'episodes', 'dream', 'bench', 'convert', 'checkpoint', 'check_env', 'export'),
    *('sweep', 'play', 'distributed'),
}
MAY_IMPORT_TENSORFLOW = {'replay/dataset.py', 'metrics/tensorboard.py'}


def floor(room):
    return next(i for i, rooms in enumerate(FLOORS) if room in rooms)


def room_of(path):
    return path.relative_to(PACKAGE).parts[0].removesuffix('.py')


def imports(path):
    """(room, is TensorFlow) of every import in a file, also inside functions."""
    depth = len(path.relative_to(PACKAGE).parts)
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.level:
            inside = node.level < depth
            names = [node.module.split('.')[0]] if node.module else [a.name for a in node.names]
            yield from ((room_of(path) if inside else name, False) for name in names)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            names = [node.module] if isinstance(node, ast.ImportFrom) else [a.name for a in node.names]
            for name in names:
                library, _, inside = name.partition('.')
                yield (inside.split('.')[0] or '__init__' if library == PACKAGE.name else None, library)


FILES = [path for path in sorted(PACKAGE.rglob('*.py')) if path.name != '__init__.py' or path.parent == PACKAGE]


@pytest.mark.parametrize('path', FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_file_imports_only_from_floors_below(path):
    room = room_of(path)
    for other, library in imports(path):
        if other and other != room:
            assert floor(other) < floor(room), f'{room} imports {other}'
        if room in WITHOUT_TENSORFLOW and str(path.relative_to(PACKAGE)) not in MAY_IMPORT_TENSORFLOW:
            assert library not in TENSORFLOW, library


@pytest.mark.parametrize('path', FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_file_is_longer_than_300_lines(path):
    assert len(path.read_text().splitlines()) <= 300


def test_importing_everything_changes_nothing_outside():
    """No environment variable, log level, random state or device is touched by an import."""
    modules = [
        '.'.join(('dreamerv2_tf', *path.relative_to(PACKAGE).with_suffix('').parts))
        for path in FILES
        if path.stem not in ('dmc', 'crafter')
    ]
    program = f"""
import logging, os, random
import numpy, tensorflow, keras, tensorflow_probability, gymnasium, cv2, tensorflow.summary
state = lambda: (dict(os.environ), logging.root.level, list(logging.root.handlers), random.getstate(),
                 str(numpy.random.get_state()), keras.config.dtype_policy().name)
before = state()
for module in {modules}:
    __import__(module)
assert state() == before
"""
    subprocess.run([sys.executable, '-c', program], check=True)
