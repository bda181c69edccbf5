"""Finds the spaces of an environment from the episodes that it recorded."""

import logging
import pathlib
from collections.abc import Mapping, Sequence

import numpy as np
import rich.progress

from ..errors import UserError
from ..spec import NOT_OBSERVED, ActionPart, ActionSpec, Spaces, Spec, observed
from .archive import BrokenEpisode
from .episode_file import load

MIN_FILES_WITH_BAR = 200  # from which on progress is shown

_log = logging.getLogger(__name__)


def find(paths: Sequence[pathlib.Path]) -> Spaces:
    """Returns the `Spaces` of the episodes in files, from their headers, actions, rewards and flags alone.

    Actions are discrete where all are one-hot. Files that cannot be read are left out with a warning.

    Raises:
      UserError: none can be read, or two of them do not fit each other; names both.
    """
    first: tuple[pathlib.Path, dict[str, Spec]] | None = None
    one_hot = True
    for path in rich.progress.track(
        paths, 'reading headers of episodes', disable=len(paths) < MIN_FILES_WITH_BAR, transient=True
    ):
        try:
            episode = load(path, mapped=False)
        except BrokenEpisode as error:
            _log.warning('%s; it is left out', error)
            continue
        first = first or (path, episode.specs)
        check_alike(first, (path, episode.specs))
        one_hot = one_hot and is_one_hot(episode['action'])
    if first is None:
        raise UserError('there is no episode that can be read')
    observation = {key: spec for key, spec in first[1].items() if key not in NOT_OBSERVED}
    return Spaces(observation, ActionSpec((ActionPart(first[1]['action'].shape[0], one_hot),)))


def is_one_hot(actions: np.ndarray) -> bool:
    """Whether actions [T, A] are choices among A, 2 or more; rows of zeros, with which episodes begin, do not count.

    Actions that are all zeros are no choices, but those of something continuous that rests.
    """
    taken, size = actions[actions.any(1)], actions.shape[1]
    return size > 1 and len(taken) > 0 and np.array_equal(np.eye(size)[taken.argmax(1)], taken)


def check_alike(one: tuple[pathlib.Path, Mapping[str, Spec]], other: tuple[pathlib.Path, Mapping[str, Spec]]) -> None:
    """Raises UserError unless two (path, {key: `Spec`}) have the same observations and actions of one size."""
    rows, others = ({key: specs[key] for key in (*observed(specs), 'action')} for _, specs in (one, other))
    for key in sorted({*rows, *others}):
        if rows.get(key) != others.get(key):
            have, others_have = (
                'lacks it' if spec is None else f'has {tuple(spec.shape)} {np.dtype(spec.dtype).name}'
                for spec in (rows.get(key), others.get(key))
            )
            raise UserError(
                f'episodes must be alike, but their rows of `{key}` differ: {one[0]} {have}, {other[0]} {others_have}'
            )
