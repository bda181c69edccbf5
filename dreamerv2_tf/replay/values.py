"""Which numbers experience may hold, and the dtypes in which they are kept."""

import numpy as np
from numpy.typing import ArrayLike

from ..spec import FLAGS, kept_dtype

INT32 = np.iinfo(np.int32)


def dtype_of(dtype: np.dtype, key: str = '') -> np.dtype:
    """Returns the dtype that values of a dtype are kept in: float32, int32, uint8 or bool.

    Args:
      dtype: that they have.
      key: of the row; actions and rewards are kept as float32, flags as bool.

    Raises:
      TypeError: they are neither numbers nor bool.
    """
    if dtype.kind not in 'biuf':
        raise TypeError(f'experience may be numbers or bool. Received: dtype={dtype}')
    if key in FLAGS:
        return np.dtype(np.bool_)
    return np.dtype(np.float32) if key in ('action', 'reward') else kept_dtype(dtype)


def stored(values: ArrayLike, key: str = '') -> np.ndarray:
    """Returns an array in the form that is kept, see `dtype_of`; itself if it has that form.

    Raises:
      TypeError: it holds neither numbers nor bool.
      ValueError: a number does not fit the dtype; names the first.
    """
    value = np.asarray(values)
    dtype = dtype_of(value.dtype, key)
    if value.dtype == dtype:
        return value
    if dtype == np.bool_:
        _refuse(~((value == 0) | (value == 1)), value, 'other than 0 and 1')
    elif dtype == np.int32 and value.dtype.itemsize >= 4 and value.size:
        if value.max() > INT32.max or value.min() < INT32.min:
            _refuse((value > INT32.max) | (value < INT32.min), value, 'beyond int32')
    try:
        with np.errstate(over='raise'):
            return value.astype(dtype)
    except FloatingPointError:
        with np.errstate(over='ignore'):
            _refuse(np.isinf(value.astype(dtype)) & np.isfinite(value), value, 'beyond float32')
        raise


def require_usable(values: np.ndarray, first_row: int = 0) -> None:
    """Raises ValueError unless all numbers are finite and every bool is 0 or 1.

    Args:
      values: [T, ...].
      first_row: number of their first row, for the message.
    """
    if values.dtype.kind == 'f':
        with np.errstate(over='ignore', invalid='ignore'):
            surely_finite = np.isfinite(values.sum())  # the sum is finite if all numbers are, unless they are huge
        if not surely_finite:
            _refuse(~np.isfinite(values), values, 'not finite', first_row)
    elif values.dtype == np.bool_ and values.size:
        numbers = values.view(np.uint8)
        if numbers.max() > 1:
            _refuse(numbers > 1, numbers, 'other than 0 and 1', first_row)


def _refuse(wrong: np.ndarray, values: np.ndarray, what: str, first_row: int = 0) -> None:
    """Raises ValueError if some values are `wrong`; names the first and its row."""
    if wrong.any():
        first = tuple(np.argwhere(wrong)[0])
        row = f' in row {first_row + first[0]}' if first else ''
        raise ValueError(f'is {values[first]}{row}, which is {what}')
