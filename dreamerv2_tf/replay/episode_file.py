"""Episodes in files and in memory: {key: [L+1, ...]}, rows as in spec.py."""

import datetime
import hashlib
import pathlib
import re
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

import numpy as np

from ..spec import Spec
from .archive import BrokenEpisode, Rows
from .episode_arrays import EpisodeArrays
from .values import dtype_of

STAMP = '%Y%m%dT%H%M%S'
_NAME = re.compile(r'([0-9]{8}T[0-9]{6})-([0-9a-f]{32})-([0-9]{1,8})\.npz')  # fewer than 100 million steps


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


def load(path: pathlib.Path, mapped: bool = True) -> EpisodeArrays:
    """Returns the episode {key: [L+1, ...]} of a file, ours or the release's; decides whether it is one.

    Args:
      path: of the file; if it is named like an episode, the name must tell its length.
      mapped: False for files that others may change meanwhile, see archive.py.

    Raises:
      BrokenEpisode: no such episode can be read from it.
    """
    episode = EpisodeArrays(path, mapped)
    if parse_filename(path.name):
        check_length(path, episode)
    return episode


def check_length(path: pathlib.Path, episode: Mapping[str, np.ndarray]) -> None:
    """Raises BrokenEpisode unless an episode has as many steps as its file's name says."""
    steps = len(episode['reward']) - 1
    if steps != parse_known(path).length:
        raise BrokenEpisode(f'{path} holds {steps} steps, other than its name says')


def check_fits(episode: Mapping[str, np.ndarray], specs: Mapping[str, Spec]) -> None:
    """Raises BrokenEpisode unless the episode has all keys of {key: `Spec`}, in that shape and dtype."""
    check_specs({key: Spec(rows.shape[1:], rows.dtype) for key, rows in episode.items()}, specs)


def check_specs(found: Mapping[str, Spec], specs: Mapping[str, Spec]) -> None:
    """Raises BrokenEpisode unless {key: `Spec`} that were found have all keys of others, in that shape and dtype."""
    for key, spec in specs.items():
        if key not in found:
            raise BrokenEpisode(f'it lacks `{key}`')
        shape, dtype = tuple(spec.shape), dtype_of(np.dtype(spec.dtype))
        if found[key] != Spec(shape, dtype):
            raise BrokenEpisode(
                f'rows of `{key}` must be {dtype} of the shape {shape}. '
                f'Received: {found[key].dtype} of {found[key].shape}'
            )


class FinishedEpisode:
    """A whole episode, whose arrays are read when they are needed.

    Args:
      digest: of its file.
      read: function of the digest that returns {key: [L+1, ...]}.
      rows: L+1.
    """

    def __init__(self, digest: str, read: Callable[[str], Mapping[str, np.ndarray | Rows]], rows: int):
        self.digest, self._read, self.rows = digest, read, rows

    def slices(self, keys: Iterable[str], start: int, stop: int) -> dict[str, np.ndarray]:
        """Returns {key: rows start .. stop-1}. Raises BrokenEpisode, with the digest."""
        try:
            arrays = self._read(self.digest)
            return {key: arrays[key][start:stop] for key in keys}
        except BrokenEpisode as error:
            error.digest = self.digest
            raise
