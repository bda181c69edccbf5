"""Reads variables.pkl of the authors' release without running anything that a pickle may ask for.

A pickle is a program that calls what it names. Here it may name what NumPy writes for arrays of numbers,
and gets stand-ins that only take notes; arrays are made from the notes afterwards, if they are sound.
"""

import io
import math
import pathlib
import pickle
import pickletools
import re

import numpy as np

from ..errors import UserError

LIMIT_GB = 4  # of a file; that of the Atari agent has 0.09
_NUMBERS = re.compile(r'f[248]|[iu][1248]|b1')

# All that lists of arrays and numbers need in protocols 3 to 5; no dict, no class that is looked up and built.
_OPCODES = frozenset(
    (
        'PROTO FRAME STOP MARK MEMOIZE BINPUT LONG_BINPUT BINGET LONG_BINGET NONE NEWTRUE NEWFALSE BININT BININT1 '
        'BININT2 LONG1 BINUNICODE SHORT_BINUNICODE BINBYTES SHORT_BINBYTES BINBYTES8 BYTEARRAY8 EMPTY_TUPLE TUPLE '
        'TUPLE1 TUPLE2 TUPLE3 EMPTY_LIST APPEND APPENDS GLOBAL STACK_GLOBAL REDUCE BUILD'
    ).split()
)


def load(path):
    """The arrays of a pickled list, read-only, in their order. Needs no TensorFlow.

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
        told = str(error)
    except (EOFError, ValueError, TypeError, AttributeError, IndexError, KeyError, OverflowError, MemoryError) as error:
        told = f'it is no pickle, or not all of one ({error})'
    raise UserError(
        f'cannot read {path}: {" ".join(told.split())}. Only a list of NumPy arrays of numbers, as the '
        "authors' release saves it, is read; nothing that a pickle asks for is run"
    )


def _bytes(path):
    try:
        if path.exists() and not path.is_file():
            raise UserError(f'cannot read {path}: it is not a file')
        size = path.stat().st_size
        if size > LIMIT_GB * 1e9:
            raise UserError(f'cannot read {path}: it has {size / 1e9:.1f} GB; up to {LIMIT_GB} GB are read')
        return path.read_bytes()
    except (OSError, ValueError) as error:
        told = getattr(error, 'strerror', None) or error
        raise UserError(f'cannot read {path}: {told}') from None


def _check_program(data):
    """Goes through a pickle without running it.

    Lengths that it claims must be there, and its memo must be no larger than itself: the unpickler would
    take memory for both before it noticed.
    """
    for opcode, argument, position in pickletools.genops(data):
        if opcode.name not in _OPCODES:
            raise pickle.UnpicklingError(f'it has the instruction {opcode.name} at byte {position}')
        if opcode.name in ('BINPUT', 'LONG_BINPUT') and argument > len(data):
            raise ValueError(f'memo {argument} at byte {position}')


class _Dtype:
    """Stands in for numpy.dtype: notes the kind of numbers."""

    def __init__(self, code, align=False, copy=False):
        if not isinstance(code, str) or not _NUMBERS.fullmatch(code):
            raise pickle.UnpicklingError(f'it holds an array of type {code!r}')
        self._code, self._order = code, '='

    def __setstate__(self, state):
        self._order = state[1]
        if self._order not in ('<', '>', '|', '='):
            raise pickle.UnpicklingError(f'it holds an array of byte order {self._order!r}')

    @property
    def numpy(self):
        return np.dtype(self._order + self._code)


class _Array:
    """Stands in for numpy.ndarray: notes shape, type and bytes."""

    def __init__(self):
        self.shape = self.dtype = self.data = None

    def __setstate__(self, state):
        _, self.shape, self.dtype, fortran, self.data = state
        self.order = 'F' if fortran else 'C'


def _reconstruct(kind, shape, code):
    return _Array()


def _scalar(dtype, data):
    array = _Array()
    array.__setstate__((1, (), dtype, False, data))
    return array


def _frombuffer(data, dtype, shape, order):
    array = _Array()
    array.__setstate__((1, shape, dtype, order == 'F', data))
    return array


def _array(noted):
    """The NumPy array of an `_Array`, over the bytes that the file has for it."""
    if not isinstance(noted, _Array):
        raise pickle.UnpicklingError(f'its list holds a {type(noted).__name__}')
    if not isinstance(noted.dtype, _Dtype) or not isinstance(noted.data, (bytes, bytearray)):
        raise pickle.UnpicklingError('it holds an array without numbers')
    dtype = noted.dtype.numpy
    if math.prod(noted.shape) * dtype.itemsize != len(noted.data):
        raise pickle.UnpicklingError(f'it holds an array of shape {noted.shape} with {len(noted.data)} bytes')
    array = np.ndarray(noted.shape, dtype, noted.data, order=noted.order)
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

    def find_class(self, module, name):
        if (module, name) not in self._STAND_INS:
            raise pickle.UnpicklingError(f'it asks for {f"{module}.{name}"!r}')
        return self._STAND_INS[module, name]
