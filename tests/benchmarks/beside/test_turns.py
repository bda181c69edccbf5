"""Both sides take turns, and the row says how they compare."""

import json
import os

import pytest

from dreamerv2_tf import bench
from dreamerv2_tf.benchmarks import segments
from dreamerv2_tf.benchmarks.beside import turns
from dreamerv2_tf.benchmarks.beside.turns import compare_calls, compare_segments
from dreamerv2_tf.benchmarks.segments import Segment

from ... import small
from . import fake_release
from .conftest import ROOT

pytestmark = pytest.mark.usefixtures('ends_in_time')

SETTINGS = [
    *('--configs', 'atari', '--task', 'atari_pong', '--prefill', '20', '--pretrain', '1', '--train_every', '4'),
    *('--replay.minlen', '3', '--replay.maxlen', '3', '--time_limit', '10', '--eager', 'True'),
    *(f'--{key}={value}' for key, value in {**small.SIZES, 'imag_horizon': 2, 'dataset.length': 3}.items()),
]


class Answers:
    """A release that takes no time and says what it took."""

    def __init__(self, events, answers):
        self._events, self._answers = events, iter(answers)

    def ask(self, calls):
        self._events.append('release')
        return [next(self._answers) for _ in range(calls)]


def test_they_take_turns_and_the_first_one_does_not_count():
    events = []
    release = Answers(events, [100, 100, 1, 5, 3, 2])
    figures = compare_calls(lambda: events.append('ours'), release, calls=2, turns=2)
    assert events == ['ours'] * 3 + ['ours', 'ours', 'release'] * 3
    assert figures['release_median_seconds'] == 2.5 and figures['turns'] == 2
    assert figures['ratio'] == pytest.approx(figures['median_seconds'] / 2.5, abs=1e-3)


def test_loops_are_compared_by_all_frames_in_all_seconds():
    ours = [Segment(seconds=2, frames=400, updates=10), Segment(seconds=3, frames=800, updates=20)]
    theirs = [Segment(seconds=4, frames=200, updates=5), Segment(seconds=1, frames=100, updates=3)]
    assert compare_segments(ours, theirs) == {
        'frames_per_second': 240.0,
        'release_frames_per_second': 60.0,
        'times_release': 4.0,
        'updates': 30,
        'release_updates': 8,
        'segments': [[200.0, 50.0], [266.7, 100.0]],
    }


@pytest.mark.parametrize('case, envs', [('train', 1), ('policy', 2)])
def test_the_row_of_calls_has_the_medians_of_both_and_their_ratio(case, envs, fake_child, tmp_path, capsys):
    folder = fake_release.write(tmp_path / 'release')
    assert bench.main([case, '--repeats=1', f'--envs={envs}', *SETTINGS, '--beside', str(folder)]) == 0
    row = json.loads(capsys.readouterr().out)
    assert row['case'] == case and row['envs'] == envs
    assert row['median_seconds'] > 0 and row['release_median_seconds'] == 0.5
    assert row['ratio'] == pytest.approx(row['median_seconds'] / 0.5, abs=1e-3)
    assert {'cores', 'threads', 'batch', 'train_every', 'release_onednn'} < set(row)


@pytest.mark.whole_machine
def test_a_loop_runs_beside_modules_that_are_imported_and_driven_as_the_releases(tmp_path, monkeypatch, capfd):
    monkeypatch.setattr(turns, 'SEGMENTS', 3)
    monkeypatch.setattr(segments, 'UPDATES_BEFORE_TIMING', 1)
    monkeypatch.setenv('PYTHONPATH', str(ROOT))
    folder = fake_release.write(tmp_path / 'release')
    assert bench.main(['loop', '--seconds=1', *SETTINGS, '--beside', str(folder)]) == 0
    row = json.loads(capfd.readouterr().out)
    assert row['times_release'] == pytest.approx(row['frames_per_second'] / row['release_frames_per_second'], rel=0.1)
    assert row['updates'] >= 3 and row['release_updates'] >= 3 and len(row['segments']) == 3


@pytest.mark.parametrize(
    'argv, message',
    [
        (['sweep', '--beside', '.'], '`--beside` means nothing to sweep; allowed are --repeats, --out'),
        (
            ['train', '--beside', 'nowhere'],
            '`--beside` nowhere is no checkout of the release: there is no configs.yaml',
        ),
        (['train', '--beside', '.', '--task', 'toy_catch'], 'plays Atari games, `--task atari_GAME`'),
        (['train', '--beside'], '`--beside` needs a value'),
    ],
)
def test_a_mistake_is_one_clear_line(argv, message, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert bench.main(argv) == 2
    error = capsys.readouterr().err
    assert error.startswith('error: ') and message in error and error.count('\n') == 1


def test_a_release_that_ends_is_one_line_and_nothing_is_left(fake_child, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv('FAKE_DIES', 'in_turn')
    folder = fake_release.write(tmp_path / 'release')
    assert bench.main(['policy', *SETTINGS, '--beside', str(folder)]) == 1
    assert capsys.readouterr().err == "error: the release's process ended with exit code 3: bad weather\n"
    assert os.listdir(tmp_path) == ['release']
