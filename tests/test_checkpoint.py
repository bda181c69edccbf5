"""The checkpoint command, on files of this version and of 0.1."""

import pathlib

import numpy as np
import pytest

from dreamerv2_tf import checkpoint
from dreamerv2_tf.learning.checkpoint import read, write
from dreamerv2_tf.learning.checkpoint_format import contents_of
from dreamerv2_tf.training.describe_checkpoint import MEANING

from . import small

RUN_0_1 = pathlib.Path(__file__).parent / 'data' / 'run_0_1'


def show(where, capsys, code=0):
    assert checkpoint.main(['show', str(where)]) == code
    printed = capsys.readouterr()
    return printed.err if code else printed.out


def test_a_run_of_0_1_is_shown_with_its_parts_and_what_is_not_saved(capsys):
    printed = show(RUN_0_1, capsys)
    assert '000000000162.npz' in printed and 'format 1, written by version 0.1' in printed
    assert 'agent of image (64, 64, 1); 18 discrete actions' in printed
    assert '162 agent steps = 648 frames, 20 updates, prefilled, best evaluation return -0.5' in printed
    for part, meaning in MEANING.items():
        assert any(line.startswith(f'  {part} ') and line.endswith(meaning) for line in printed.splitlines())
    assert '  rssm.deter 12\n' in printed and '  seed' not in printed
    assert 'not saved:\n  finished episodes' in printed


def test_for_a_file_alone_it_does_not_list_what_is_not_saved(capsys):
    printed = show(RUN_0_1 / 'checkpoints' / '000000000162.npz', capsys)
    assert 'parts:' in printed and 'not saved' not in printed


@pytest.mark.parametrize('games', ['"train_envs": {}, ', ''])
def test_games_that_are_not_in_it_are_named(games, tmp_path, capsys):
    small.save(tmp_path, small.config(task='toy_catch', action_repeat=1), 100)
    path = tmp_path / 'checkpoints' / '000000000100.npz'
    arrays = read(path)
    arrays['parts'] = np.array(str(arrays['parts']).replace('"run"', f'{games}"run"'))
    write(path, arrays)
    assert 'running games: those of this task cannot be saved' in show(tmp_path, capsys)


@pytest.mark.parametrize('make', [lambda path: None, pathlib.Path.mkdir, pathlib.Path.touch])
def test_where_there_is_no_checkpoint_it_prints_so(make, tmp_path, capsys):
    make(tmp_path / 'here')
    printed = show(tmp_path / 'here', capsys, code=2)
    assert printed.startswith('error: ') and str(tmp_path / 'here') in printed and printed.count('\n') == 1


def test_the_names_of_0_1_become_those_of_today():
    old = read(RUN_0_1 / 'checkpoints' / '000000000162.npz')
    parts = contents_of(old, 'file').parts
    np.testing.assert_array_equal(parts['learner'][1]['rssm/gru/kernel'], old['rssm/gru/kernel'])
    np.testing.assert_array_equal(parts['greedy'][1]['actor/m/actor/out/kernel'], old['actor/m/actor/out/kernel'])
    np.testing.assert_array_equal(parts['driver'][1]['policy/stoch'], old['policy/1'])
    np.testing.assert_array_equal(parts['driver'][1]['rows/0/image'], old['open/train/0/image'][-1])
    assert parts['eval_clock'][0] == {'last': 130, 'every': 60}
    assert sum(len(arrays) for _, arrays in parts.values()) == len(old) - 3 + 5  # run, config, spaces; a row


def test_it_prints_whether_the_hash_holds(tmp_path, capsys):
    small.save(tmp_path, small.config(task='toy_catch', action_repeat=1), 100)
    path = tmp_path / 'checkpoints' / '000000000100.npz'
    assert '\nits hash holds' in show(path, capsys)
    with np.load(path) as file:
        arrays = {name: file[name] for name in file.files}
    np.savez(path, **arrays | {'learner/updates': arrays['learner/updates'] + 1})
    assert '\nits hash does not hold: arrays were changed, swapped or mixed' in show(path, capsys)
    assert '\nit has no hash: an earlier version wrote it' in show(RUN_0_1, capsys)
