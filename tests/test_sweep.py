"""The sweep command, with a real run."""

import json

import pytest

from dreamerv2_tf import sweep

from . import small

TINY = [f'--{key}={value}' for key, value in small.SIZES.items() if not key.startswith('.')]
RUN = ['--prefill', '120', '--pretrain', '1', '--train_every', '40', '--eval_every', '100', '--log_every', '100']


def test_runs_are_made_and_compared_and_are_not_made_again(tmp_path, capsys):
    argv = ['--out', str(tmp_path), '--tasks', 'toy_catch', '--configs', 'cpu', '--budget_frames', '240', *RUN, *TINY]
    assert sweep.main(argv) == 0
    printed = capsys.readouterr().out
    assert 'toy_catch/default/0: running at 0 frames\n' in printed
    assert f'1 of 1 runs are finished; compared in {tmp_path}/compare/report.html' in printed
    scores = json.loads((tmp_path / 'compare' / 'scores.json').read_text())
    assert 'default' in json.dumps(scores) and 'toy_catch' in json.dumps(scores)
    log = (tmp_path / 'logs' / 'toy_catch' / 'default' / '0.log').read_text()
    assert 'finished 240 frames' in log
    assert sweep.main(argv) == 0
    assert (tmp_path / 'logs' / 'toy_catch' / 'default' / '0.log').read_text() == log


def test_print_lists_commands_and_makes_nothing(tmp_path, capsys):
    argv = ['--out', str(tmp_path / 'new'), '--tasks', 'toy_catch', 'toy_rooms', '--presets', 'default', 'a.yaml']
    assert sweep.main([*argv, '--print']) == 2
    argv = ['--out', str(tmp_path / 'new'), '--configs', 'cpu', '--tasks', 'toy_catch', '--seeds', '3', '5', '--print']
    assert sweep.main([*argv, '--train_ratio', '64']) == 0
    printed = capsys.readouterr().out.splitlines()
    assert [line.split('--seed ')[1][0] for line in printed] == ['3', '5'] and '--train_ratio 64' in printed[0]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    'words, message',
    [
        ('', 'give `--grid FILE`, or `--tasks`'),
        ('--grid g.yaml --tasks toy_catch', '`--tasks` is said in the file of `--grid`'),
        ('--grid g.yaml --steps 3', '`--steps` is said in the file of `--grid`'),
        ('--grid nothing.yaml', 'No such file'),
        ('--tasks toy_catch --presets gausian_latents', 'did you mean `gaussian_latents`?'),
        ('--tasks toy_catch --seeds 0', '`seeds` must be how many'),
        ('--tasks toy_catch --jobs 0', 'must be a whole number, 1 or more'),
        ('--tasks toy_catch --prefil 3', 'did you mean `prefill`?'),
        ('--tasks atari_pnog', 'did you mean `atari_pong`?'),
        ('--tasks toy_catch --seed 3', '`seed` is not for settings'),
    ],
)
def test_a_mistake_is_one_line_and_makes_nothing(words, message, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert sweep.main(['--out', 'new', *words.split()]) == 2
    error = capsys.readouterr().err
    assert message in error and error.count('\n') == 1
    assert list(tmp_path.iterdir()) == []
