"""The arrays of an episode file, and what makes it one: the same checks for every reader."""

import pathlib
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from ..spec import NOT_OBSERVED, Spec
from . import values
from .archive import ArrayFile, BrokenEpisode, Rows

NEEDED = {'action', 'reward', 'is_last', 'is_terminal'}  # is_first is filled in
MAX_KEYS_SHOWN = 10


class EpisodeArrays(Mapping[str, np.ndarray]):
    """The arrays {key: [L+1, ...]} of an episode file, in the dtypes that are kept.

    What the headers, actions, rewards and flags say is checked at once; other arrays are opened when they are
    first touched, and their numbers are checked then.

    Args:
      path: of the file, ours or the release's.
      mapped: see `ArrayFile`.

    Attributes:
      path: of the file.
      specs: {key: `Spec`} of its rows.

    Raises:
      BrokenEpisode: no episode can be read from it.
    """

    def __init__(self, path: pathlib.Path, mapped: bool = True):
        self.path, self._mapped = path, mapped
        self._file = ArrayFile(path, mapped)
        headers = self._file.headers
        missing = NEEDED - set(headers)
        if missing:
            raise BrokenEpisode(f'{path} lacks {", ".join(sorted(missing))}')
        lengths = {key: header.shape[0] if header.shape else 0 for key, header in headers.items()}
        rows = lengths['reward']
        if set(lengths.values()) != {rows} or rows < 2:
            shown = ', '.join(f'{key}: {length:,}' for key, length in list(lengths.items())[:MAX_KEYS_SHOWN])
            raise BrokenEpisode(f'{path} must have the same number of rows in each key, 2 or more. Received: {shown}')
        self._columns: dict[str, np.ndarray | Rows] = {}
        self._usable: set[str] = set()  # keys whose numbers are checked
        try:
            self.specs = {
                key: Spec(header.shape[1:], values.dtype_of(header.dtype, key)) for key, header in headers.items()
            }
        except TypeError as error:
            raise BrokenEpisode(f'{path} cannot be read: {error}') from error
        if 'is_first' not in headers:
            self._columns['is_first'] = np.arange(rows) == 0
            self.specs['is_first'] = Spec((), np.dtype(np.bool_))
        for key in NOT_OBSERVED:
            shape = self.specs[key].shape
            if len(shape) != (key == 'action') or 0 in shape:
                wanted = 'vectors' if key == 'action' else 'a number per row'
                raise BrokenEpisode(f'{path}: `{key}` must be {wanted}. Received: {(rows, *shape)}')
            self._columns[key] = self[key]  # where files are not mapped, it stays in memory
        if not self['is_first'][0] or not self['is_last'][-1]:  # other rows may have is_first: the release joins files
            raise BrokenEpisode(f'{path} must have is_first in its first row and is_last in its last one')

    def __getitem__(self, key: str) -> np.ndarray:
        """Returns an array whole, whose numbers are checked. Raises BrokenEpisode."""
        column = self.column(key)
        array = column if isinstance(column, np.ndarray) else column[:]
        if key not in self._usable and not key.startswith('log_'):  # never learned from
            self._require_usable(key, array)
            self._usable.add(key)
        return array

    def __iter__(self) -> Iterator[str]:
        return iter(self.specs)

    def __len__(self) -> int:
        return len(self.specs)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.path, self._mapped)

    def column(self, key: str) -> np.ndarray | Rows:
        """Returns an array to be sliced. Numbers of mapped ones and of `Rows` are not checked.

        Raises:
          BrokenEpisode: it cannot be read.
        """
        if key not in self._columns:
            column = self._file.open(key)
            if column.dtype != self.specs[key].dtype:
                column = self._kept(key, column if isinstance(column, np.ndarray) else column[:])
            self._columns[key] = column
        return self._columns[key]

    def verify(self) -> None:
        """Reads every array to its end. Raises BrokenEpisode: a checksum does not agree, or a number cannot be used."""
        for key in self._file.headers:
            array = self._file.read(key)
            if not key.startswith('log_'):  # never learned from
                self._require_usable(key, self._kept(key, array))

    def _kept(self, key: str, column: np.ndarray) -> np.ndarray:
        """Returns an array in the dtype that is kept; itself where it has it."""
        try:
            return values.stored(column, key)
        except ValueError as error:
            raise BrokenEpisode(f'{self.path}: `{key}` {error}') from error

    def _require_usable(self, key: str, array: np.ndarray) -> None:
        try:
            values.require_usable(array)
        except ValueError as error:
            raise BrokenEpisode(f'{self.path}: `{key}` {error}') from error
