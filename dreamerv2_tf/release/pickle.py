"""Reads variables.pkl of the authors' release without running any function that a pickle may name.

A pickle is a program that calls functions by name. Here it may name those that NumPy writes for arrays of
numbers, and gets stand-ins that only record their arguments; arrays are made of these afterwards, if they
are sound.
"""

import io
import math
import pathlib
import pickle
import pickletools
import re
from typing import Any

import numpy as np

from ..errors import UserError

MAX_FILE_GB = 4  # that of the Atari agent has 0.09
_NUMBERS = re.compile(r'f[248]|[iu][1248]|b1')

# All that lists of arrays and numbers need in protocols 3 to 5; no dict, no class that is looked up and built.
_OPCODES = frozenset(
    (
        'PROTO FRAME STOP MARK MEMOIZE BINPUT LONG_BINPUT BINGET LONG_BINGET NONE NEWTRUE NEWFALSE BININT BININT1 '
        'BININT2 LONG1 BINUNICODE SHORT_BINUNICODE BINBYTES SHORT_BINBYTES BINBYTES8 BYTEARRAY8 EMPTY_TUPLE TUPLE '
        'TUPLE1 TUPLE2 TUPLE3 EMPTY_LIST APPEND APPENDS GLOBAL STACK_GLOBAL REDUCE BUILD'
    ).split()
)


def load(path: str | pathlib.Path) -> list[np.ndarray]:
    """Returns the arrays of a pickled list, read-only, in their order. Needs no TensorFlow.

    Raises:
      UserError: no such file, a broken one, or one with anything but arrays of numbers; names it.
    """
    data = _bytes(pathlib.Path(path))
    try:
        _check_program(data)
        values = _Reader(io.BytesIO(data)).load()
        if not isinstance(values, (list, tuple)):
            raise pickle.UnpicklingError('it is not a list of arrays')
        return [_array(value) for value in values]
    except pickle.UnpicklingError as error:
        reason = str(error)
    except (EOFError, ValueError, TypeError, AttributeError, IndexError, KeyError, OverflowError, MemoryError) as error:
        reason = f'it is no pickle, or not all of one ({error})'
    raise UserError(
        f'cannot read {path}: {" ".join(reason.split())}. Only a list of NumPy arrays of numbers, as the '
        "authors' release saves it, is read; no function that a pickle names is run"
    )


def _bytes(path: pathlib.Path) -> bytes:
    try:
        if path.exists() and not path.is_file():
            raise UserError(f'cannot read {path}: it is not a file')
        size = path.stat().st_size
        if size > MAX_FILE_GB * 1e9:
            raise UserError(f'cannot read {path}: it has {size / 1e9:.1f} GB; up to {MAX_FILE_GB} GB are read')
        return path.read_bytes()
    except (OSError, ValueError) as error:
        reason = getattr(error, 'strerror', None) or error
        raise UserError(f'cannot read {path}: {reason}') from None


def _check_program(data: bytes) -> None:
    """Checks the instructions of a pickle without running it.

    It must be as long as its strings claim to be, and its memo must be no larger than itself: the unpickler
    would take memory for both before it noticed.

    Raises:
      pickle.UnpicklingError, ValueError: it has another instruction, or claims too much.
    """
    for opcode, argument, position in pickletools.genops(data):
        if opcode.name not in _OPCODES:
            raise pickle.UnpicklingError(f'it has the instruction {opcode.name} at byte {position}')
        if opcode.name in ('BINPUT', 'LONG_BINPUT') and (argument or 0) > len(data):
            raise ValueError(f'memo {argument} at byte {position}')


class _Dtype:
    """Stands in for numpy.dtype: records the kind of numbers."""

    def __init__(self, code: Any, align: bool = False, copy: bool = False):
        if not isinstance(code, str) or not _NUMBERS.fullmatch(code):
            raise pickle.UnpicklingError(f'it holds an array of type {code!r}')
        self._code, self._order = code, '='

    def __setstate__(self, state: Any) -> None:
        self._order = state[1]
        if self._order not in ('<', '>', '|', '='):
            raise pickle.UnpicklingError(f'it holds an array of byte order {self._order!r}')

    @property
    def numpy(self) -> np.dtype:
        return np.dtype(self._order + self._code)


class _Array:
    """Stands in for numpy.ndarray: records shape, type and bytes."""

    def __init__(self) -> None:
        self.shape: Any = None
        self.dtype: Any = None
        self.data: Any = None
        self.order = 'C'

    def __setstate__(self, state: Any) -> None:
        _, self.shape, self.dtype, fortran, self.data = state
        self.order = 'F' if fortran else 'C'


def _reconstruct(kind: Any, shape: Any, code: Any) -> _Array:
    return _Array()


def _scalar(dtype: Any, data: Any) -> _Array:
    array = _Array()
    array.__setstate__((1, (), dtype, False, data))
    return array


def _frombuffer(data: Any, dtype: Any, shape: Any, order: Any) -> _Array:
    array = _Array()
    array.__setstate__((1, shape, dtype, order == 'F', data))
    return array


def _array(recorded: Any) -> np.ndarray:
    """Returns the NumPy array of an `_Array`, over the bytes that the file has for it."""
    if not isinstance(recorded, _Array):
        raise pickle.UnpicklingError(f'its list holds a {type(recorded).__name__}')
    if not isinstance(recorded.dtype, _Dtype) or not isinstance(recorded.data, (bytes, bytearray)):
        raise pickle.UnpicklingError('it holds an array without numbers')
    dtype = recorded.dtype.numpy
    if math.prod(recorded.shape) * dtype.itemsize != len(recorded.data):
        raise pickle.UnpicklingError(f'it holds an array of shape {recorded.shape} with {len(recorded.data)} bytes')
    array = np.ndarray(recorded.shape, dtype, recorded.data, order='F' if recorded.order == 'F' else 'C')
    array.flags.writeable = False
    return array


class _Reader(pickle.Unpickler):
    """Finds the stand-ins and nothing else."""

    _STAND_INS = {
        ('numpy', 'ndarray'): 'ndarray',  # only ever handed to _reconstruct
        ('numpy', 'dtype'): _Dtype,
        **{
            (f'numpy.{core}.{module}', name): stand_in
            for core in ('core', '_core')  # before and since NumPy 2
            for module, name, stand_in in (
                ('multiarray', '_reconstruct', _reconstruct),
                ('multiarray', 'scalar', _scalar),
                ('numeric', '_frombuffer', _frombuffer),
            )
        },
    }

    def find_class(self, module: str, name: str) -> Any:
        """Returns the stand-in of a name; raises pickle.UnpicklingError where there is none."""
        if (module, name) not in self._STAND_INS:
            raise pickle.UnpicklingError(f'it names {f"{module}.{name}"!r}')
        return self._STAND_INS[module, name]
