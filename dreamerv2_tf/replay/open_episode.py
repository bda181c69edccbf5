"""An episode that is going on, as it lies in memory."""

import numpy as np

from ..spec import FLAGS
from .episode_file import stored

FIRST_ROWS = 64  # that an episode has room for in the beginning


class OpenEpisode:
    """An episode that is going on; it grows row by row.

    Args:
      digest: the name that it will have.

    Attributes:
      rows: how many there are.
    """

    def __init__(self, digest):
        self.digest, self.rows = digest, 0
        self._columns = {}  # key -> array whose first `rows` rows are filled

    @classmethod
    def of(cls, digest, arrays):
        """An episode whose rows so far are {key: [rows, ...]}."""
        running = cls(digest)
        running.rows = len(arrays['reward'])
        running._columns = {key: np.array(value) for key, value in arrays.items()}
        return running

    @property
    def newest(self):
        """The newest row."""
        return {key: column[self.rows - 1] for key, column in self._columns.items()}

    def add(self, row):
        for key, value in row.items():
            column = _with_room(self._columns.get(key), self.rows, np.asarray(value))
            column[self.rows] = value
            self._columns[key] = column
        self.rows += 1

    def slices(self, keys, start, stop):
        """{key: rows start .. stop-1}."""
        return {key: self._columns[key][start:stop] for key in keys}

    def arrays(self, truncated=False):
        """All rows as {key: [L+1, ...]}; `truncated` sets is_last on the last one."""
        arrays = {key: stored(value) for key, value in self.slices(self._columns, 0, self.rows).items()}
        arrays |= {key: arrays[key].astype(bool) for key in FLAGS}
        arrays['is_last'][-1] |= truncated
        return arrays


def _with_room(column, rows, value):
    """A column with `rows` values in which another one fits: itself, or a copy twice as long."""
    if column is None:
        return np.empty((FIRST_ROWS, *value.shape), value.dtype)
    dtype = np.result_type(column, value)
    if rows < len(column) and dtype == column.dtype:
        return column
    longer = np.empty((2 * rows, *column.shape[1:]), dtype)
    longer[:rows] = column[:rows]
    return longer
