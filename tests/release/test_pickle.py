"""Pickles of arrays are read; whatever else a pickle names is refused and not run."""

import io
import os
import pathlib
import pickle
import struct
import subprocess
import sys

import numpy as np
import pytest
from numpy._core.numeric import _frombuffer

from dreamerv2_tf.errors import UserError
from dreamerv2_tf.release.pickle import MAX_FILE_GB, load

VARIABLES = pathlib.Path(__file__).parent.parent / 'data' / 'release_run' / 'variables.pkl'
ARRAYS = [
    np.arange(6, dtype=np.float32).reshape(2, 3),
    np.asfortranarray(np.arange(6.0).reshape(2, 3)),
    np.arange(3, dtype='>f4'),
    np.arange(3, dtype=np.float16),
    np.array([True, False]),
    np.zeros((0, 4), np.uint8),
    np.array(2.5),
    np.int32(7),
    np.float64(1.0),
]


def write(tmp_path, data):
    path = tmp_path / 'variables.pkl'
    path.write_bytes(data)
    return path


def refused(path):
    """Returns the message about a file that is refused, in one line."""
    with pytest.raises(UserError) as caught:
        load(path)
    message = str(caught.value)
    assert str(path) in message and '\n' not in message
    return message


def test_what_the_release_saved_is_read_as_a_usual_unpickler_would():
    with VARIABLES.open('rb') as file:
        expected = pickle.load(file)
    arrays = load(VARIABLES)
    assert len(arrays) == len(expected) == 65
    for array, value in zip(arrays, expected):
        assert array.dtype == value.dtype and array.shape == value.shape
        np.testing.assert_array_equal(array, value)


@pytest.mark.parametrize('protocol', [3, 4, 5])
@pytest.mark.parametrize('kind', [list, tuple])
def test_arrays_of_numbers_come_back_as_they_were(protocol, kind, tmp_path):
    arrays = load(write(tmp_path, pickle.dumps(kind(ARRAYS), protocol)))
    for array, value in zip(arrays, ARRAYS, strict=True):
        assert array.dtype == value.dtype
        np.testing.assert_array_equal(array, value, strict=isinstance(value, np.ndarray))
        assert not array.flags.writeable


def test_the_module_names_of_numpy_1_are_known(tmp_path):
    data = pickle.dumps(ARRAYS, 3)
    assert b'numpy._core' in data
    for array, value in zip(load(write(tmp_path, data.replace(b'numpy._core', b'numpy.core'))), ARRAYS, strict=True):
        np.testing.assert_array_equal(array, value)


class Call:
    """Pickled, it calls a function with arguments."""

    def __init__(self, function, *arguments):
        self._call = function, arguments

    def __reduce__(self):
        return self._call


@pytest.mark.parametrize('protocol', [3, 4, 5])
@pytest.mark.parametrize('inside', [lambda value: value, lambda value: [np.zeros(3), value]])
@pytest.mark.parametrize(
    'function, argument',
    [
        (os.system, 'touch executed'),
        (eval, "open('executed', 'w')"),
        (exec, "open('executed', 'w')"),
        (open, 'executed'),
        (subprocess.Popen, 'touch executed'),
        (getattr, 'executed'),
        (np.load, 'executed'),
        (np.zeros, 10**12),
        (bytearray, 10**12),
    ],
)
def test_a_function_is_not_called(function, argument, inside, protocol, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = write(tmp_path, pickle.dumps(inside(Call(function, argument)), protocol))
    message = refused(path)
    assert 'it names' in message and function.__name__ in message
    assert 'no function that a pickle names is run' in message
    assert [file.name for file in tmp_path.iterdir()] == ['variables.pkl']


def naming(name, *rest):
    """Protocol 3: puts a global on the stack, then the bytes `rest`."""
    return b''.join([b'\x80\x03]c', name.encode(), b'\n', *rest, b'a.'])


@pytest.mark.parametrize(
    'name',
    [
        'numpy\nload',
        'numpy.core.multiarray\nfromfile',
        'numpy._core.multiarray\n_reconstruct.__globals__',
        'numpy\nndarray.tofile',
        'builtins\ngetattr',
        'dreamerv2_tf.release.pickle\nos',
    ],
)
def test_other_names_are_refused_also_those_of_numpy(name, tmp_path):
    assert 'it names' in refused(write(tmp_path, naming(name)))


@pytest.mark.parametrize(
    'array',
    [
        np.array([{}, 'text']),
        np.array(['text']),
        np.array([b'bytes']),
        np.zeros(2, [('a', 'f4'), ('b', 'O')]),
        np.array(1j),
        np.array('2021-01-01', 'datetime64[D]'),
    ],
)
@pytest.mark.parametrize('protocol', [3, 4, 5])
def test_arrays_of_anything_but_numbers_are_refused(array, protocol, tmp_path):
    message = refused(write(tmp_path, pickle.dumps([array], protocol)))
    assert 'it holds an array of type' in message or 'instruction' in message or 'it names' in message


@pytest.mark.parametrize(
    'value, message',
    [
        ({'a': np.zeros(2)}, 'instruction EMPTY_DICT'),
        (np.zeros(2), 'it is not a list of arrays'),
        (None, 'it is not a list of arrays'),
        ([[np.zeros(2)]], 'its list holds a list'),
        ([np.zeros(2), None], 'its list holds a NoneType'),
        ([1.0], 'instruction BINFLOAT'),
        (['text'], 'its list holds a str'),
        ([np.float32], 'it names'),
        ([{1}], 'instruction EMPTY_SET'),
    ],
)
def test_only_a_flat_list_of_arrays_is_read(value, message, tmp_path):
    assert message in refused(write(tmp_path, pickle.dumps(value)))


def claiming(shape, data):
    """A pickle with a float32 array of that shape over bytes."""
    return pickle.dumps([Call(_frombuffer, data, np.dtype('f4'), shape, 'C')], 4)


@pytest.mark.parametrize('shape', [(2**40,), (2**31, 2**31), (1,), (3,), (-1, -2), (), ('a',), 2, None])
def test_a_shape_needs_its_bytes_in_the_file(shape, tmp_path):
    message = refused(write(tmp_path, claiming(shape, bytes(8))))
    assert 'it holds an array of shape' in message or 'no pickle, or not all of one' in message


def test_such_a_pickle_is_read_where_the_shape_is_right(tmp_path):
    np.testing.assert_array_equal(load(write(tmp_path, claiming((2,), bytes(8)))), [np.zeros(2)])


@pytest.mark.parametrize(
    'data',
    [
        b'\x80\x04\x8e' + struct.pack('<Q', 2**40) + b'few.',  # bytes that are not there
        b'\x80\x05\x96' + struct.pack('<Q', 2**40) + b'few.',  # the same as a bytearray
        b'\x80\x04]r\xff\xff\xff\x7f.',  # a memo of 2^31 places
        b'\x80\x04\x95' + struct.pack('<Q', 2**60) + b'].',
    ],
)  # a frame
def test_claimed_sizes_take_no_memory(data, tmp_path):
    path = write(tmp_path, data)
    program = f"""
import resource
from dreamerv2_tf.errors import UserError
from dreamerv2_tf.release.pickle import load
used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    load({str(path)!r})
except UserError:
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - used < 50_000)
"""
    assert subprocess.check_output([sys.executable, '-c', program], text=True) == 'True\n'


def test_a_file_that_is_too_large_is_not_read(tmp_path):
    path = tmp_path / 'variables.pkl'
    with path.open('wb') as file:
        file.truncate(int(MAX_FILE_GB * 1e9) + 1)
    assert f'up to {MAX_FILE_GB} GB are read' in refused(path)


@pytest.mark.parametrize('kept', [0, 1, 2, 10, 500, 5000, -1])
def test_a_file_that_was_cut_off_is_refused(kept, tmp_path):
    assert 'it is no pickle, or not all of one' in refused(write(tmp_path, VARIABLES.read_bytes()[:kept]))


@pytest.mark.parametrize('data', [b'task: atari_pong\n', b'PK\x03\x04', bytes(100), b'\x80\x04.', b'\x80\x04K\x01.'])
def test_another_file_is_refused(data, tmp_path):
    refused(write(tmp_path, data))


def test_a_missing_file_or_a_folder_is_named(tmp_path):
    assert 'No such file' in refused(tmp_path / 'missing.pkl')
    assert 'it is not a file' in refused(tmp_path)


def test_damaged_files_are_read_or_refused_but_nothing_else(tmp_path):
    rng, sound = np.random.default_rng(0), pickle.dumps(ARRAYS[:4], 4)
    for _ in range(300):
        data = io.BytesIO(sound)
        for _ in range(2):
            data.seek(rng.integers(len(sound)))
            data.write(rng.bytes(1))
        try:
            load(write(tmp_path, data.getvalue()))
        except UserError:
            pass


def test_tensorflow_is_not_needed():
    program = 'import sys, dreamerv2_tf.release.pickle; print("tensorflow" in sys.modules)'
    assert subprocess.check_output([sys.executable, '-c', program], text=True) == 'False\n'
