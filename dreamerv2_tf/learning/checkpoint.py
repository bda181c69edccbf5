"""Checkpoints: names -> arrays in one `.npz`, written whole or not at all.

NAME/...    arrays, see `checkpoint_format`
hash        of all names, dtypes, shapes and contents before it; files of 0.1, and early ones of 0.2, have none
complete    True, written last
"""

import errno
import hashlib
import logging
import os
import pathlib
import zipfile
from collections.abc import Mapping
from typing import Any, BinaryIO, Literal, NamedTuple

import numpy as np

from ..errors import UserError
from ..files import remove_unfinished, replacing
from ..replay import npz

SENTINEL = 'complete'  # the last array of a file
HASH = 'hash'  # the last but one
MAX_COMPRESSED_BYTES = 2**30  # that the compressed arrays of a file may claim; those written here are not

_log = logging.getLogger(__name__)


class BrokenCheckpoint(UserError):
    """A file that holds no checkpoint."""


class File(NamedTuple):
    """What a file holds."""

    arrays: dict[str, np.ndarray]  # {name: array}
    hash_holds: bool | None  # whether they are those that were written; None where the file has no hash


class Checkpoints:
    """The newest checkpoints of a run, `FOLDER/<agent steps>.npz`, and the best, `best-<agent steps>.npz`.

    Args:
      folder: made when the first one is written.
      keep: how many of the newest are kept.
    """

    def __init__(self, folder: str | pathlib.Path, keep: int = 2) -> None:
        self.folder, self._keep = pathlib.Path(folder), keep
        for path in remove_unfinished(self.folder):
            _log.warning('the checkpoint %s was not finished and is left out', path)

    def save(self, agent_steps: int, arrays: Mapping[str, Any]) -> pathlib.Path:
        """Writes {name: array or variable}, whole or not at all. Returns its path."""
        path = self._write(f'{agent_steps:012d}', arrays)
        for old in self.paths()[: -self._keep]:
            old.unlink()
        return path

    def save_best(self, agent_steps: int, arrays: Mapping[str, Any]) -> None:
        """Writes it as the best one, instead of the one before."""
        best = self._write(f'best-{agent_steps:012d}', arrays)
        for old in find(self.folder, 'best-*'):
            if old != best:
                old.unlink()

    def _hint(self) -> str:
        best = find(self.folder, 'best-*')
        return f'; or it goes on from a copy of {best[0].name} as {best[0].name[5:]}' if best else ''

    def _write(self, name: str, arrays: Mapping[str, Any]) -> pathlib.Path:
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / f'{name}.npz'
        write(path, arrays)
        return path

    def paths(self) -> list[pathlib.Path]:
        """The newest checkpoints, oldest first."""
        return find(self.folder)

    def load(self) -> dict[str, np.ndarray] | None:
        """Returns {name: array} of the newest checkpoint that can be read, or None where there is none at all.

        Broken ones are renamed to `*.broken`, with a warning.

        Raises:
          UserError: there are some, and all are broken; or the newest cannot be read now.
        """
        paths = self.paths()
        for path in reversed(paths):
            try:
                return read(path)
            except BrokenCheckpoint as error:
                _log.warning('%s; it is left out as %s.broken', error, path.name)
                path.rename(path.with_name(f'{path.name}.broken'))
        if paths or any(self.folder.glob('*.broken')):
            raise UserError(
                f'no checkpoint in {self.folder} can be read. Without the files *.broken there the '
                f'run begins anew, with the episodes that it has{self._hint()}'
            )
        return None


def find(folder: pathlib.Path, name: str = '[0-9]*') -> list[pathlib.Path]:
    """Returns the paths of checkpoints in a folder, oldest first; `name` is a pattern, such as best-*."""
    return sorted(folder.glob(f'{name}.npz'))


def write(path: pathlib.Path, arrays: Mapping[str, Any]) -> None:
    """Writes {name: array or variable} as a checkpoint, whole or not at all. Raises OSError."""
    whole: dict[str, Any] = {name: np.asarray(value) for name, value in arrays.items() if name not in (HASH, SENTINEL)}
    whole[HASH] = np.array(hash_of(whole))
    whole[SENTINEL] = np.array(True)
    with replacing(path) as file:
        np.savez(file, **whole)


def read(path: pathlib.Path) -> dict[str, np.ndarray]:
    """Returns {name: array} of a checkpoint.

    Raises:
      BrokenCheckpoint: the file is no checkpoint, not whole, or holds other arrays than were written; names it.
      UserError: the file cannot be opened or read now.
    """
    arrays, hash_holds = read_file(path)
    if hash_holds is False:
        raise BrokenCheckpoint(f'cannot read the checkpoint {path}: its arrays are not those that its hash was made of')
    return arrays


def read_file(path: pathlib.Path) -> File:
    """Returns the arrays of a checkpoint and whether its hash holds; otherwise as `read`."""
    try:
        with npz.open_file(path) as file:
            arrays = _arrays(file)
    except Exception as error:  # whatever parsing raises
        now = isinstance(error, MemoryError) or getattr(error, 'errno', None) not in (None, errno.EINVAL)
        kind = UserError if now else BrokenCheckpoint
        raise kind(f'cannot read the checkpoint {path}: {error or "not enough memory"}') from error
    sentinel, stored = arrays.pop(SENTINEL, None), arrays.pop(HASH, None)
    if sentinel is None or sentinel.dtype != np.bool_ or sentinel.shape or not sentinel:
        raise BrokenCheckpoint(f'cannot read the checkpoint {path}: it is not complete')
    return File(arrays, None if stored is None else str(stored) == hash_of(arrays))


def hash_of(arrays: Mapping[str, np.ndarray]) -> str:
    """Returns 32 hex digits that stand for the names, dtypes, shapes and contents of {name: array}."""
    total = hashlib.blake2b(digest_size=16)
    for name, array in sorted(arrays.items()):
        total.update(repr((name, array.dtype.str, array.shape)).encode())
        total.update(array.tobytes())
    return total.hexdigest()


def _arrays(file: BinaryIO) -> dict[str, np.ndarray]:
    """Returns {name: array} of a file; sizes are compared before room is made. Raises all kinds of errors."""
    with zipfile.ZipFile(file) as archive:
        infos = archive.infolist()
        stored, compressed = (
            sum(info.file_size for info in infos if (info.compress_type == zipfile.ZIP_STORED) == is_stored)
            for is_stored in (True, False)
        )
        if stored > os.fstat(file.fileno()).st_size or compressed > MAX_COMPRESSED_BYTES:
            raise ValueError(f'it claims to hold {stored + compressed:,} bytes')
        arrays = {info.filename.removesuffix('.npy'): _array(archive, info) for info in infos}
        if len(arrays) < len(infos):
            raise ValueError('two arrays have the same name')
        return arrays


def _array(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> np.ndarray:
    with archive.open(info) as stream:
        header = npz.read_header(stream)
    if header.length + header.size != info.file_size:
        raise ValueError(f'{info.filename} claims {header.size} bytes and has {info.file_size - header.length}')
    with archive.open(info) as stream:
        content = bytearray(stream.read())  # compares the checksum
    order: Literal['F', 'C'] = 'F' if header.by_columns else 'C'
    return np.ndarray(header.shape, header.dtype, content, header.length, order=order)


def check(variables: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> None:
    """Compares arrays {name: array} with variables {name: variable} that they are to be assigned to.

    Raises:
      UserError: a name is missing, or a shape or a kind of numbers differs.
    """
    wrong = []
    for name, variable in variables.items():
        array = arrays.get(name)
        if array is None:
            continue
        if array.shape != tuple(variable.shape):
            wrong.append(f'{name} is {array.shape} there and {tuple(variable.shape)} here')
        elif not np.can_cast(array.dtype, variable.dtype.as_numpy_dtype, 'same_kind'):
            wrong.append(f'{name} is of {array.dtype} there and of {variable.dtype.name} here')
    wrong += [f'{name} is missing there' for name in variables if name not in arrays]
    if wrong:
        more = f' and {len(wrong) - 5} more' if len(wrong) > 5 else ''
        raise UserError(f'the checkpoint was made with other settings: {"; ".join(wrong[:5])}{more}')
