"""What values become, and which are refused."""

import pytest

from dreamerv2_tf.config import kinds


@pytest.mark.parametrize(
    'kind, value, expected',
    [
        (kinds.Int(), '1e7', 10**7),
        (kinds.Int(), '10_000', 10**4),
        (kinds.Int(), '+12', 12),
        (kinds.Int(), 3.0, 3),
        (kinds.Int(-1), '-1', -1),
        (kinds.Float(), '1e-4', 1e-4),
        (kinds.Float(), 3, 3.0),
        (kinds.Float(0, 1), '1', 1.0),
        (kinds.Bool(), 'true', True),
        (kinds.Bool(), 'FALSE', False),
        (kinds.Bool(), False, False),
        (kinds.Choice(('True', 'auto')), True, 'True'),
        (kinds.Choice(('auto', 'onehot')), 'OneHot', 'onehot'),
        (kinds.Classes(), 'False', 0),
        (kinds.Classes(), False, 0),
        (kinds.Classes(), '0', 0),
        (kinds.Classes(), '32', 32),
        (kinds.Schedule(), '2e-3', 2e-3),
        (kinds.Schedule(), 'linear(1,0,1e6)', 'linear(1,0,1e6)'),
        (kinds.Several(kinds.Int()), '1, 2 3', (1, 2, 3)),
        (kinds.Several(kinds.Int()), [], ()),
        (kinds.Several(kinds.Int(), 2), ['64', 64], (64, 64)),
        (kinds.Pattern(), '$^', '$^'),
    ],
)
def test_values_become_typed(kind, value, expected):
    converted = kind.convert(value)
    assert converted == expected
    assert type(converted) is type(expected)


@pytest.mark.parametrize(
    'kind, value',
    [
        *[
            (kinds.Int(), value)
            for value in ('1.5', 1.5, '1e400', 'nan', 'inf', '-1', 'x', '', None, True, [1], '0x10')
        ],
        (kinds.Int(1), '0'),
        (kinds.Int(0, 10), '11'),
        *[(kinds.Float(), value) for value in ('nan', 'inf', '1e400', '-0.1', 'x', None, False)],
        (kinds.Float(0, 1), '1.01'),
        *[(kinds.Bool(), value) for value in ('yes', '1', 1, 0, '', None)],
        (kinds.Choice(('a', 'b')), 'c'),
        (kinds.Text(), ''),
        (kinds.Text(), 5),
        (kinds.Text(), ['a']),
        (kinds.Pattern(), '('),
        (kinds.Pattern(), None),
        (kinds.Classes(), '1'),
        (kinds.Classes(), '2.5'),
        (kinds.Classes(), 'True'),
        *[
            (kinds.Schedule(), value)
            for value in (
                'nan',
                'inf',
                'x',
                True,
                'linear(1,2)',
                'linear(1,2,0)',
                'cubic(1,2,3)',
                'linear(nan,0,10)',
                'linear(0,1,nan)',
                'exp(inf,0,10)',
            )
        ],
        (kinds.Several(kinds.Int(), 2), '1'),
        (kinds.Several(kinds.Int()), 'a'),
        (kinds.Several(kinds.Int()), 5),
    ],
)
def test_other_values_are_refused(kind, value):
    with pytest.raises(ValueError):
        kind.convert(value)
