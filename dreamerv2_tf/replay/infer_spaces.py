"""Finds the spaces of an environment from the episodes that it recorded."""

import logging
import pathlib
from collections.abc import Mapping, Sequence

import numpy as np
import rich.progress

from ..errors import UserError
from ..spec import NOT_OBSERVED, ActionSpec, Spaces, Spec, observed
from . import action_parts
from .archive import BrokenEpisode
from .episode_file import load

MIN_FILES_WITH_BAR = 200  # from which on progress is shown

_log = logging.getLogger(__name__)


def find(paths: Sequence[pathlib.Path]) -> Spaces:
    """Returns the `Spaces` of the episodes in files, from their headers, actions, rewards and flags alone.

    Actions are what their folders say (see action_parts.py), else one choice where all are one-hot. Files that cannot
    be read are left out with a warning.

    Raises:
      UserError: none can be read, or two of them do not fit each other; names both.
    """
    first: tuple[pathlib.Path, dict[str, Spec]] | None = None
    actions: dict[ActionSpec, pathlib.Path] = {}
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
        actions.setdefault(action_parts.of_episode(path.parent, np.asarray(episode['action'])), path)
    if first is None:
        raise UserError('there is no episode that can be read')
    observation = {key: spec for key, spec in first[1].items() if key not in NOT_OBSERVED}
    return Spaces(observation, _shared(actions))


def _shared(actions: Mapping[ActionSpec, pathlib.Path]) -> ActionSpec:
    """Returns the actions of all episodes; numbers where some look like choices and others do not."""
    several = [action for action in actions if len(action.parts) > 1]
    if several and len(actions) > 1:
        texts = ', '.join(f'{path} has {action.describe()}' for action, path in list(actions.items())[:2])
        raise UserError(f'episodes must be alike, but their actions differ: {texts}')
    return several[0] if several else min(actions, key=lambda action: action.discrete)


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
