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

from . import npz, zips
from .episode_values import CHANGES, FLAGS

STAMP = '20260102T000000'
DIGEST = 'a' * 32
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
    (folder / name_of(arrays)).write_bytes(zips.packed(zips.members(arrays), int(method)))


@kind
def sparse_file_of_a_terabyte(random, arrays, folder):
    with (folder / name_of(arrays)).open('wb') as file:
        file.write(zips.packed(zips.members(arrays)))
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
    'name_with_markup': '[red]{stamp}[bold]-{digest}-{steps}.npz',
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
