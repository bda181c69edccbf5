"""Malformed `.npz` files: zips and `.npy` headers that no program writes.

A maker takes (generator, {name: array}) and returns the bytes of a file.
"""

import functools
import gzip
import io
import os
import pickle
import struct
import warnings
import zipfile
import zlib

import numpy as np

LOCAL, CENTRAL = b'PK\x03\x04', b'PK\x01\x02'
FIELDS = {'flags': (6, 8, '<H'), 'method': (8, 10, '<H'), 'crc': (14, 16, '<I'), 'size': (22, 24, '<I')}
BOMB_BYTES = 3 * 2**30
MAKERS = {}


def maker(function):
    MAKERS[function.__name__] = function
    return function


def packed(members, method=zipfile.ZIP_STORED):
    """The bytes of a zip with [(name, bytes)]."""
    file = io.BytesIO()
    with warnings.catch_warnings(action='ignore'), zipfile.ZipFile(file, 'w', method) as archive:
        for name, content in members:
            archive.writestr(zipfile.ZipInfo(name), content, method)
    return file.getvalue()


def npy(array):
    file = io.BytesIO()
    np.lib.format.write_array(file, array)
    return file.getvalue()


def header(text, version=(1, 0), length=None):
    """The beginning of a `.npy` with any text as its header."""
    content = text if isinstance(text, bytes) else text.encode('latin1')
    count = struct.pack('<H' if version == (1, 0) else '<I', (len(content) if length is None else length))
    return b'\x93NUMPY' + bytes(version) + count + content


def members(arrays):
    return [(f'{name}.npy', npy(array)) for name, array in arrays.items()]


def replaced(random, arrays, make):
    """All members, one of which has other bytes: `make` of it."""
    chosen = random.choice(list(arrays))
    content = make(arrays[chosen])
    return packed([(name, content if name == f'{chosen}.npy' else old) for name, old in members(arrays)])


def with_header(text, version=(1, 0), length=None):
    """A maker of files in which one member has this header, and its own numbers behind it."""

    def make(random, arrays):
        return replaced(random, arrays, lambda array: header(text, version, length) + array.tobytes())

    return make


def with_shape(shape, descr='<f4'):
    return with_header(f"{{'descr': {descr!r}, 'fortran_order': False, 'shape': {shape}, }}\n")


def patched(data, field, change):
    """A zip in whose first entry a field, local and central, is changed."""
    data = bytearray(data)
    local_offset, central_offset, form = FIELDS[field]
    for signature, offset in ((LOCAL, local_offset), (CENTRAL, central_offset)):
        place = data.index(signature) + offset
        struct.pack_into(form, data, place, change(struct.unpack_from(form, data, place)[0]))
    return bytes(data)


HEADERS = {
    'header_of_9000_brackets': with_header('(' * 9000),
    'header_of_8999_minus_signs': with_header('-' * 8999 + '1'),
    'header_of_nested_lists': with_header('[' * 150 + ']' * 150),
    'header_with_code': with_header("__import__('os').mkdir('attacked')"),
    'header_with_an_open_string': with_header("{'descr': '<f4', 'shape': (3,"),
    'header_with_an_open_triple_string': with_header("{'descr': '''<f4, 'shape': (3,)}"),
    'header_with_nul': with_header("{'descr': '<f4', \0'fortran_order': False, 'shape': (3,), }"),
    'header_that_is_no_text': with_header(b'\xff\xfe\x00\x80' * 20, version=(3, 0)),
    'header_that_is_empty': with_header(''),
    'header_of_1_megabyte': with_header(' ' * 2**20 + '{}', version=(2, 0)),
    'header_longer_than_the_file': with_header('{}', version=(2, 0), length=2**32 - 1),
    'header_with_another_key': with_header("{'descr': '<f4', 'fortran_order': False, 'shape': (3,), 'x': 1}"),
    'header_without_shape': with_header("{'descr': '<f4', 'fortran_order': False}"),
    'header_with_a_set': with_header("{'descr', 'shape'}"),
    'header_with_unhashable_keys': with_header('{[]: 1, {}: 2}'),
    'header_with_wrong_indentation': with_header("  {'descr': '<f4',\n 1\n\t2}"),
    'header_of_version_9': with_header('{}', version=(9, 9)),
    'header_with_fortran_as_text': with_header("{'descr': '<f4', 'fortran_order': 'x', 'shape': (3,)}"),
    'header_with_a_number_of_5000_digits': with_shape(f'({"9" * 5000},)'),
    'header_with_a_hex_number': with_shape(f'(0x{"f" * 5000},)'),
    'shape_of_10_to_18': with_shape((10**18,)),
    'shape_beyond_64_bits': with_shape((10**30, 2)),
    'shape_negative': with_shape((-3,)),
    'shape_whose_product_overflows': with_shape((2**32, 2**32)),
    'shape_of_truth_values': with_shape((True, True)),
    'shape_of_floats': with_shape((3.0,)),
    'shape_as_list': with_shape([3]),
    'shape_of_70_axes': with_shape((1,) * 70),
    'shape_huge_but_empty': with_shape((2**62, 2**62, 0)),
    'descr_of_objects': with_shape((3,), 'O'),
    'descr_of_no_bytes': with_shape((2**40,), '|V0'),
    'descr_of_2_gigabytes': with_shape((0,), '<U500000000'),
    'descr_beyond_32_bits': with_shape((0,), '<U99999999999'),
    'descr_unknown': with_shape((3,), '<f3'),
    'descr_of_commas': with_shape((3,), ',,f4,'),
    'descr_with_a_number': with_header("{'descr': 7, 'fortran_order': False, 'shape': (3,), }"),
    'descr_as_nested_lists': with_header(
        f"{{'descr': [('a', {'[' * 80 + ']' * 80})], 'fortran_order': False, 'shape': (3,)}}"
    ),
    'descr_as_tuple_of_itself': with_header(
        "{'descr': ('<f4', ('<f4', (2**9,))), 'fortran_order': False, 'shape': ()}"
    ),
}
MAKERS.update(HEADERS)


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
    stream, checksum = _zeros(begin, BOMB_BYTES)
    return deflated_with(arrays, 'bomb.npy', stream, checksum, len(begin) + BOMB_BYTES)


@maker
def bomb_behind_a_small_header(random, arrays):
    """The header tells of few numbers; the sizes and the stream are those of a bomb."""
    name = random.choice(list(arrays))
    begin = npy(arrays[name])
    stream, checksum = _zeros(begin, 2**28)
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


class Malicious:
    """Makes a folder where it is unpickled."""

    def __reduce__(self):
        return os.mkdir, ('unpickled',)


def npy_with_objects(array):
    file = io.BytesIO()
    np.lib.format.write_array(file, array.astype(object), allow_pickle=True)
    return file.getvalue()


def deflated_with(arrays, name, stream, checksum, size):
    """A zip of arrays and of a deflated stream with that checksum and inflated size."""
    local = struct.pack('<4sHHHHHIIIHH', LOCAL, 20, 0, 8, 0, 33, checksum, len(stream), size, len(name), 0)
    whole = packed([(other, old) for other, old in members(arrays) if other != name])
    begin, end = (whole.index(CENTRAL) if arrays else 0), whole.rindex(b'PK\x05\x06')
    entry = struct.pack(
        '<4sHHHHHHIIIHHHHHII',
        CENTRAL,
        20,
        20,
        0,
        8,
        0,
        33,
        checksum,
        len(stream),
        size,
        len(name),
        0,
        0,
        0,
        0,
        0,
        begin,
    )
    content = local + name.encode() + stream
    entries = whole[begin:end] + entry + name.encode()
    count = struct.unpack_from('<H', whole, end + 10)[0] + 1
    place = begin + len(content)
    tail = struct.pack('<4sHHHHIIH', b'PK\x05\x06', 0, 0, count, count, len(entries), place, 0)
    return whole[:begin] + content + entries + tail


@functools.lru_cache(maxsize=1)
def _block():
    """Deflated 2**24 zeros that can be joined with others."""
    compress = zlib.compressobj(9, zlib.DEFLATED, -15)
    return compress.compress(bytes(2**24)) + compress.flush(zlib.Z_FULL_FLUSH)


def _zeros(begin, count):
    """A deflated stream of `begin` and `count` zeros, and its checksum where it is quick to get, else 0."""
    compress = zlib.compressobj(1, zlib.DEFLATED, -15)
    first = compress.compress(begin) + compress.flush(zlib.Z_FULL_FLUSH)
    last = zlib.compressobj(1, zlib.DEFLATED, -15).flush()
    return first + _block() * (count // 2**24) + last, 0
