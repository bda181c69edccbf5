"""Whether episode files are whole, to the last byte."""

import pathlib
from collections.abc import Iterable, Iterator

from ..errors import UserError
from ..replay import episode_file
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
            if not episode_file.parse_filename(path.name):
                raise BrokenEpisode(f'{path} is not named like an episode')
            episode = episode_file.load(path, mapped=False)
            first = first or (path, episode.specs)
            check_alike(first, (path, episode.specs))
            episode.verify()
            yield path, ''
        except (BrokenEpisode, UserError) as error:
            yield path, str(error).removeprefix(f'{path} ').removeprefix(f'{path}: ')
