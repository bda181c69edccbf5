import json

import PIL.Image
import pytest

from dreamerv2_tf import bench
from dreamerv2_tf.benchmarks import cases, committed, reference, segments

pytestmark = pytest.mark.whole_machine

SMALL = (
    '--configs atari cpu --task toy_catch --rssm.deter 12 --rssm.hidden 12 --rssm.stoch 4 '
    '--rssm.discrete 4 --dataset.batch 2 --dataset.length 4 --imag_horizon 3 --prefill 10 '
    '--replay.minlen 4 --replay.maxlen 4 --train_every 1 --pretrain 20'
).split()


@pytest.mark.parametrize(
    'case, flag, figure',
    [
        ('train', '--repeats=1', 'median_seconds'),
        ('policy', '--repeats=1', 'median_seconds'),
        ('loop', '--seconds=1', 'frames_per_second'),
        ('dream', '--seconds=1', 'steps_per_second'),
    ],
)
def test_it_prints_one_line_of_json(case, flag, figure, capsys):
    assert bench.main([case, flag, *SMALL]) == 0
    row = json.loads(capsys.readouterr().out)
    assert row['case'] == case and row[figure] > 0
    if case == 'dream':
        assert row['dreams'] == 64 and row['traces'] == 1
    else:
        assert row['frames_per_second'] > 0
    if case == 'loop':
        assert row['updates'] > 0 and row['seconds'] >= 1 and 0 <= row['waiting_for_data'] < 1
    assert {'batch', 'length', 'precision', 'jit_compile', 'cores', 'tensorflow', 'peak_memory_gb'} < set(row)


def test_an_update_is_set_beside_its_arithmetic_also_for_images_of_another_size(capsys):
    flags = ['--task', 'atari_pong', '--render_size', '32', '48']
    assert bench.main(['bound', '--repeats', '1', *SMALL, *flags]) == 0
    row = json.loads(capsys.readouterr().out)
    assert row['gflops'] > 0 and row['bound_seconds'] > 0
    assert row['update_to_bound'] == pytest.approx(row['median_seconds'] / row['bound_seconds'], rel=0.05)


@pytest.mark.parametrize(
    'flags, message',
    [
        (['--precision', 'mixed_bfloat16'], 'needs --precision float32. Received: mixed_bfloat16'),
        (['--configs', 'dmc_proprio', '--task', 'gym_Pendulum-v1'], 'gym_Pendulum-v1 has continuous ones'),
    ],
)
def test_what_the_arithmetic_does_not_cover_is_refused(flags, message, capsys):
    assert bench.main(['bound', *SMALL, *flags]) == 2
    assert message in capsys.readouterr().err


def test_a_sweep_is_rows_and_a_picture(capsys, tmp_path, monkeypatch):
    monkeypatch.setattr(cases, 'FACTORS', (1, 2))
    monkeypatch.setattr(cases, 'SWEEP', {'batch': ('dataset.batch',), 'horizon': ('imag_horizon',)})
    assert bench.main(['sweep', '--repeats', '1', '--out', str(tmp_path / 'plots' / 'cost.png'), *SMALL]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(row['what'], row['batch'], row['horizon']) for row in rows] == [
        ('batch', 2, 3),
        ('batch', 4, 3),
        ('horizon', 2, 3),
        ('horizon', 2, 6),
    ]
    with PIL.Image.open(tmp_path / 'plots' / 'cost.png') as picture:
        assert picture.size[0] > picture.size[1]


def test_the_replay_is_filled_to_its_capacity_and_left_nowhere(capsys, tmp_path, monkeypatch):
    monkeypatch.setattr('tempfile.tempdir', str(tmp_path))
    flags = ['--time_limit', '30', '--replay.capacity', '300', '--seconds', '1']
    assert bench.main(['replay', *SMALL, *flags]) == 0
    row = json.loads(capsys.readouterr().out)
    assert (row['episodes'], row['steps']) == (10, 300) and row['batches_per_second'] > 0
    assert list(tmp_path.iterdir()) == []
    assert bench.main(['replay', *SMALL, '--time_limit', '0']) == 2
    assert '`time_limit` must be the steps of an episode' in capsys.readouterr().err
    assert bench.main(['replay', *SMALL, '--time_limit', '1000', '--replay.capacity', '500']) == 2
    assert 'Received: time_limit=1000, replay.capacity=500' in capsys.readouterr().err


def test_environments_are_timed_in_each_way_beside_the_emulators_own_vector(capsys):
    assert bench.main(['envs', *SMALL, '--task', 'atari_pong', '--envs', '2', '--seconds', '1']) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [row['envs_parallel'] for row in rows] == ['none', 'thread', 'process', 'native']
    assert rows[0]['times_none'] == 1
    for row in rows:
        assert row['times_none'] == pytest.approx(row['frames_per_second'] / rows[0]['frames_per_second'], abs=0.01)


def test_memory_and_compilations_are_told_while_it_acts(capsys):
    assert bench.main(['memory', *SMALL, '--envs', '2', '--steps', '200']) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [row['steps'] for row in rows] == [*range(0, 201, 20)]
    assert {row['policy_traces'] for row in rows} == {1}
    assert all(row['anonymous_memory_gb'] > 0 for row in rows)


def test_figures_are_written_for_this_kind_of_machine_and_compared_with_those(capsys, tmp_path, monkeypatch):
    monkeypatch.setattr(bench, 'CHECK_SETTINGS', ' '.join([*SMALL, '--eager', 'True', '--pretrain', '1']))
    monkeypatch.setattr(segments, 'UPDATES_BEFORE_TIMING', 1)
    monkeypatch.setattr(reference, 'CALLS', {'update': 1, 'reference': 1, 'policy': 1})
    monkeypatch.setattr(reference, 'ROUNDS', 2)
    monkeypatch.setattr(reference, 'SEGMENT_SECONDS', 0.1)
    monkeypatch.setattr(committed, 'FILE', tmp_path / 'committed.json')
    committed.FILE.write_text('{}')
    assert bench.main(['check']) == 2
    error = capsys.readouterr().err
    assert (
        error.startswith('error: no figures are committed for this kind of machine: CPU, ') and error.count('\n') == 1
    )
    assert bench.main(['check', '--write']) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    [(kind, figures)] = json.loads(committed.FILE.read_text()).items()
    assert figures == {row['what']: row['times_reference'] for row in rows} and min(figures.values()) > 0
    assert {row['machine'] for row in rows} == {kind} and set(figures) == {'update', 'policy', 'loop'}
    committed.write(
        kind, {**{what: 1000 * figure for what, figure in figures.items()}, 'policy': figures['policy'] / 1000}
    )
    assert bench.main(['check']) == 1
    printed = capsys.readouterr()
    changes = {row['what']: row['change'] for row in map(json.loads, printed.out.splitlines())}
    assert changes['update'] < 0 and changes['loop'] < 0 and changes['policy'] > 0.1
    assert printed.err.startswith(f'error: slower than what is committed for {kind}: policy by ')
    assert 'update' not in printed.err and 'loop' not in printed.err and printed.err.count('\n') == 1


@pytest.mark.parametrize(
    'argv, message',
    [
        ([], 'required: CASE'),
        (['lop'], 'must be one of train, bound, sweep, policy, loop, replay, envs, dream, check, memory'),
        (['lop'], 'did you mean `loop`'),
        (['train', '--out', 'a.png'], '`--out` means nothing to train; allowed are --repeats'),
        (['train', '--seconds', '10'], '`--seconds` means nothing to train; allowed are --repeats, --beside'),
        (['loop', '--repeats', '10'], '`--repeats` means nothing to loop; allowed are --seconds, --beside'),
        (['train', '--write'], '`--write` means nothing to train; allowed are --repeats, --beside'),
        (['check', '--seed', '1'], '`check` has settings of its own: --configs atari cpu'),
        (['train', '--repeats', '0'], '`--repeats` must be a whole number, 1 or more'),
        (['loop', '--seconds'], '`--seconds` needs a value'),
        (['train', '--repeat', '3'], 'did you mean `--repeats`'),
        (['train', '--rssm.detr', '1'], 'rssm.deter'),
    ],
)
def test_a_mistake_is_one_clear_line(argv, message, capsys):
    assert bench.main(argv) == 2
    error = capsys.readouterr().err
    assert error.startswith('error: ') and message in error and error.count('\n') == 1


def test_a_loop_that_ends_too_early_is_an_error(capsys):
    assert bench.main(['loop', *SMALL, '--steps', '12']) == 2
    assert 'ends before it made five updates after pretraining' in capsys.readouterr().err
