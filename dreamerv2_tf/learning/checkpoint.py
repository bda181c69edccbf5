"""Checkpoints: names -> arrays in one `.npz`, written whole or not at all."""

import logging
import pathlib
import zipfile
import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np

from ..errors import UserError
from ..files import remove_unfinished, replacing

SENTINEL = 'complete'  # the last array of a file
_BROKEN = (OSError, ValueError, TypeError, EOFError, RuntimeError, MemoryError, zipfile.BadZipFile, zlib.error)

_log = logging.getLogger(__name__)


class BrokenCheckpoint(UserError):
    """A file that holds no checkpoint."""


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
        whole: dict[str, Any] = {key: np.asarray(value) for key, value in arrays.items()}
        whole[SENTINEL] = np.array(True)
        with replacing(path) as file:
            np.savez(file, **whole)
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


def read(path: pathlib.Path) -> dict[str, np.ndarray]:
    """Returns {name: array} of a checkpoint.

    Raises:
      BrokenCheckpoint: the file is no checkpoint, or not whole; names it.
      UserError: the file cannot be opened or read now.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
    except _BROKEN as error:
        kind = UserError if getattr(error, 'errno', None) else BrokenCheckpoint
        raise kind(f'cannot read the checkpoint {path}: {error}') from error
    if not arrays.pop(SENTINEL, False):
        raise BrokenCheckpoint(f'cannot read the checkpoint {path}: it is not complete')
    return arrays


def check(variables: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> None:
    """Compares arrays {name: array} with variables {name: variable} that they are to be assigned to.

    Raises:
      UserError: a name is missing, or a shape differs.
    """
    wrong = [
        f'{name} is {tuple(arrays[name].shape)} there and {tuple(variable.shape)} here'
        for name, variable in variables.items()
        if name in arrays and arrays[name].shape != tuple(variable.shape)
    ]
    wrong += [f'{name} is missing there' for name in variables if name not in arrays]
    if wrong:
        more = f' and {len(wrong) - 5} more' if len(wrong) > 5 else ''
        raise UserError(f'the checkpoint was made with other settings: {"; ".join(wrong[:5])}{more}')
