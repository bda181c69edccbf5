"""Episodes in files and in memory: {key: [L+1, ...]}, rows as in spec.py."""

import datetime
import hashlib
import pathlib
import re
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from ..spec import FLAGS, Spec
from .archive import BrokenEpisode, open_arrays

STAMP = '%Y%m%dT%H%M%S'
_NAME = re.compile(r'(\d{8}T\d{6})-([0-9a-f]{32})-(\d+)\.npz')


class Name(NamedTuple):
    """The parts of an episode file's name."""

    stamp: str  # when it was written, YYYYmmddTHHMMSS
    digest: str
    length: int  # agent steps


def digest(seed: int | str | pathlib.Path, env_index: int, number: int | str) -> str:
    """Returns 32 hex digits that stand for an episode of a run, the same in every rerun of its seed."""
    return hashlib.blake2b(f'{seed}/{env_index}/{number}'.encode(), digest_size=16).hexdigest()


def filename(stamp: str, digest: str, length: int) -> str:
    """Returns a file's name; the stamp is YYYYmmddTHHMMSS, the length in agent steps."""
    return f'{stamp}-{digest}-{length}.npz'


def parse_filename(name: str) -> Name | None:
    """Returns the parts of a file name, or None where it is no episode's."""
    match = _NAME.fullmatch(name)
    if match is None:
        return None
    try:
        later(match.group(1))
    except (ValueError, OverflowError):
        return None  # no date
    return Name(match.group(1), match.group(2), int(match.group(3)))


def parse_known(path: pathlib.Path) -> Name:
    """Returns the parts of the name of a file that is known to be named like an episode."""
    name = parse_filename(path.name)
    assert name is not None, path
    return name


def later(stamp: str) -> str:
    """Returns the stamp of a second later."""
    after = datetime.datetime.strptime(stamp, STAMP) + datetime.timedelta(seconds=1)
    return after.strftime(STAMP)


def stored(values: ArrayLike) -> np.ndarray:
    """Returns an array in the form that is kept: float32, int32, uint8 or bool; itself if it has that form.

    Raises:
      TypeError: it holds something else.
    """
    value = np.asarray(values)
    if np.issubdtype(value.dtype, np.floating):
        return value.astype(np.float32, copy=False)
    if value.dtype in (np.uint8, np.bool_):
        return value
    if np.issubdtype(value.dtype, np.integer):
        return value.astype(np.int32, copy=False)
    raise TypeError(f'experience may be numbers or bool. Received: dtype={value.dtype}')


def load(path: pathlib.Path) -> dict[str, np.ndarray]:
    """Returns the episode {key: [L+1, ...]} of a file, ours or the release's; a missing is_first is filled in.

    Of uncompressed files only the rewards are read, to check them; other arrays are read when they are touched.

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


def require_keys(path: pathlib.Path, keys: Iterable[str]) -> None:
    """Raises BrokenEpisode unless a file's keys are those of an episode."""
    missing = {'action', 'reward', 'is_last', 'is_terminal'} - set(keys)
    if missing:
        raise BrokenEpisode(f'{path} lacks {", ".join(sorted(missing))}')


def check_length(path: pathlib.Path, episode: Mapping[str, np.ndarray]) -> None:
    """Raises BrokenEpisode unless an episode has as many steps as its file's name says."""
    steps = len(episode['reward']) - 1
    if steps != parse_known(path).length:
        raise BrokenEpisode(f'{path} holds {steps} steps, other than its name says')


def check_fits(episode: Mapping[str, np.ndarray], specs: Mapping[str, Spec]) -> None:
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
    """A whole episode, whose arrays are read when they are needed.

    Args:
      digest: of its file.
      read: function of the digest that returns {key: [L+1, ...]}.
      rows: L+1.
    """

    def __init__(self, digest: str, read: Callable[[str], Mapping[str, np.ndarray]], rows: int):
        self.digest, self._read, self.rows = digest, read, rows

    def slices(self, keys: Iterable[str], start: int, stop: int) -> dict[str, np.ndarray]:
        """Returns {key: rows start .. stop-1}. Raises BrokenEpisode."""
        arrays = self._read(self.digest)
        return {key: arrays[key][start:stop] for key in keys}
