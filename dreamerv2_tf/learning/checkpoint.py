"""Checkpoints: names -> arrays in one `.npz`, written whole or not at all."""

import pathlib
import zipfile
import zlib

import numpy as np

from ..errors import UserError
from ..files import remove_unfinished, replacing


class Checkpoints:
    """The newest checkpoints of a run, `FOLDER/<agent steps>.npz`.

    Args:
      folder: made when the first one is written.
      keep: how many are kept.
    """

    def __init__(self, folder, keep=2):
        self.folder, self._keep = pathlib.Path(folder), keep
        remove_unfinished(self.folder)

    def save(self, agent_steps, state):
        """Writes {name: array or variable}, whole or not at all."""
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / f'{agent_steps:012d}.npz'
        with replacing(path) as file:
            np.savez(file, **{name: np.asarray(value) for name, value in state.items()})
        for old in self.paths()[:-self._keep]:
            old.unlink()
        return path

    def paths(self):
        """All checkpoints, oldest first."""
        return sorted(self.folder.glob('[0-9]*.npz'))

    def load(self):
        """{name: array} of the newest checkpoint, or None where there is none.

        Raises:
          UserError: it cannot be read.
        """
        paths = self.paths()
        if not paths:
            return None
        try:
            with np.load(paths[-1], allow_pickle=False) as file:
                return {name: file[name] for name in file.files}
        except (OSError, ValueError, TypeError, EOFError, RuntimeError, zipfile.BadZipFile,
                zlib.error) as error:
            raise UserError(
                f'cannot read the checkpoint {paths[-1]}: {error}. Without that file the run goes on '
                f'from {"the one before" if len(paths) > 1 else "its beginning"}') from error


def restore(variables, arrays):
    """Assigns arrays {name: array} to variables {name: variable} of the same names and shapes.

    Raises:
      UserError: a name is missing, or a shape differs; then nothing is assigned.
    """
    wrong = [
        f'{name} is {tuple(arrays[name].shape)} there and {tuple(variable.shape)} here'
        for name, variable in variables.items()
        if name in arrays and arrays[name].shape != tuple(variable.shape)]
    wrong += [f'{name} is missing there' for name in variables if name not in arrays]
    if wrong:
        more = f' and {len(wrong) - 5} more' if len(wrong) > 5 else ''
        raise UserError('the checkpoint was made with other settings: '
                        f'{"; ".join(wrong[:5])}{more}')
    for name, variable in variables.items():
        variable.assign(arrays[name])
