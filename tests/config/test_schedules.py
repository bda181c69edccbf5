"""Schedules against numbers worked out by hand."""

import pytest

from dreamerv2_tf.config import schedules


@pytest.mark.parametrize(
    'text, values',
    [
        (0.5, {0: 0.5, 10**9: 0.5}),
        ('1e-3', {0: 1e-3, 7: 1e-3}),
        ('linear(3e-3,3e-4,2.5e6)', {0: 3e-3, 1250000: 1.65e-3, 2500000: 3e-4, 10**8: 3e-4}),
        ('linear(0, 1, 10)', {-5: 0.0, 1: 0.1, 11: 1.0}),
        ('warmup(100,2)', {0: 0.0, 25: 0.5, 100: 2.0, 1000: 2.0}),
        ('exp(9,1,10)', {0: 9.0, 10: 5.0, 20: 3.0, 30: 2.0}),
        ('horizon(10,20,100)', {0: 0.9, 50: 1 - 1 / 15, 100: 0.95, 500: 0.95}),
    ],
)
def test_a_schedule_takes_the_values_of_its_formula(text, values):
    schedule = schedules.parse(text)
    assert {step: schedule(step) for step in values} == pytest.approx(values)


@pytest.mark.parametrize(
    'text',
    [
        'x',
        '',
        'linear',
        'linear()',
        'linear(1,2)',
        'linear(1,2,3,4)',
        'linear(a,b,c)',
        'linear(1,2,3',
        'linear(1,2,3)x',
        'cubic(1,2,3)',
        'warmup(0,1)',
        'linear(0,1,0)',
        'exp(1,0,-5)',
        'horizon(0,10,5)',
        'horizon(10,-1,5)',
    ],
)
def test_other_forms_raise_a_value_error(text):
    with pytest.raises(ValueError):
        schedules.parse(text)
