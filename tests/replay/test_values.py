"""Which numbers are kept, as what, and which are refused."""

import numpy as np
import pytest

from dreamerv2_tf.replay.values import require_usable, stored


@pytest.mark.parametrize(
    'given, kept',
    [
        (np.float64, np.float32),
        (np.float16, np.float32),
        (np.float32, np.float32),
        (np.int64, np.int32),
        (np.int8, np.int32),
        (np.uint16, np.int32),
        (np.uint8, np.uint8),
        (np.bool_, np.bool_),
    ],
)
def test_numbers_are_stored_in_four_dtypes(given, kept):
    value = stored(np.array([0, 1], given))
    assert value.dtype == kept
    assert list(value) == [0, 1]


@pytest.mark.parametrize('value', ['text', np.array([None]), np.array([1j])])
def test_other_values_cannot_be_stored(value):
    with pytest.raises(TypeError, match='dtype'):
        stored(value)


@pytest.mark.parametrize(
    'values, key, message',
    [
        (np.array([0, 2**40]), 'count', 'is 1099511627776 in row 1, which is beyond int32'),
        (np.array([[0], [-(2**31) - 1]]), 'count', 'is -2147483649 in row 1, which is beyond int32'),
        (np.array([2**31], np.uint32), 'count', 'is 2147483648 in row 0'),
        (np.array([1.0, 2, 1e300]), 'vector', r'is 1e\+300 in row 2, which is beyond float32'),
        (np.array([0, np.nan]), 'is_last', 'is nan in row 1, which is other than 0 and 1'),
        (np.array([0, 1, 2]), 'is_last', 'is 2 in row 2'),
        (np.float64(-1e300), 'vector', 'is -1e[+]300, which is beyond float32'),
    ],
)
def test_a_number_that_does_not_fit_is_named_with_its_row(values, key, message):
    with pytest.raises(ValueError, match=message):
        stored(values, key)


@pytest.mark.parametrize('key, kept', [('reward', np.float32), ('action', np.float32), ('is_last', np.bool_)])
def test_large_rewards_keep_their_value_and_keys_have_dtypes_of_their_own(key, kept):
    large = 1 if key == 'is_last' else 2**40
    value = stored(np.array([0, large]), key)
    assert value.dtype == kept and value.tolist() == [0, large]


def test_the_ends_of_int32_fit():
    assert stored(np.array([2**31 - 1, -(2**31)])).tolist() == [2**31 - 1, -(2**31)]


@pytest.mark.parametrize('wrong', [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_is_named_with_its_row(wrong):
    values = np.zeros((5, 3), np.float32)
    values[3, 1] = wrong
    with pytest.raises(ValueError, match=f'is {wrong} in row 13, which is not finite'):
        require_usable(values, 10)


def test_a_bool_that_is_neither_0_nor_1_is_named_with_its_row():
    with pytest.raises(ValueError, match='is 2 in row 1, which is other than 0 and 1'):
        require_usable(np.array([1, 2], np.uint8).view(bool))


def test_numbers_of_which_only_the_sum_is_not_finite_are_usable():
    for values in (np.full(10, 3e38, np.float32), np.array([], np.float32), np.array([3, 4])):
        require_usable(values)
