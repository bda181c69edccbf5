"""Runs are found wherever they lie, and broken files are named."""

import collections
import json
import os
import pathlib
import re

import pytest

from dreamerv2_tf.comparison import runs
from dreamerv2_tf.errors import UserError

from .run_folders import run_folder

RELEASE = pathlib.Path(__file__).parent.parent / 'data' / 'release_run'


def scores_file(path, entries):
    path.write_text(json.dumps(entries))
    return path


def test_runs_are_found_at_any_depth_by_their_config(tmp_path):
    run_folder(tmp_path / 'x', [(4, 1.0)], seed=3)
    run_folder(tmp_path / 'a' / 'b' / 'pong' / 'c', [(8, 2.0), (4, 1.0)], task='atari_boxing')
    run_folder(tmp_path / 'x' / 'checkpoints' / 'no_run', [(4, 1.0)])
    found = runs.find([tmp_path])
    assert [(run.task, run.method, run.seed) for run in found.runs] == [
        ('atari_boxing', 'dreamerv2', '0'),
        ('atari_pong', 'dreamerv2', '3'),
    ]
    assert found.runs[0].frames.tolist() == [4, 8] and found.runs[0].returns.tolist() == [1.0, 2.0]
    assert found.notices == []


def test_the_method_is_that_of_the_logdir_in_the_config(tmp_path):
    config = run_folder(tmp_path / 'run', [(4, 1.0)]) / 'config.yaml'
    config.write_text(config.read_text().replace('auto', '/data/atari_pong/no_kl_balance/7'))
    (run,) = runs.find([tmp_path]).runs
    assert (run.method, run.seed) == ('no_kl_balance', '0')


def test_a_run_of_the_release_is_read_and_its_seed_is_its_folders(tmp_path):
    text = re.sub(
        r'^logdir:.*$', 'logdir: ~/logdir/atari_pong/dreamerv2/5', (RELEASE / 'config.yaml').read_text(), flags=re.M
    )
    (tmp_path / 'config.yaml').write_text(re.sub(r'^task:.*$', 'task: atari_pong', text, flags=re.M))
    (tmp_path / 'metrics.jsonl').write_text(
        '{"step": 40, "train_return": -21.0, "fps": 3.5}\n{"step": 80, "eval_return": -20.0, "eval_length": 3}\n'
    )
    (run,) = runs.find([tmp_path / 'metrics.jsonl']).runs
    assert (run.task, run.method, run.seed, run.returns.tolist()) == ('atari_pong', 'dreamerv2', '5', [-20.0])
    assert 'atari_full_actions False, published True' in run.remarks


def test_half_written_lines_are_skipped_and_counted_and_nulls_are_gaps(tmp_path):
    folder = run_folder(tmp_path / 'run', [(4, 1.0), (8, None), (12, 3.0)])
    with (folder / 'metrics.jsonl').open('a') as file:
        file.write(
            '{"step": 16, "eval_return": 4.0, "eval_le\n{"eval_return": 5.0}\n'
            '{"step": Infinity, "eval_return": 1}\n{"step": 20, "eval_ret'
        )
    found = runs.find([tmp_path])
    assert found.runs[0].returns.tolist() == [1.0, 3.0]
    assert found.notices == [f'{folder}/metrics.jsonl: 4 lines skipped, half-written or with a number that no run has']


def test_score_files_of_the_authors_count_as_runs(tmp_path):
    path = scores_file(
        tmp_path / 'scores.json',
        [
            {'task': 'atari_pong', 'method': 'dreamerv2', 'seed': 3, 'xs': [2e6, 1e6], 'ys': [-8.0, -18.0]},
            {'task': 'dmc_walker_walk', 'method': 'other', 'seed': '0', 'xs': [3e4], 'ys': [100]},
        ],
    )
    pong, walker = runs.find([path]).runs
    assert (pong.frames.tolist(), pong.returns.tolist()) == ([1_000_000, 2_000_000], [-18.0, -8.0])
    assert (walker.method, walker.metric, pong.metric) == ('other', 'train_return', 'eval_return')
    assert pong.remarks == ('protocol as in that score file',)


@pytest.mark.parametrize(
    'entries, message',
    [
        ({'atari_pong': {'random': -20.7}}, 'is no score file'),
        ([], 'is no score file'),
        ([{'task': 'atari_pong'}], 'entry 0 needs'),
        ([3], 'entry 0 needs'),
        ([{'task': 'a', 'method': 'b', 'seed': 0, 'xs': [1, 2], 'ys': [1]}], 'entry 0 needs'),
        ([{'task': 'a', 'method': 'b', 'seed': 0, 'xs': [], 'ys': []}], 'entry 0 needs'),
    ],
)
def test_a_json_file_without_scores_is_refused(entries, message, tmp_path):
    with pytest.raises(UserError, match=message):
        runs.find([scores_file(tmp_path / 'scores.json', entries)])


def test_where_nothing_is_found_the_error_names_the_folder_and_what_a_run_is(tmp_path):
    with pytest.raises(UserError, match=f'no runs found in {tmp_path}.*a run is a folder with config.yaml and'):
        runs.find([tmp_path])
    with pytest.raises(UserError, match='missing is not there'):
        runs.find([tmp_path / 'missing'])


def test_what_is_left_out_is_named_with_the_reason(tmp_path):
    run_folder(tmp_path / 'good', [(4, 1.0)])
    run_folder(tmp_path / 'early', [(4, 1.0)], metric='train_return')
    (run_folder(tmp_path / 'lost', [(4, 1.0)]) / 'config.yaml').unlink()
    (run_folder(tmp_path / 'torn', [(4, 1.0)]) / 'config.yaml').write_text('seed: [')
    found = runs.find([tmp_path])
    assert len(found.runs) == 1
    early, lost, torn = sorted(found.notices)
    assert 'early is left out: metrics.jsonl has no eval_return yet' in early
    assert 'no config.yaml' in lost and 'config.yaml is not YAML' in torn


def test_a_run_below_two_of_the_paths_counts_once(tmp_path):
    folder = run_folder(tmp_path / 'a' / 'run', [(4, 1.0)])
    assert len(runs.find([tmp_path, tmp_path / 'a', folder / 'metrics.jsonl']).runs) == 1


def test_a_pattern_chooses_tasks_by_their_whole_name(tmp_path):
    for task in ('atari_pong', 'atari_boxing'):
        run_folder(tmp_path / task, [(4, 1.0)], task=task)
    assert [run.task for run in runs.find([tmp_path], tasks=re.compile('atari_p.*')).runs] == ['atari_pong']
    with pytest.raises(UserError, match='there are atari_boxing, atari_pong'):
        runs.find([tmp_path], tasks=re.compile('pong'))


def test_numbers_that_no_run_can_have_are_broken_lines(tmp_path):
    folder = run_folder(tmp_path / 'run', [(4, 1.0)])
    with (folder / 'metrics.jsonl').open('a') as file:
        for step, value in (('8', '1' + '0' * 400), ('1e300', '1'), ('8', 'true'), ('"8"', '1'), ('8', 'NaN')):
            file.write(f'{{"step": {step}, "eval_return": {value}}}\n')
    found = runs.find([tmp_path])
    assert found.runs[0].returns.tolist() == [1.0] and '5 lines skipped' in found.notices[0]
    for xs, ys in (([2e300], [1]), ([1], [10**400])):
        with pytest.raises(UserError, match='entry 0 needs'):
            runs.find(
                [
                    scores_file(
                        tmp_path / 'scores.json', [{'task': 'atari_pong', 'method': 'a', 'seed': 0, 'xs': xs, 'ys': ys}]
                    )
                ]
            )


def test_linked_folders_are_followed_and_not_for_ever(tmp_path):
    run_folder(tmp_path / 'elsewhere' / 'run', [(4, 1.0)])
    (tmp_path / 'root').mkdir()
    (tmp_path / 'root' / 'link').symlink_to(tmp_path / 'elsewhere')
    (tmp_path / 'elsewhere' / 'back').symlink_to(tmp_path / 'root')
    assert len(runs.find([tmp_path / 'root']).runs) == 1


def test_a_game_has_one_name(tmp_path):
    run_folder(tmp_path / 'a', [(4, 1.0)], task='atari_jamesbond')
    run_folder(tmp_path / 'b', [(4, 1.0)], task='atari_james_bond', seed=1)
    assert {run.task for run in runs.find([tmp_path]).runs} == {'atari_james_bond'}


def test_the_error_for_an_unknown_game_has_the_nearest_name(tmp_path):
    run_folder(tmp_path / 'a', [(4, 1.0)], task='atari_pongg')
    assert 'did you mean `atari_pong`' in runs.find([tmp_path]).runs[0].refusal


LINES = {
    'no UTF-8': b'{"step": 8, "eval_return": 1, "x": "\xff\xfe"}',
    'ten million characters': b'{"step": 8, "eval_return": 1, "x": "' + b'a' * 10**7 + b'"',
    'ten thousand brackets': b'{"step": 8, "eval_return": ' + b'[' * 10**4 + b']' * 10**4 + b'}',
    'NaN': b'{"step": 8, "eval_return": NaN}',
    'infinity': b'{"step": 8, "eval_return": -Infinity}',
    'no frames': b'{"step": NaN, "eval_return": 1}',
    'negative frames': b'{"step": -8, "eval_return": 1}',
    'five thousand digits': b'{"step": 8, "eval_return": ' + b'9' * 5000 + b'}',
    'a return near the end of floats': b'{"step": 8, "eval_return": 1.7e308}',
    'text': b'{"step": "8", "eval_return": "1"}',
    'a list': b'["eval_return", {}]',
    'an object': b'{"step": 8, "eval_return": {"a": {}}}',
    'null frames': b'{"step": null, "eval_return": 1}',
    'zero bytes': b'\0' * 1000,
    'a carriage return': b'{"step": 8, "eval_return": 1}\r{"step": 9, "eval_return": 1}',
}


@pytest.mark.parametrize('line', LINES.values(), ids=LINES)
def test_a_run_survives_any_line(line, tmp_path):
    folder = run_folder(tmp_path / 'run', [(4, 1.0)])
    with (folder / 'metrics.jsonl').open('ab') as file:
        file.write(line + b'\n{"step": 16, "eval_return": 2}\n')
    found = runs.find([tmp_path])
    assert (found.runs[0].frames.tolist(), found.runs[0].returns.tolist()) == ([4, 16], [1, 2])
    assert found.notices == [f'{folder}/metrics.jsonl: 1 line skipped, half-written or with a number that no run has']


def test_of_a_key_that_stands_twice_the_last_one_counts(tmp_path):
    folder = run_folder(tmp_path / 'run', [(4, 1.0)])
    with (folder / 'metrics.jsonl').open('a') as file:
        file.write('{"step": 1, "step": 8, "eval_return": 5, "eval_return": 6}\n')
    assert runs.find([tmp_path]).runs[0].returns.tolist() == [1.0, 6.0]


def test_a_line_without_an_end_costs_no_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(runs, 'MAX_LINE_BYTES', 100)
    folder = run_folder(tmp_path / 'run', [(4, 1.0)])
    with (folder / 'metrics.jsonl').open('ab') as file:
        file.write(b'\0' * 1050 + b'\n{"step": 8, "eval_return": 2}\n' + b'\0' * 1000)
    frames, values, broken = runs.read_metrics(folder / 'metrics.jsonl', 'eval_return')
    assert (frames.tolist(), values.tolist(), broken) == ([4, 8], [1, 2], 2)


def test_what_is_no_file_is_left_out_and_never_waited_for(tmp_path):
    run_folder(tmp_path / 'good', [(4, 1.0)])
    for name, make in (
        ('pipe', os.mkfifo),
        ('device', lambda path: path.symlink_to('/dev/zero')),
        ('circle', lambda path: path.symlink_to(path)),
    ):
        folder = run_folder(tmp_path / name, [(4, 1.0)])
        (folder / 'metrics.jsonl').unlink()
        make(folder / 'metrics.jsonl')
        folder = run_folder(tmp_path / f'config_{name}', [(4, 1.0)])
        (folder / 'config.yaml').unlink()
        make(folder / 'config.yaml')
    with (run_folder(tmp_path / 'endless', [(4, 1.0)]) / 'metrics.jsonl').open('ab') as file:
        file.truncate(2**40)
    found = runs.find([tmp_path])
    assert len(found.runs) == 1
    assert collections.Counter(notice.partition(' is left out: ')[2] for notice in found.notices) == {
        'metrics.jsonl has more than 4,294,967,296 bytes': 1,
        'metrics.jsonl is no regular file': 3,
        'there is no config.yaml, which names task and seed, beside metrics.jsonl': 3,
    }


@pytest.mark.parametrize(
    'changes',
    [
        {'ys': [1.7e308]},
        {'ys': [float('nan')]},
        {'ys': [[1]]},
        {'method': 'a\nb'},
        {'method': ''},
        {'method': 'x' * 10**5},
        {'task': '\x1b[31m'},
        {'seed': '\ud800'},
    ],
)
def test_an_entry_that_no_run_can_have_is_an_error_of_a_short_line(changes, tmp_path):
    entry = {'task': 'atari_pong', 'method': 'a', 'seed': 0, 'xs': [1], 'ys': [1]} | changes
    with pytest.raises(UserError, match='entry 0 needs') as error:
        runs.find([scores_file(tmp_path / 'scores.json', [entry])])
    assert str(error.value).isprintable() and len(str(error.value)) < 600
