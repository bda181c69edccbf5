"""Whether episode files are whole, to the last byte."""

import pathlib
from collections.abc import Iterable, Iterator

import numpy as np

from ..errors import UserError
from ..replay import archive, episode_file
from ..replay.archive import BrokenEpisode
from ..replay.infer_spaces import check_alike
from ..spec import Spec


def check(paths: Iterable[pathlib.Path]) -> Iterator[tuple[pathlib.Path, str]]:
    """Reads each file to its end and yields (path, what is wrong with it, or '').

    Episodes must have the same observations and actions as the first whole one.
    """
    first: tuple[pathlib.Path, dict[str, Spec]] | None = None
    for path in paths:
        try:
            specs = _specs(path)
            first = first or (path, specs)
            check_alike(first, (path, specs))
            yield path, ''
        except (BrokenEpisode, UserError) as error:
            yield path, str(error).removeprefix(f'{path} ').removeprefix(f'{path}: ')


def _specs(path: pathlib.Path) -> dict[str, Spec]:
    """Returns {key: `Spec`} of a file. Raises BrokenEpisode where it is not a whole episode."""
    if not episode_file.parse_filename(path.name):
        raise BrokenEpisode(f'{path} is not named like an episode')
    archive.verify(path)
    episode = episode_file.load(path)
    episode_file.check_length(path, episode)
    # Other rows may have is_first, too: the release joined episodes in one file.
    if not episode['is_first'][0] or not episode['is_last'][-1]:
        raise BrokenEpisode(f'{path} must have is_first in its first row and is_last in its last one')
    for key, values in episode.items():
        if not np.isfinite(values).all():
            raise BrokenEpisode(f'{path} has numbers in `{key}` that are not finite')
    return {key: Spec(values.shape[1:], values.dtype) for key, values in episode.items()}
