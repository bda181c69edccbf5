"""Episodes as they lie in files and in memory: {key: [L+1, ...]}, see spec.py."""

import datetime
import hashlib
import re

import numpy as np

from ..spec import FLAGS
from .archive import BrokenEpisode, open_arrays

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
        raise BrokenEpisode(f'{path} must have the same number of rows in each key, 2 or more. Received: {lengths}')
    for key, dtype in (('action', np.float32), ('reward', np.float32), *((flag, np.bool_) for flag in FLAGS)):
        episode[key] = episode[key].astype(dtype, copy=False)
        if episode[key].ndim != 1 + (key == 'action'):
            raise BrokenEpisode(
                f'{path}: `{key}` must be {"vectors" if key == "action" else "a number per row"}. '
                f'Received: {episode[key].shape}'
            )
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
            raise BrokenEpisode(
                f'rows of `{key}` must be {dtype} of the shape {tuple(spec.shape)}. '
                f'Received: {rows.dtype} of {rows.shape[1:]}'
            )


class FinishedEpisode:
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
