"""Figures are compared with those of the same kind of machine, and more than a tenth is too much."""

import json

import pytest

from dreamerv2_tf.benchmarks import committed
from dreamerv2_tf.benchmarks.reference import median_ratios
from dreamerv2_tf.errors import UserError

MACHINE = {'cores': 2, 'threads': 1, 'python': '3.11.7', 'tensorflow': '2.21.3', 'keras': '3.15.1'}
CPU_INFO = """
processor\t: 0
model name\t: AMD EPYC avx512f
flags\t\t: fpu sse2 avx2 fma avx512_vnni avx512f

processor\t: 1
flags\t\t: fpu sse2 avx2 fma avx512_vnni avx512f
"""


def test_a_ratio_is_taken_in_each_round_before_the_median():
    rounds = [
        {'update': 4.0, 'reference': 2.0, 'loop': 1.0},
        {'update': 10.0, 'reference': 10.0, 'loop': 2.0},  # the machine was slow
        {'update': 3.0, 'reference': 1.0, 'loop': 1.0},
    ]
    assert median_ratios(rounds) == {'update': 2.0, 'loop': 0.5}


@pytest.mark.parametrize(
    'now, before, change, is_slower',
    [
        (2.2, 2.0, 0.1, False),
        (0.33, 0.3, 0.1, False),  # 1.1 * 0.3 is a little more in floats
        (2.201, 2.0, 0.1005, True),
        (2.0, 2.0, 0.0, False),
        (1.0, 2.0, -0.5, False),
        (6.0, 2.0, 2.0, True),
    ],
)
def test_exactly_a_tenth_is_allowed(now, before, change, is_slower):
    assert committed.change(now, before) == change
    assert bool(committed.slower({'update': change})) is is_slower


def test_what_became_slower_is_named_with_its_share():
    assert committed.slower({'update': 0.25, 'policy': 0.1, 'loop': 0.1234}) == ['update by 25.0%', 'loop by 12.3%']


def test_a_kind_of_machine_is_cores_threads_vector_units_and_tensorflow():
    kind = 'CPU, 2 cores, 1 threads, avx2 avx512f avx512_vnni, tensorflow 2.21'
    assert committed.machine_kind('CPU', MACHINE, CPU_INFO) == kind
    assert committed.machine_kind('CPU', {**MACHINE, 'python': '3.13.1', 'tensorflow': '2.21.0'}, CPU_INFO) == kind
    others = [
        committed.machine_kind('A100', MACHINE, CPU_INFO),
        committed.machine_kind('CPU', {**MACHINE, 'cores': 4}, CPU_INFO),
        committed.machine_kind('CPU', {**MACHINE, 'threads': 2}, CPU_INFO),
        committed.machine_kind('CPU', {**MACHINE, 'tensorflow': '2.20.0'}, CPU_INFO),
        committed.machine_kind('CPU', MACHINE, CPU_INFO.replace(' avx512_vnni', '')),
        committed.machine_kind('CPU', MACHINE, 'Features\t: fp asimd sve\n'),
    ]
    assert len({kind, *others}) == 7 and 'asimd sve' in others[-1]


def test_figures_are_kept_for_each_kind_and_replaced(tmp_path, monkeypatch):
    monkeypatch.setattr(committed, 'FILE', tmp_path / 'committed.json')
    committed.FILE.write_text('{}')
    committed.write('small', {'update': 1.0})
    committed.write('large', {'update': 3.0})
    committed.write('small', {'update': 2.0})
    assert committed.read('small') == {'update': 2.0} and committed.read('large') == {'update': 3.0}
    with pytest.raises(UserError, match='no figures are committed for this kind of machine: huge. .*check --write'):
        committed.read('huge')


def test_the_file_of_the_package_has_all_figures_of_each_kind():
    for kind, figures in json.loads(committed.FILE.read_text()).items():
        assert ', tensorflow ' in kind and set(figures) == {'update', 'policy', 'loop'}
        assert all(figure > 0 for figure in figures.values())
