"""States in which dreams begin."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import tensorflow as tf

from ..agent.open_loop import SEEN_ROWS
from ..errors import UserError, shown
from ..evaluation.sources import newest_episodes
from ..inspection.beliefs import Rows, take
from ..nets.latent import CategoricalState, GaussianState, ModelState
from ..recordings.episodes import Episode, load_episodes

if TYPE_CHECKING:
    from ..inspection.saved_agent import SavedAgent

MAX_START_ROWS = 2000  # of all episodes together


class DreamState(NamedTuple):
    """Where N dreams are."""

    latent: ModelState  # [N, ...]
    steps: np.ndarray  # [N] agent steps since they began


def start_states(agent: 'SavedAgent', start: Any) -> ModelState:
    """Returns states [M, ...] of which each dream takes one.

    Args:
      agent: a `SavedAgent`.
      start: states [M, ...] as of `Observed.at`, or a `DreamState`; an episode or several, whose posteriors are taken;
        or None for the newest episodes that were recorded of the agent.

    Raises:
      UserError: it is none of these, does not fit the agent, or there are no episodes.
    """
    if isinstance(start, DreamState):
        start = start.latent
    if isinstance(start, (CategoricalState, GaussianState)):
        return checked_state(agent, start, 'start')
    if start is None:
        if not agent.source:
            raise UserError('`start` is needed: where episodes of this agent are is not known')
        start = load_episodes(newest_episodes(agent.source))
    episodes = [start] if isinstance(start, (Mapping, Episode)) else start
    if not isinstance(episodes, Sequence) or isinstance(episodes, (str, bytes)) or not episodes:
        raise UserError(
            '`start` must be states, such as agent.observe(episode).at(10), an episode, or a sequence of '
            f'episodes. Received: {shown(start)}'
        )
    share = max(SEEN_ROWS + 1, MAX_START_ROWS // len(episodes))
    parts = [_posteriors(agent, episode, share) for episode in episodes[-MAX_START_ROWS // SEEN_ROWS :]]
    joined: ModelState = tf.nest.map_structure(lambda *arrays: np.concatenate(arrays), *parts)
    return joined


def _posteriors(agent: 'SavedAgent', episode: Rows, rows: int) -> ModelState:
    """Returns states [M, ...] of the first `rows` rows, without the last row of an episode, after which nothing comes.

    Rows of which too few others were seen before are left out where there are enough.
    """
    try:
        part = {key: np.asarray(episode[key])[:rows] for key in episode.keys()}
        ends = np.asarray(part['is_last'], bool)
    except (KeyError, TypeError, AttributeError, IndexError):
        raise UserError(
            f'`start` must hold episodes, {{key: [rows, ...]}}. Received: {type(episode).__name__}'
        ) from None
    observed = agent.observe(part)
    going_on = np.flatnonzero(~ends)
    seen = going_on[going_on >= SEEN_ROWS]
    return take(observed.post, seen if len(seen) else going_on)


def checked_state(agent: 'SavedAgent', state: ModelState, name: str) -> ModelState:
    """Returns states [M, ...] as arrays. Raises UserError, with a name of them, where they are none of the agent's."""
    zeros = agent.world_model.rssm.initial(1)
    try:
        arrays = [np.asarray(array, np.float32) for array in state]
    except (TypeError, ValueError):
        raise UserError(f'`{name}` must hold numbers') from None
    shapes = [array.shape for array in arrays]
    whole = {shape[:1] for shape in shapes}
    if (
        type(state) is not type(zeros)
        or [shape[1:] for shape in shapes] != [tuple(x.shape[1:]) for x in zeros]
        or (len(whole) != 1 or not len(arrays[0]))
    ):
        wanted = ', '.join(f'{key} [M, {", ".join(map(str, x.shape[1:]))}]' for key, x in zeros._asdict().items())
        raise UserError(f'`{name}` does not fit the agent, whose states are {wanted}. Received shapes: {shapes}')
    if not all(np.isfinite(array).all() for array in arrays):
        raise UserError(f'`{name}` must be finite')
    kept: ModelState = type(zeros)(*arrays)
    return kept
