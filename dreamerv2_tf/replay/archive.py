"""An episode's `.npz` file: written whole or not at all, and read where it is touched.

Arrays that lie uncompressed in a file are not loaded. Those of the run's own files are mapped: only rows that
are touched are read, and they cost no memory of the process. A file that is cut short while it is mapped
would kill the process, so that rows of other people's files are read instead.
"""

import contextlib
import errno
import mmap
import os
import pathlib
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from typing import Literal

import numpy as np

from ..errors import UserError
from ..files import replacing
from . import npz

MAX_FILE_BYTES = 2**32  # that the arrays of a file may claim
MAX_COMPRESSED_BYTES = 2**30  # of these, that may have to be inflated
_MACHINE_ERRNOS = (  # the machine does not give the file now; the file may be whole
    *(errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EACCES, errno.EPERM, errno.EIO, errno.ESTALE),
)


class BrokenEpisode(UserError):
    """A file that holds no episode; the message says why.

    Attributes:
      digest: of the episode, where a replay read it; '' elsewhere.
    """

    digest = ''


class Rows:
    """An array in a file, of which slices are read.

    Args:
      file: that it lies in.
      header: its shape and dtype.
      offset: of its first value.
    """

    def __init__(self, file: '_Unmapped', header: npz.Header, offset: int):
        self._file, self._offset = file, offset
        self.shape, self.dtype = header.shape, header.dtype

    def __getitem__(self, rows: slice) -> np.ndarray:
        start, stop, _ = rows.indices(self.shape[0])
        values = np.empty((max(0, stop - start), *self.shape[1:]), self.dtype)
        self._file.read_into(values, self._offset + start * (values.nbytes // max(1, len(values))))
        return values


class ArrayFile:
    """The arrays of a file, which are opened one by one.

    Args:
      path: of the file.
      mapped: whether what lies uncompressed is mapped; else it is read when it is sliced, see `Rows`.

    Attributes:
      headers: {name: `Header`} of all arrays.

    Raises:
      BrokenEpisode: it is cut, holds something else than arrays, or claims sizes that do not fit.
    """

    def __init__(self, path: pathlib.Path, mapped: bool = True):
        self.path, self._mapped = path, mapped
        self._content: mmap.mmap | _Unmapped | None = None
        with _reading(path), npz.open_file(path) as file:
            self._members = npz.members(file)
            self.headers = {name: member.header for name, member in self._members.items()}
            _require_size(self._members.values(), MAX_FILE_BYTES, 'are allowed')
            compressed = [member for member in self._members.values() if member.offset is None]
            _require_size(compressed, MAX_COMPRESSED_BYTES, 'may be compressed')
            if len(compressed) < len(self._members):
                self._content = (
                    mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) if mapped else _Unmapped(path, file.fileno())
                )

    def open(self, name: str) -> np.ndarray | Rows:
        """Returns an array; what is compressed is inflated whole. Raises BrokenEpisode."""
        header, offset = self._members[name].header, self._members[name].offset
        if offset is None or self._content is None:
            return self.read(name)
        if isinstance(self._content, mmap.mmap):
            with _reading(self.path):
                order: Literal['F', 'C'] = 'F' if header.by_columns else 'C'
                return np.ndarray(header.shape, header.dtype, self._content, offset, order=order)
        return self.read(name) if header.by_columns else Rows(self._content, header, offset)

    def read(self, name: str) -> np.ndarray:
        """Reads an array whole and compares its checksum. Raises BrokenEpisode."""
        with _reading(self.path), npz.open_file(self.path) as file:
            return npz.read(file, self._members[name])


class _Unmapped:
    """A file from which bytes are read as long as nobody changes it."""

    def __init__(self, path: pathlib.Path, descriptor: int):
        self._path, self._descriptor = path, os.dup(descriptor)
        self._state = self._now()

    def __del__(self) -> None:
        os.close(self._descriptor)

    def read_into(self, values: np.ndarray, offset: int) -> None:
        """Fills an array with the bytes from an offset on. Raises BrokenEpisode where the file has changed."""
        rest = values.reshape(-1).view(np.uint8).data
        with _reading(self._path):
            while len(rest):
                count = os.preadv(self._descriptor, [rest], offset)
                if not count:
                    break
                rest, offset = rest[count:], offset + count
            if len(rest) or self._now() != self._state:  # compared after reading: what was read is from before
                raise ValueError('it has changed since it was opened')

    def _now(self) -> tuple[int, int]:
        status = os.fstat(self._descriptor)
        return status.st_size, status.st_mtime_ns


def write(path: pathlib.Path, arrays: Mapping[str, np.ndarray], compress: bool = False) -> None:
    """Saves {name: array}, whole or not at all; what is too large is not compressed. Raises OSError."""
    too_large = sum(np.asarray(array).nbytes for array in arrays.values()) > MAX_COMPRESSED_BYTES
    compression = zipfile.ZIP_DEFLATED if compress and not too_large else zipfile.ZIP_STORED
    with replacing(path) as file, zipfile.ZipFile(file, 'w', compression) as archive:
        for name, array in arrays.items():  # np.savez takes no array of the name `file`
            with archive.open(f'{name}.npy', 'w', force_zip64=True) as member:
                np.lib.format.write_array(member, np.asarray(array), allow_pickle=False)


def bytes_in_memory(arrays: Mapping[str, np.ndarray | Rows]) -> int:
    """Returns the bytes of {name: array}, without what stays in a file."""
    held = [array for array in arrays.values() if isinstance(array, np.ndarray)]
    return sum(array.nbytes for array in held if not isinstance(array.base, mmap.mmap))


def is_compressed(path: pathlib.Path) -> bool:
    """Whether the first member of a file has to be inflated; False for what is no zip or unreadable."""
    try:
        with npz.open_file(path) as file:
            begin = file.read(10)
    except (OSError, ValueError):
        return False
    return begin[:4] == b'PK\x03\x04' and begin[8:10] != b'\0\0'


def _require_size(members: Iterable[npz.Member], limit: int, verb: str) -> None:
    """Raises ValueError where arrays claim more bytes together than a limit."""
    size = sum(member.header.size for member in members)
    if size > limit:
        raise ValueError(f'its arrays claim {size:,} bytes, of which {limit:,} {verb}')


@contextlib.contextmanager
def _reading(path: pathlib.Path) -> Iterator[None]:
    """Raises BrokenEpisode where a file could not be read; the error itself where it is the machine's fault."""
    try:
        yield
    except (OSError, ValueError, TypeError, MemoryError) as error:
        if getattr(error, 'errno', None) in _MACHINE_ERRNOS:
            raise
        raise BrokenEpisode(f'{path} cannot be read: {error}') from error
