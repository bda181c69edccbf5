"""Kinds of malformed episode files, and some valid ones.

A kind takes (generator, {key: [L+1, ...]} of a valid episode, folder) and puts a file into the folder. It returns what
the file's arrays must be when they are loaded, or None where the file may be refused, too.
"""

import os
import pathlib
import shutil
import socket
import zipfile

import numpy as np

from . import npz

STAMP = '20260102T000000'
DIGEST = 'a' * 32
FLAGS = ('is_first', 'is_last', 'is_terminal')
KINDS = {}


def episode(random, steps=None):
    """A valid episode of few steps, with an image, a vector, a whole number and a `log_` key."""
    rows = 1 + (int(random.integers(5, 12)) if steps is None else steps)
    first, last = np.arange(rows) == 0, np.arange(rows) == rows - 1
    action = np.eye(3, dtype=np.float32)[random.integers(3, size=rows)]
    action[0] = 0
    return {
        'image': random.integers(256, size=(rows, 4, 4, 1), dtype=np.uint8),
        'vector': random.normal(size=(rows, 3)).astype(np.float32),
        'level': random.integers(-9, 9, size=rows, dtype=np.int32),
        'log_score': random.normal(size=rows).astype(np.float32),
        'action': action,
        'reward': random.integers(-1, 2, size=rows).astype(np.float32),
        'is_first': first,
        'is_last': last,
        'is_terminal': last & bool(random.integers(2)),
    }


def name_of(arrays, stamp=STAMP, digest=DIGEST):
    return f'{stamp}-{digest}-{len(arrays["reward"]) - 1}.npz'


def kind(function):
    KINDS[function.__name__] = function
    return function


def of_bytes(make):
    """A kind whose file has the usual name and the bytes that `make` returns."""

    def write(random, arrays, folder):
        (folder / name_of(arrays)).write_bytes(make(random, arrays))

    return write


def of_changes(change):
    """A kind whose arrays `change` (generator, arrays) has changed, in place or as {key: array} to add."""

    def write(random, arrays, folder):
        name = name_of(arrays)
        arrays = arrays | (change(random, arrays) or {})
        save = np.savez_compressed if random.integers(4) == 0 else np.savez
        save(folder / name, **arrays)

    return write


def somewhere(key, value, dtype=None):
    """A change of one random number of `key`."""

    def change(random, arrays):
        array = arrays[key].astype(dtype or arrays[key].dtype)
        array.flat[random.integers(array.size)] = value
        return {key: array}

    return change


def cast(key, dtype):
    return lambda random, arrays: {key: np.asarray(arrays[key]).astype(dtype)}


def cast_one(dtype):
    def change(random, arrays):
        key = random.choice(list(arrays))
        return {key: np.zeros(arrays[key].shape, dtype)}

    return change


def reshaped(key, shape):
    return lambda random, arrays: {key: np.zeros((len(arrays[key]), *shape), arrays[key].dtype)}


def rows_of_all(begin, end):
    return lambda random, arrays: {key: value[begin:end] for key, value in arrays.items()}


def without(*keys):
    def change(random, arrays):
        for key in keys:
            del arrays[key]

    return change


def without_required(random, arrays):
    del arrays[random.choice(['action', 'reward', 'is_last', 'is_terminal'])]


def other_length(random, arrays):
    key = random.choice(list(arrays))
    return {key: arrays[key][: -1 - random.integers(2)]}


def other_action(random, arrays):
    return {'action': random.choice([0.0, 0.5, 1.0, -3.0, 1e30], size=arrays['action'].shape).astype(np.float32)}


CHANGES = {
    'nan_in_reward': somewhere('reward', np.nan),
    'nan_in_action': somewhere('action', np.nan),
    'nan_in_vector': somewhere('vector', np.nan),
    'nan_in_log_score': somewhere('log_score', np.nan),
    'nan_in_is_terminal': somewhere('is_terminal', np.nan, np.float32),
    'nan_in_is_first': somewhere('is_first', np.nan, np.float16),
    'infinite_reward': somewhere('reward', -np.inf),
    'infinite_action': somewhere('action', np.inf),
    'infinite_vector': somewhere('vector', np.inf),
    'reward_of_1e300': somewhere('reward', 1e300, np.float64),
    'vector_of_1e300': somewhere('vector', -1e300, np.float64),
    'action_of_1e300': somewhere('action', 1e300, np.float64),
    'reward_of_2_to_40': somewhere('reward', 2**40, np.int64),
    'level_of_2_to_40': somewhere('level', 2**40, np.int64),
    'level_of_2_to_63': somewhere('level', 2**63, np.uint64),
    'level_of_2_to_31': somewhere('level', 2**31, np.uint32),
    'action_of_2_to_40': somewhere('action', 2**40, np.int64),
    'reward_of_3e38_each': lambda random, arrays: {'reward': np.full(len(arrays['reward']), 3e38, np.float32)},
    'flag_of_one_half': somewhere('is_terminal', 0.5, np.float32),
    'flag_of_two': somewhere('is_last', 2, np.uint8),
    'flag_of_minus_one': somewhere('is_first', -1, np.int64),
    'all_flags_false': lambda random, arrays: {key: np.zeros(len(arrays[key]), bool) for key in FLAGS},
    'all_flags_true': lambda random, arrays: {key: np.ones(len(arrays[key]), bool) for key in FLAGS},
    'last_in_the_middle': somewhere('is_last', True),
    'text': cast_one('<U5'),
    'bytes': cast_one('S3'),
    'complex': cast_one(np.complex64),
    'dates': cast_one('datetime64[s]'),
    'time_spans': cast_one('timedelta64[D]'),
    'structures': cast_one([('a', 'f4'), ('b', 'i4')]),
    'void': cast_one('V4'),
    'longdouble': cast('vector', np.longdouble),
    'reward_of_truth_values': cast('reward', bool),
    'reward_of_uint8': lambda random, arrays: {'reward': np.arange(len(arrays['reward'])).astype(np.uint8)},
    'image_of_floats': cast('image', np.float32),
    'level_of_floats': cast('level', np.float64),
    'no_rows': rows_of_all(0, 0),
    'one_row': rows_of_all(0, 1),
    'a_row_less_than_the_name': rows_of_all(0, -1),
    'numbers_without_rows': lambda random, arrays: {random.choice(list(arrays)): np.float32(3)},
    'other_length': other_length,
    'reward_of_vectors': reshaped('reward', (2,)),
    'flag_of_vectors': reshaped('is_last', (1,)),
    'action_of_numbers': reshaped('action', ()),
    'action_of_matrices': reshaped('action', (3, 3)),
    'action_without_size': reshaped('action', (0,)),
    'action_of_other_size': reshaped('action', (5,)),
    'image_without_height': reshaped('image', (0, 4, 1)),
    'image_of_other_size': reshaped('image', (5, 4, 1)),
    'image_of_60_axes': reshaped('image', (1,) * 60),
    'without_a_required_key': without_required,
    'without_is_first': without('is_first'),
    'without_image': without('image'),
    'without_action_and_reward': without('action', 'reward'),
    'with_another_key': lambda random, arrays: {'more': np.ones(len(arrays['reward']), np.float32)},
    'with_a_key_of_many_words': lambda random, arrays: {'camera/front [red] ../x': arrays['vector']},
    'actions_all_zero': lambda random, arrays: {'action': np.zeros_like(arrays['action'])},
    'actions_not_one_hot': other_action,
    'actions_two_hot': lambda random, arrays: {'action': np.ones_like(arrays['action'])},
}
KINDS |= {name: of_bytes(make) for name, make in npz.MAKERS.items()}
KINDS |= {name: of_changes(change) for name, change in CHANGES.items()}


def valid(change=None, save=np.savez):
    """A kind whose file must load with the values of the arrays that `change` makes."""

    def write(random, arrays, folder):
        arrays = {key: change(key, value) for key, value in arrays.items()} if change else arrays
        save(folder / name_of(arrays), **arrays)
        return arrays

    return write


KINDS |= {
    'valid': valid(),
    'valid_compressed': valid(save=np.savez_compressed),
    'valid_big_endian': valid(lambda key, value: value.astype(value.dtype.newbyteorder('>'))),
    'valid_fortran_order': valid(lambda key, value: np.asfortranarray(value)),
    'valid_wide': valid(
        lambda key, value: value.astype({'f': np.float64, 'i': np.int64}.get(value.dtype.kind, value.dtype))
    ),
    'valid_float16': valid(lambda key, value: value.astype(np.float16) if value.dtype.kind == 'f' else value),
    'valid_float_flags': valid(lambda key, value: value.astype(np.float32) if key in FLAGS else value),
    'valid_uint8_flags': valid(lambda key, value: value.astype(np.uint8) if key in FLAGS else value),
}


@kind
def valid_of_the_release(random, arrays, folder):
    """A file that the release wrote, whose steps are those of a game."""
    path = next((pathlib.Path(__file__).parents[1] / 'data' / 'release_run' / 'train_episodes').glob('*.npz'))
    shutil.copyfile(path, folder / path.name)
    with np.load(path) as file:
        return {key: file[key] for key in file.files}


@kind
def compressed_as_nobody_does(random, arrays, folder):
    method = random.choice([zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
    (folder / name_of(arrays)).write_bytes(npz.packed(npz.members(arrays), int(method)))


@kind
def sparse_file_of_a_terabyte(random, arrays, folder):
    with (folder / name_of(arrays)).open('wb') as file:
        file.write(npz.packed(npz.members(arrays)))
        file.truncate(2**40)


# What is no regular file.


def of_path(make):
    def write(random, arrays, folder):
        make(folder / name_of(arrays))

    return write


def open_socket(path):
    here = os.getcwd()
    os.chdir(path.parent)  # the path of a socket may have 107 bytes
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(path.name)
    os.chdir(here)


KINDS |= {
    'folder': of_path(lambda path: path.mkdir()),
    'folder_with_files': of_path(lambda path: (path.mkdir(), (path / 'x.npz').write_bytes(b'x'))),
    'named_pipe': of_path(os.mkfifo),
    'socket': of_path(open_socket),
    'link_to_endless_zeros': of_path(lambda path: path.symlink_to('/dev/zero')),
    'link_to_null': of_path(lambda path: path.symlink_to('/dev/null')),
    'link_to_nothing': of_path(lambda path: path.symlink_to('gone.npz')),
    'link_to_itself': of_path(lambda path: path.symlink_to(path.name)),
    'link_to_its_folder': of_path(lambda path: path.symlink_to('.')),
    'link_to_a_file_outside': of_path(lambda path: path.symlink_to('../../outside/secret.txt')),
}


@kind
def link_to_an_episode_outside(random, arrays, folder):
    target = folder.parent.parent / 'outside' / name_of(arrays)
    np.savez(target, **arrays)
    (folder / target.name).symlink_to(f'../../outside/{target.name}')


# Names.


def named(form):
    """A kind of valid contents in a file with another name: {stamp}, {digest} and {steps} stand for the usual ones."""

    def write(random, arrays, folder):
        name = form.format(stamp=STAMP, digest=DIGEST, steps=len(arrays['reward']) - 1, random=random.integers(10))
        target = folder / os.fsdecode(name.encode('latin1')) if '\xff' in name else folder / name
        with target.open('wb') as file:
            np.savez(file, **arrays)

    return write


NAMES = {
    'steps_of_10_to_30': f'{{stamp}}-{{digest}}-{10**30}.npz',
    'steps_of_10_to_18': f'{{stamp}}-{{digest}}-{10**18}.npz',
    'steps_of_2_to_31': f'{{stamp}}-{{digest}}-{2**31}.npz',
    'steps_of_190_digits': f'{{stamp}}-{{digest}}-{"9" * 190}.npz',
    'steps_other_than_in_the_file': '{stamp}-{digest}-1{steps}.npz',
    'steps_zero': '{stamp}-{digest}-0.npz',
    'steps_negative': '{stamp}-{digest}--{steps}.npz',
    'steps_with_leading_zeros': '{stamp}-{digest}-000{steps}.npz',
    'steps_in_other_digits': '{stamp}-{digest}-\u0661\u0662.npz',
    'date_in_other_digits': '\uff12\uff10\uff12\uff16\uff10\uff11\uff10\uff12T000000-{digest}-{steps}.npz',
    'date_that_is_none': '20261399T996199-{digest}-{steps}.npz',
    'date_of_year_0': '00000101T000000-{digest}-{steps}.npz',
    'date_of_the_last_second': '99991231T235959-{digest}-{steps}.npz',
    'digits_in_capitals': '{stamp}-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA-{steps}.npz',
    'name_of_another_program': 'episode_{random}.npz',
    'name_with_a_new_line': '{stamp}-{digest}-{steps}.npz\n.npz',
    'name_with_escape_codes': '\x1b[31m{stamp}-{digest}-{steps}\x1b[0m.npz',
    'name_with_markup': '[red]{stamp}[/blue]-{digest}-{steps}.npz',
    'name_that_is_no_text': '\xff\xfe-{digest}-{steps}.npz',
    'name_of_250_letters': 'x' * 246 + '.npz',
    'name_hidden': '.npz',
    'name_of_an_unfinished_file': '.{stamp}-{digest}-{steps}.npz.tmp',
}
KINDS |= {name: named(form) for name, form in NAMES.items()}


@kind
def two_files_with_the_same_digits(random, arrays, folder):
    np.savez(folder / name_of(arrays), **arrays)
    np.savez(folder / name_of(arrays, stamp='20260102T000001'), **arrays)


ALONE = {valid_of_the_release}  # kinds of other observations than those of `episode`
