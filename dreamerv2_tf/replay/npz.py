"""Arrays of an `.npz` file, of which nothing is believed: sizes are compared before anything is read.

A `.npz` is a zip of `.npy` members. Each begins with a header, a Python literal that NumPy parses:

    zip header | {'descr': '<f4', 'fortran_order': False, 'shape': (3,), } | values | next member ...

Whatever the parsers of zip files and of headers raise on a damaged file is a ValueError here.
"""

import contextlib
import errno
import functools
import io
import math
import os
import pathlib
import stat
import struct
import zipfile
from collections.abc import Iterator
from typing import IO, BinaryIO, NamedTuple

import numpy as np

from ..errors import shorten

MAX_ARRAY_BYTES = 2**32  # that an array may claim
MAX_HEADER_BYTES = 4096
MAX_MEMBERS = 1000
MAX_NAME_CHARACTERS = 500  # of an array
_LOCAL_HEADER = struct.Struct('<26xHH')  # of a zip member: lengths of its name and of its extra field


class Header(NamedTuple):
    """What the header of an array says."""

    dtype: np.dtype
    shape: tuple[int, ...]
    by_columns: bool  # values are in Fortran's order
    length: int  # bytes of the header itself

    @property
    def size(self) -> int:
        """Bytes of the array."""
        return math.prod(self.shape) * self.dtype.itemsize


class Member(NamedTuple):
    """An array in a file."""

    path: str  # in the zip file
    header: Header
    offset: int | None  # of its first value in the file; None where it has to be inflated


def open_file(path: pathlib.Path) -> BinaryIO:
    """Opens a file to be read. Raises OSError; ValueError where it is no file but a pipe, a device or a folder."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)  # a pipe would wait for its writer
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise ValueError('it is no regular file')
    return os.fdopen(descriptor, 'rb')


def read_header(stream: IO[bytes]) -> Header:
    """Reads the header with which a `.npy` stream begins.

    Raises:
      ValueError: it is no header, longer than 4,096 bytes, of Python objects, or claims more than 4 GB.
    """
    with _value_errors():
        begin = stream.read(MAX_HEADER_BYTES)
        count = 2 if begin[6:8] == b'\1\0' else 4  # bytes of the length
        return _parse_header(begin[: 8 + count + int.from_bytes(begin[8 : 8 + count], 'little')])


def members(file: BinaryIO) -> dict[str, Member]:
    """Returns {name: `Member`} of a file, from its headers alone.

    Raises:
      OSError: the machine cannot read it now.
      ValueError: it is cut, holds something else than arrays, or claims sizes that do not fit.
    """
    with _value_errors(), zipfile.ZipFile(file) as archive:
        infos = archive.infolist()
        if len(infos) > MAX_MEMBERS:
            raise ValueError(f'it claims {len(infos):,} arrays, of which {MAX_MEMBERS:,} are allowed')
        longest = max((len(info.filename) for info in infos), default=0)
        if longest > MAX_NAME_CHARACTERS:
            raise ValueError(f'a name has {longest:,} characters, of which {MAX_NAME_CHARACTERS} are allowed')
        end = os.fstat(file.fileno()).st_size
        by_name = {info.filename.removesuffix('.npy'): _member(archive, info, file, end) for info in infos}
        if len(by_name) < len(infos):
            raise ValueError('two arrays have the same name')
        return by_name


def read(file: BinaryIO, member: Member) -> np.ndarray:
    """Reads an array whole and compares its checksum.

    Raises:
      OSError: the machine cannot read it now.
      ValueError: it cannot be inflated, or the checksum does not agree.
    """
    header = member.header
    with _value_errors(), zipfile.ZipFile(file) as archive, archive.open(member.path) as stream:
        assert isinstance(stream, zipfile.ZipExtFile)
        stream.read(header.length)
        values = np.empty(header.shape[::-1] if header.by_columns else header.shape, header.dtype)
        try:
            count = stream.readinto(values.reshape(-1).view(np.uint8).data)
            if count != header.size or stream.read(1):  # at the end the checksum is compared
                raise ValueError(f'{member.path} is cut off')
        except zipfile.BadZipFile:
            raise ValueError(f'the checksum of {member.path} does not agree') from None
        return values.T if header.by_columns else values


@functools.lru_cache(1024)  # headers of a run are much alike, and Python's parser is slow
def _parse_header(content: bytes) -> Header:
    begin = io.BytesIO(content)
    version = np.lib.format.read_magic(begin)
    parse = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, by_columns, dtype = parse(begin)
    header = Header(dtype, shape, by_columns, begin.tell())
    if dtype.hasobject:
        raise ValueError('it holds Python objects')
    if any(length < 0 for length in shape):
        raise ValueError(f'it claims the shape {shape}')
    if max(header.size, *shape, 0) > MAX_ARRAY_BYTES:
        raise ValueError(f'it claims {header.size:,} bytes, of which {MAX_ARRAY_BYTES:,} are allowed')
    return header


@contextlib.contextmanager
def _value_errors() -> Iterator[None]:
    """Raises ValueError in place of whatever the body raises, but for errors of the machine."""
    try:
        yield
    except ValueError:
        raise
    except Exception as error:  # MemoryError, TokenError, RecursionError, BadZipFile, zlib.error, ...
        if isinstance(error, OSError) and error.errno not in (None, errno.EINVAL):
            raise
        raise ValueError(f'{type(error).__name__}: {shorten(str(error))}') from error


def _member(archive: zipfile.ZipFile, info: zipfile.ZipInfo, file: BinaryIO, end: int) -> Member:
    """Reads the headers of a zip member in a file of `end` bytes. Raises ValueError where they do not agree."""
    with archive.open(info) as stream:
        header = read_header(stream)
    if header.length + header.size != info.file_size:
        raise ValueError(f'{info.filename} claims {header.size} bytes and has {info.file_size - header.length}')
    if info.compress_type != zipfile.ZIP_STORED:
        return Member(info.filename, header, None)
    file.seek(info.header_offset)
    begin = info.header_offset + _LOCAL_HEADER.size + sum(_LOCAL_HEADER.unpack(file.read(_LOCAL_HEADER.size)))
    if begin + info.file_size > end:
        raise ValueError(f'{info.filename} is cut off')
    return Member(info.filename, header, begin + header.length)
