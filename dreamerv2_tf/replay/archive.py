"""An episode's `.npz` file: written whole or not at all, and read in place.

A `.npz` is a zip of `.npy` members. Where they are stored uncompressed, arrays can be mapped from the
file: only the rows that are touched are read, and they cost no memory of the process.
"""

import errno
import math
import mmap
import os
import pathlib
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterable, Mapping
from typing import BinaryIO, NamedTuple, NoReturn

import numpy as np

from ..files import replacing

MAX_FILE_BYTES = 2**32  # that the arrays of a file may claim
_LOCAL_HEADER = struct.Struct('<26xHH')  # of a zip member: lengths of its name and of its extra field
_SHORTAGE_ERRNOS = errno.EMFILE, errno.ENFILE, errno.ENOMEM  # the machine's fault, not the file's
_READ_ERRORS = (
    OSError,
    ValueError,
    TypeError,
    KeyError,
    EOFError,
    RuntimeError,
    OverflowError,
    struct.error,
    zipfile.BadZipFile,
    zlib.error,
)


class BrokenEpisode(Exception):
    """A file that holds no episode; the message says why.

    Attributes:
      digest: of the episode, where a `Store` read it; '' elsewhere.
    """

    digest = ''


class Member(NamedTuple):
    """An array in a file."""

    dtype: np.dtype
    shape: tuple[int, ...]
    offset: int | None  # of its first value in the file; None where it has to be inflated

    @property
    def size(self) -> int:
        """Bytes of the array."""
        return math.prod(self.shape) * self.dtype.itemsize


def write(path: pathlib.Path, arrays: Mapping[str, np.ndarray], compress: bool = False) -> None:
    """Saves {name: array}, whole or not at all. Raises OSError."""
    with replacing(path) as file:
        save: Callable[..., None] = np.savez_compressed if compress else np.savez
        save(file, **arrays)


def members(path: pathlib.Path) -> dict[str, Member]:
    """Returns {name: `Member`} of a file, from its headers alone.

    Raises:
      BrokenEpisode: it is cut, holds something else than arrays of numbers, or claims sizes that do not fit.
    """
    try:
        with path.open('rb') as file, zipfile.ZipFile(file) as archive:
            end = os.fstat(file.fileno()).st_size
            by_name = {
                info.filename.removesuffix('.npy'): _member(archive, info, file, end) for info in archive.infolist()
            }
    except _READ_ERRORS as error:
        _give_up(path, error)
    total = sum(member.size for member in by_name.values())
    if total > MAX_FILE_BYTES:
        raise BrokenEpisode(f'{path} claims to hold {total:,} bytes')
    return by_name


def open_arrays(path: pathlib.Path) -> dict[str, np.ndarray]:
    """Returns {name: array} of a file; those stored uncompressed are mapped and read when touched.

    Raises:
      BrokenEpisode: see `members`; or what is compressed cannot be inflated.
    """
    by_name = members(path)
    try:
        with path.open('rb') as file:
            content = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        with np.load(path, allow_pickle=False) as archive:
            return {
                name: archive[name]
                if member.offset is None
                else np.ndarray(member.shape, member.dtype, content, member.offset)
                for name, member in by_name.items()
            }
    except _READ_ERRORS as error:
        _give_up(path, error)


def read(path: pathlib.Path, names: Iterable[str]) -> dict[str, np.ndarray]:
    """Returns {name: array} of some small arrays of a file, and leaves the others unread.

    Raises:
      BrokenEpisode: it lacks one of them, or cannot be read.
    """
    try:
        with path.open('rb') as file, np.load(file, allow_pickle=False) as archive:
            return {name: archive[name] for name in names}
    except _READ_ERRORS as error:
        _give_up(path, error)


def verify(path: pathlib.Path) -> None:
    """Reads all of a file and compares its checksums.

    Raises:
      BrokenEpisode: some do not agree, or it cannot be read.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            broken = archive.testzip()
    except _READ_ERRORS as error:
        _give_up(path, error)
    if broken:
        raise BrokenEpisode(f'{path} cannot be read: the checksum of {broken} does not agree')


def bytes_in_memory(arrays: Mapping[str, np.ndarray]) -> int:
    """Returns the bytes of {name: array}, without what is mapped from a file."""
    return sum(array.nbytes for array in arrays.values() if not isinstance(array.base, mmap.mmap))


def is_compressed(path: pathlib.Path) -> bool:
    """Whether the first member of a file has to be inflated; False for what is no zip or unreadable."""
    try:
        with path.open('rb') as file:
            begin = file.read(10)
    except OSError:
        return False
    return begin[:4] == b'PK\x03\x04' and begin[8:10] != b'\0\0'


def _give_up(path: pathlib.Path, error: Exception) -> NoReturn:
    """Raises BrokenEpisode where a file could not be read; the error itself where it is the machine's fault."""
    if getattr(error, 'errno', None) in _SHORTAGE_ERRNOS:
        raise error
    raise BrokenEpisode(f'{path} cannot be read: {error}') from error


def _member(archive: zipfile.ZipFile, info: zipfile.ZipInfo, file: BinaryIO, end: int) -> Member:
    """Reads the headers of a zip member in a file of `end` bytes. Raises ValueError where they do not agree."""
    with archive.open(info) as stream:
        version = np.lib.format.read_magic(stream)
        read_header = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, fortran_order, dtype = read_header(stream)
        header = stream.tell()
    if dtype.hasobject:
        raise ValueError(f'{info.filename} holds Python objects')
    size = math.prod(shape) * dtype.itemsize
    if header + size != info.file_size:
        raise ValueError(f'{info.filename} claims {size} bytes and has {info.file_size - header}')
    if info.compress_type != zipfile.ZIP_STORED or fortran_order:
        return Member(dtype, shape, None)
    file.seek(info.header_offset)
    begin = info.header_offset + _LOCAL_HEADER.size + sum(_LOCAL_HEADER.unpack(file.read(_LOCAL_HEADER.size)))
    if begin + info.file_size > end:
        raise ValueError(f'{info.filename} is cut off')
    return Member(dtype, shape, begin + header)
