"""Episodes as they lie in files and in memory: {key: [L+1, ...]}, see spec.py."""

import datetime
import hashlib
import re

import numpy as np

from ..spec import FLAGS
from .archive import BrokenEpisode, open_arrays

FIRST_ROWS = 64  # that an episode has room for in the beginning
STAMP = '%Y%m%dT%H%M%S'
_NAME = re.compile(r'(\d{8}T\d{6})-([0-9a-f]{32})-(\d+)\.npz')


def digest(seed, env_index, number):
    """32 hex digits that stand for an episode of a run, the same in every rerun of its seed."""
    return hashlib.blake2b(f'{seed}/{env_index}/{number}'.encode(), digest_size=16).hexdigest()


def filename(stamp, digest, length):
    """stamp YYYYmmddTHHMMSS, length in agent steps."""
    return f'{stamp}-{digest}-{length}.npz'


def parse_filename(name):
    """(stamp, digest, length) of a file name, or None where it is no episode's."""
    found = _NAME.fullmatch(name)
    try:
        later(found and found.group(1))
    except (TypeError, ValueError, OverflowError):
        return None  # another form, or no date
    return found.group(1), found.group(2), int(found.group(3))


def later(stamp):
    """The stamp of a second later."""
    after = datetime.datetime.strptime(stamp, STAMP) + datetime.timedelta(seconds=1)
    return after.strftime(STAMP)


def stored(value):
    """An array in the form it is kept in: float32, int32, uint8 or bool; itself if it is in it."""
    value = np.asarray(value)
    if np.issubdtype(value.dtype, np.floating):
        return value.astype(np.float32, copy=False)
    if value.dtype in (np.uint8, np.bool_):
        return value
    if np.issubdtype(value.dtype, np.integer):
        return value.astype(np.int32, copy=False)
    raise TypeError(f'experience may be numbers or bool. Received: dtype={value.dtype}')


def load(path):
    """The episode of a file, ours or the release's. A missing is_first is made up.

    Arrays of uncompressed files are read when they are touched; but rewards, which are looked at.

    Raises:
      BrokenEpisode: no such episode can be read from it.
    """
    try:
        episode = {key: stored(value) for key, value in open_arrays(path).items()}
    except TypeError as error:
        raise BrokenEpisode(f'{path} cannot be read: {error}') from error
    require_keys(path, episode)
    if 'is_first' not in episode:
        episode['is_first'] = np.arange(len(episode['reward'])) == 0
    lengths = {key: len(value) if value.ndim else 0 for key, value in episode.items()}
    if len(set(lengths.values())) > 1 or lengths['reward'] < 2:
        raise BrokenEpisode(f'{path} must have the same number of rows in each key, 2 or more. '
                            f'Received: {lengths}')
    for key, dtype in (('action', np.float32), ('reward', np.float32), *((flag, np.bool_) for flag in FLAGS)):
        episode[key] = episode[key].astype(dtype, copy=False)
        if episode[key].ndim != 1 + (key == 'action'):
            raise BrokenEpisode(f'{path}: `{key}` must be {"vectors" if key == "action" else "a number per row"}. '
                                f'Received: {episode[key].shape}')
    if not np.isfinite(episode['reward']).all():
        raise BrokenEpisode(f'{path}: a reward is not finite')
    return episode


def require_keys(path, keys):
    """Raises BrokenEpisode unless a file's keys are those of an episode."""
    missing = {'action', 'reward', 'is_last', 'is_terminal'} - set(keys)
    if missing:
        raise BrokenEpisode(f'{path} lacks {", ".join(sorted(missing))}')


def check_length(path, episode):
    """Raises BrokenEpisode unless an episode has the steps that its file's name says."""
    steps = len(episode['reward']) - 1
    if steps != parse_filename(path.name)[2]:
        raise BrokenEpisode(f'{path} holds {steps} steps, other than its name says')


def check_fits(episode, specs):
    """Raises BrokenEpisode unless the episode has all keys of {key: `Spec`}, in that shape and dtype."""
    for key, spec in specs.items():
        if key not in episode:
            raise BrokenEpisode(f'it lacks `{key}`')
        rows, dtype = episode[key], stored(np.empty(0, spec.dtype)).dtype
        if rows.shape[1:] != tuple(spec.shape) or rows.dtype != dtype:
            raise BrokenEpisode(f'rows of `{key}` must be {dtype} of the shape {tuple(spec.shape)}. '
                                f'Received: {rows.dtype} of {rows.shape[1:]}')


class Finished:
    """A whole episode.

    Args:
      digest: its name.
      read: function of the digest that gives {key: [L+1, ...]}, called when they are needed.
      rows: L+1.
    """

    def __init__(self, digest, read, rows):
        self.digest, self._read, self.rows = digest, read, rows

    def slices(self, keys, start, stop):
        """{key: rows start .. stop-1}. Raises BrokenEpisode."""
        arrays = self._read(self.digest)
        return {key: arrays[key][start:stop] for key in keys}


class Open:
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
