"""An episode that is going on, in memory."""

from collections.abc import Iterable, Mapping
from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from ..errors import RunError
from ..spec import FLAGS
from .episode_file import FinishedEpisode
from .values import stored

INITIAL_ROWS = 64  # that an episode has room for in the beginning


class OpenEpisode:
    """An episode that is going on; it grows row by row.

    Args:
      digest: of the file that it will have.

    Attributes:
      rows: how many there are.
    """

    def __init__(self, digest: str):
        self.digest, self.rows = digest, 0
        self._columns: dict[str, np.ndarray] = {}  # the first `rows` rows of each are filled

    @classmethod
    def of(cls, digest: str, arrays: Mapping[str, np.ndarray]) -> Self:
        """Returns an episode whose rows so far are {key: [rows, ...]}."""
        running = cls(digest)
        running.rows = len(arrays['reward'])
        running._columns = {key: np.array(value) for key, value in arrays.items()}
        return running

    def add(self, row: Mapping[str, ArrayLike]) -> None:
        """Appends a row {key: [...]}, in the dtypes that are kept.

        Raises:
          RunError: a number does not fit the dtype in which it is kept.
        """
        for key, given in row.items():
            try:
                value = stored(given)
            except ValueError as error:
                raise RunError(f'`{key}` of the environment {error}') from error
            column = _with_room(self._columns.get(key), self.rows, value)
            column[self.rows] = value
            self._columns[key] = column
        self.rows += 1

    def slices(self, keys: Iterable[str], start: int, stop: int) -> dict[str, np.ndarray]:
        """Returns {key: rows start .. stop-1}."""
        return {key: self._columns[key][start:stop] for key in keys}

    def arrays(self, truncated: bool = False) -> dict[str, np.ndarray]:
        """Returns all rows as {key: [L+1, ...]}; `truncated` sets is_last on the last one."""
        arrays = {key: stored(value) for key, value in self.slices(self._columns, 0, self.rows).items()}
        arrays |= {key: arrays[key].astype(bool) for key in FLAGS}
        arrays['is_last'][-1] |= truncated
        return arrays


Episode = FinishedEpisode | OpenEpisode  # what pieces are drawn from


def _with_room(column: np.ndarray | None, rows: int, value: np.ndarray) -> np.ndarray:
    """Returns a column with `rows` values in which another one fits: itself, or a copy twice as long."""
    if column is None:
        return np.empty((INITIAL_ROWS, *value.shape), value.dtype)
    dtype = np.result_type(column, value)
    if rows < len(column) and dtype == column.dtype:
        return column
    longer = np.empty((2 * rows, *column.shape[1:]), dtype)
    longer[:rows] = column[:rows]
    return longer
