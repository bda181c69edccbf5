"""Whether episode files are whole, to the last byte."""

import numpy as np

from ..errors import UserError
from ..replay import archive, episode_file
from ..replay.infer_spaces import check_alike
from ..spec import Spec


def check(paths):
    """Yields (path, what is wrong with it, or '') of files, each read as a whole.

    An episode must be alike the first whole one.
    """
    first = None
    for path in paths:
        try:
            specs = _specs(path)
            first = first or (path, specs)
            check_alike(first, (path, specs))
            yield path, ''
        except (archive.BrokenEpisode, UserError) as error:
            yield path, str(error).removeprefix(f'{path} ').removeprefix(f'{path}: ')


def _specs(path):
    """{key: `Spec`} of a file. Raises BrokenEpisode where it is not a whole episode."""
    if not episode_file.parse_filename(path.name):
        raise archive.BrokenEpisode(f'{path} is not named like an episode')
    archive.verify(path)
    episode = episode_file.load(path)
    episode_file.check_length(path, episode)
    if not episode['is_first'][0] or not episode['is_last'][-1]:  # the release joins some, see SPEC
        raise archive.BrokenEpisode(f'{path} must have is_first in its first row and is_last in its last one')
    for key, values in episode.items():
        if not np.isfinite(values).all():
            raise archive.BrokenEpisode(f'{path} has numbers in `{key}` that are not finite')
    return {key: Spec(values.shape[1:], values.dtype) for key, values in episode.items()}
