"""Which saved episodes are looked at."""

import pathlib

from ..errors import UserError
from ..replay import episode as episodes
from ..replay.archive import BrokenEpisode


def newest(logdir):
    """The file of the newest evaluation episode of a run, or else of the newest training episode.

    Raises:
      UserError: there is neither.
    """
    folders = [pathlib.Path(logdir).expanduser() / name for name in ('eval_episodes', 'train_episodes')]
    found = next(filter(None, map(files, folders)), None)
    if found is None:
        raise UserError(f'there is no episode in {folders[0]} or {folders[1]}')
    return found[-1]


def files(folder):
    """The files of a folder that are named like episodes, oldest first."""
    return [path for path in sorted(pathlib.Path(folder).expanduser().glob('*.npz'))
            if episodes.parse_filename(path.name)]


def read(path):
    """{key: [L+1, ...]} of a file. Raises UserError where it holds no episode."""
    try:
        return episodes.load(pathlib.Path(path).expanduser())
    except BrokenEpisode as error:
        raise UserError(str(error)) from error
