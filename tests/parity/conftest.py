"""Finds the golden files, runs each once, and prints the largest error of each group at the end."""

import os
import pathlib

import pytest

from .golden import Golden, take_modes

FOLDER = pathlib.Path(os.environ.get('DREAMERV2_PARITY_DIR') or pathlib.Path(__file__).parent / 'data')
_done = {}


def pytest_generate_tests(metafunc):
    if 'golden' in metafunc.fixturenames:
        paths = sorted(FOLDER.glob('*.npz'))
        assert paths, f'no golden files (*.npz) in {FOLDER}'
        metafunc.parametrize('golden', paths, ids=[path.stem for path in paths], indirect=True)


@pytest.fixture
def golden(request):
    """A golden file that the project has been compared with."""
    path = request.param
    if path not in _done:
        with pytest.MonkeyPatch.context() as monkeypatch:
            take_modes(monkeypatch)
            _done[path] = Golden(path)
            _done[path].run()
    return _done[path]


def group_of(name):
    """The row of the parity table that an array belongs to."""
    for group in ('grad_norm', 'weight', 'metric'):
        if group in name:
            return f'{name.split("/")[0].rstrip("012")} {group}'
    return name.split('/')[0]


def pytest_terminal_summary(terminalreporter):
    if not _done:
        return
    terminalreporter.section('parity: largest error of each group, and what is allowed')
    for path, golden in _done.items():
        worst, counts = {}, {}
        for name, (error, tolerance) in golden.errors.items():
            group = group_of(name)
            counts[group] = counts.get(group, 0) + 1
            worst[group] = max(worst.get(group, (0, 0, '')), (error, tolerance, name))
        for group, (error, tolerance, name) in worst.items():
            terminalreporter.write_line(
                f'{path.stem:24} {group:18} {counts[group]:4} arrays  {error:.1e} <= {tolerance:.0e}  {name}'
            )
