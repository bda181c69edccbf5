"""Builds zips of `.npy` members byte by byte, as no library writes them."""

import functools
import io
import struct
import warnings
import zipfile
import zlib

import numpy as np

LOCAL, CENTRAL = b'PK\x03\x04', b'PK\x01\x02'
FIELDS = {'flags': (6, 8, '<H'), 'method': (8, 10, '<H'), 'crc': (14, 16, '<I'), 'size': (22, 24, '<I')}


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


def patched(data, field, change):
    """A zip in whose first entry a field, local and central, is changed."""
    data = bytearray(data)
    local_offset, central_offset, form = FIELDS[field]
    for signature, offset in ((LOCAL, local_offset), (CENTRAL, central_offset)):
        place = data.index(signature) + offset
        struct.pack_into(form, data, place, change(struct.unpack_from(form, data, place)[0]))
    return bytes(data)


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


def zeros(begin, count):
    """A deflated stream of `begin` and `count` zeros, and its checksum where it is quick to get, else 0."""
    compress = zlib.compressobj(1, zlib.DEFLATED, -15)
    first = compress.compress(begin) + compress.flush(zlib.Z_FULL_FLUSH)
    last = zlib.compressobj(1, zlib.DEFLATED, -15).flush()
    return first + _block() * (count // 2**24) + last, 0
