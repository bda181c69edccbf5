"""Kinds of malformed `.npz` files, which episodes and checkpoints share.

A maker takes (generator, {name: array}) and returns the bytes of a file.
"""

import gzip
import os
import pickle
import struct
import zipfile

import numpy as np

from . import headers
from .zips import CENTRAL, deflated_with, header, members, npy, npy_with_objects, packed, patched, replaced, zeros

BOMB_BYTES = 3 * 2**30
MAKERS = dict(headers.MAKERS)


def maker(function):
    MAKERS[function.__name__] = function
    return function


class Malicious:
    """Makes a folder where it is unpickled."""

    def __reduce__(self):
        return os.mkdir, ('unpickled',)


@maker
def cut(random, arrays):
    whole = packed(members(arrays))
    return whole[: random.integers(len(whole))]


@maker
def flipped_bit(random, arrays):
    whole = bytearray(packed(members(arrays)))
    whole[random.integers(len(whole))] ^= 1 << random.integers(8)
    return bytes(whole)


@maker
def flipped_bit_in_a_header(random, arrays):
    whole = bytearray(packed(members(arrays)))
    begins = [place for place in range(len(whole)) if whole[place : place + 6] == b'\x93NUMPY']
    whole[random.choice(begins) + random.integers(128)] ^= 1 << random.integers(8)
    return bytes(whole)


@maker
def flipped_bit_in_the_directory(random, arrays):
    whole = bytearray(packed(members(arrays)))
    whole[random.integers(whole.index(CENTRAL), len(whole))] ^= 1 << random.integers(8)
    return bytes(whole)


@maker
def flipped_bytes_compressed(random, arrays):
    whole = bytearray(packed(members(arrays), zipfile.ZIP_DEFLATED))
    for place in random.integers(len(whole), size=5):
        whole[place] = random.integers(256)
    return bytes(whole)


@maker
def zeros_in_the_middle(random, arrays):
    whole = bytearray(packed(members(arrays)))
    begin = random.integers(len(whole))
    whole[begin : begin + 512] = bytes(len(whole[begin : begin + 512]))
    return bytes(whole)


@maker
def bytes_inserted(random, arrays):
    whole = packed(members(arrays))
    place = random.integers(len(whole))
    return whole[:place] + random.bytes(7) + whole[place:]


@maker
def garbage_behind(random, arrays):
    return packed(members(arrays)) + random.bytes(int(random.integers(1, 70000)))


@maker
def garbage_before(random, arrays):
    return random.bytes(100) + packed(members(arrays))


@maker
def file_twice(random, arrays):
    return 2 * packed(members(arrays))


@maker
def empty_file(random, arrays):
    return b''


@maker
def random_bytes(random, arrays):
    return random.bytes(int(random.integers(1, 5000)))


@maker
def directory_end_alone(random, arrays):
    return b'PK\x05\x06' + random.bytes(18)


@maker
def text_file(random, arrays):
    return b'version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 123\n'


@maker
def one_npy(random, arrays):
    return npy(arrays[random.choice(list(arrays))])


@maker
def gzip_of_a_npz(random, arrays):
    return gzip.compress(packed(members(arrays)))


@maker
def pickle_instead(random, arrays):
    return pickle.dumps(Malicious())


@maker
def pickled_member(random, arrays):
    """Objects, whose loading would leave a folder in the working directory."""
    rows = np.array([Malicious(), None], object)
    return packed([*members(arrays), ('extra.npy', npy_with_objects(rows))])


@maker
def pickled_array(random, arrays):
    return replaced(random, arrays, lambda array: npy_with_objects(np.array([Malicious()] * len(np.atleast_1d(array)))))


@maker
def zip_without_members(random, arrays):
    return packed([])


@maker
def member_twice(random, arrays):
    name = random.choice(list(arrays))
    other = np.flip(arrays[name]).copy()
    return packed([*members(arrays), (f'{name}.npy', npy(other))])


@maker
def member_twice_with_another_ending(random, arrays):
    name = random.choice(list(arrays))
    return packed([(name, npy(np.flip(arrays[name]).copy())), *members(arrays)])


@maker
def member_name_absolute(random, arrays):
    return packed([*members(arrays), ('/tmp/attacked.npy', npy(arrays[next(iter(arrays))]))])


@maker
def member_name_leads_out(random, arrays):
    return packed([*members(arrays), ('../../attacked.npy', npy(arrays[next(iter(arrays))]))])


@maker
def member_name_with_escape_codes(random, arrays):
    name = random.choice(['\x1b[31mred\x1b[0m', '\x1b]0;title\x07', 'a\rb', '\x9b2J', '\u202eabc'])
    return packed([*members(arrays), (f'{name}.npy', npy(arrays[next(iter(arrays))]))])


@maker
def member_name_with_markup(random, arrays):
    name = random.choice(['[red]x', '[/]', '[/red]', '[link=http://x]y', '[[', ':smile:'])
    return packed([*members(arrays), (f'{name}.npy', npy(arrays[next(iter(arrays))]))])


@maker
def member_name_of_60_kilobytes(random, arrays):
    return packed([*members(arrays), ('k' * 60000 + '.npy', npy(arrays[next(iter(arrays))]))])


@maker
def member_name_empty(random, arrays):
    return packed([*members(arrays), ('.npy', npy(arrays[next(iter(arrays))]))])


@maker
def member_is_a_folder(random, arrays):
    return packed([*members(arrays), ('folder/', b'')])


@maker
def member_is_text(random, arrays):
    return packed([*members(arrays), ('readme.txt', b'hello')])


@maker
def members_10000(random, arrays):
    return packed([*members(arrays), *((f'{index}.npy', b'') for index in range(10000))])


@maker
def encrypted(random, arrays):
    return patched(packed(members(arrays)), 'flags', lambda flags: flags | 1)


@maker
def strong_encryption(random, arrays):
    return patched(packed(members(arrays)), 'flags', lambda flags: flags | 0x60)


@maker
def compression_unknown(random, arrays):
    return patched(packed(members(arrays)), 'method', lambda method: int(random.integers(15, 90)))


@maker
def compression_wrong(random, arrays):
    method = random.choice([zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
    return patched(packed(members(arrays)), 'method', lambda stored: int(method))


@maker
def checksum_wrong(random, arrays):
    return patched(packed(members(arrays)), 'crc', lambda crc: crc ^ 1)


@maker
def size_wrong(random, arrays):
    change = int(random.choice([-1, 1, 2**31]))
    return patched(packed(members(arrays)), 'size', lambda size: size + change)


@maker
def size_declared_of_4_gigabytes(random, arrays):
    return patched(packed(members(arrays), zipfile.ZIP_DEFLATED), 'size', lambda size: 2**32 - 2)


@maker
def bomb_of_3_gigabytes(random, arrays):
    """3 MB on disk that are 3 GB of zeros, with a header and sizes that agree."""
    count = BOMB_BYTES // 4
    begin = header(f"{{'descr': '<f4', 'fortran_order': False, 'shape': ({count},), }}".ljust(117) + '\n')
    stream, checksum = zeros(begin, BOMB_BYTES)
    return deflated_with(arrays, 'bomb.npy', stream, checksum, len(begin) + BOMB_BYTES)


@maker
def bomb_behind_a_small_header(random, arrays):
    """The header tells of few numbers; the sizes and the stream are those of a bomb."""
    name = random.choice(list(arrays))
    begin = npy(arrays[name])
    stream, checksum = zeros(begin, 2**28)
    return deflated_with(arrays, f'{name}.npy', stream, checksum, len(begin))


@maker
def members_that_share_their_bytes(random, arrays):
    """A directory with 3,000 entries of one member."""
    whole = packed([*members(arrays), ('x.npy', npy(np.zeros(2**18, np.float32)))], zipfile.ZIP_DEFLATED)
    begin, end = whole.index(CENTRAL), whole.rindex(b'PK\x05\x06')
    last = whole[whole.rindex(CENTRAL) : end]
    copies = [last.replace(b'x.npy', b'%05d' % index) for index in range(3000)]
    entries = whole[begin:end] + b''.join(copies)
    count = len(arrays) + 1 + len(copies)
    return (
        whole[:begin] + entries + struct.pack('<4sHHHHIIH', b'PK\x05\x06', 0, 0, count, count, len(entries), begin, 0)
    )
