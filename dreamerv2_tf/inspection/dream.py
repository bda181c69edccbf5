"""A model's view of an episode: what it reconstructs, what it predicts, what its actor dreams of."""

import logging
import pathlib
from typing import NamedTuple

import numpy as np

from ..agent.open_loop import SEEN_ROWS
from ..errors import UserError
from ..media.gif import MAX_FRAMES
from ..recordings.episodes import find, load_episodes
from . import latents
from .beliefs import Observed, Predictions, Rollouts, take

_log = logging.getLogger(__name__)


class OpenLoop(NamedTuple):
    """Predictions from a few rows that were seen, and then from the actions alone.

    row         start .. start + seen - 1        start + seen .. start + seen + H - 1
    prediction  reconstructs what it sees        follows from the actions that were taken
    """

    start: int  # row of the episode
    seen: int  # rows
    truth: dict  # {observation: [seen+H, ...]}
    prediction: dict  # {observation: [seen+H, K, ...]}, of K samples
    kl: np.ndarray  # [H, K] KL(posterior of all rows || prediction), summed over the variables, nats


class Imagined(NamedTuple):
    """K rollouts of the actor from the last row that the open-loop prediction has seen."""

    rollouts: Rollouts  # [H+1, K, ...]
    expected: Predictions  # [H+1, K]
    observation: dict  # {observation: [H+1, K, ...]}


class Dream(NamedTuple):
    """The view of an episode of L+1 rows. Observations are as `SavedAgent.decode` gives them."""

    observed: Observed  # [L+1, ...]
    expected: Predictions  # [L+1], from the posteriors
    shown: np.ndarray  # [R] row numbers: all, or in long episodes every second, third, ...
    truth: dict  # {observation: [R, ...]}
    reconstruction: dict  # {observation: [R, ...]}, from the posteriors
    open_loop: OpenLoop
    imagined: Imagined

    def numbers(self):
        """All but the states as {name: array}, to be saved. `post_class` is the class drawn for each variable."""
        observed, rollouts = self.observed, self.imagined.rollouts
        arrays = {
            'kl': observed.kl,
            'post_entropy': observed.post_entropy,
            'prior_entropy': observed.prior_entropy,
            'shown': self.shown,
            'open_loop/start': self.open_loop.start,
            'open_loop/seen': self.open_loop.seen,
            'open_loop/kl': self.open_loop.kl,
            'imagined/action': rollouts.action,
        }
        if latents.is_categorical(observed.post):
            arrays |= {
                'usage': latents.usage(observed.post),
                'post_class': observed.post.stoch.argmax(-1).astype(np.int32),
                'imagined/class': rollouts.state.stoch.argmax(-1).astype(np.int32),
            }
        named = {
            'expected': self.expected._asdict(),
            'truth': self.truth,
            'reconstruction': self.reconstruction,
            'open_loop/truth': self.open_loop.truth,
            'open_loop/prediction': self.open_loop.prediction,
            'imagined/expected': self.imagined.expected._asdict(),
            'imagined/observation': self.imagined.observation,
        }
        return arrays | {f'{group}/{name}': value for group, values in named.items() for name, value in values.items()}


def dream(agent, episode, start=None, horizon=45, samples=4, seed=0):
    """Looks at an episode through the model of an agent.

    Args:
      agent: a `SavedAgent`.
      episode: {key: [L+1, ...]}.
      start: row from which on the open-loop prediction sees a few; None begins in the middle.
      horizon: H, agent steps that are predicted and imagined.
      samples: K, predictions and rollouts side by side.
      seed: of all that is drawn.

    Raises:
      UserError: an episode that does not fit the agent, or has no such start.
    """
    observed = agent.observe(episode, seed)
    shown = np.arange(0, len(observed.kl), -(-len(observed.kl) // MAX_FRAMES))
    open_loop, begin = _open_loop(agent, episode, observed, start, horizon, samples, seed)
    rollouts = agent.imagine(begin, horizon, seed)
    return Dream(
        observed,
        agent.predict(observed.post, seed),
        shown,
        agent.seen(_rows(episode, shown)),
        agent.decode(observed.at(shown)),
        open_loop,
        Imagined(rollouts, agent.predict(rollouts.state, seed), agent.decode(rollouts.state)),
    )


def newest_episode(logdir):
    """The newest evaluation episode of a run, or else its newest training episode.

    Raises:
      UserError: there is neither.
    """
    folders = [pathlib.Path(logdir).expanduser() / name for name in ('eval_episodes', 'train_episodes')]
    found = [folder for folder in folders if folder.is_dir() and find(folder)]
    if not found:
        raise UserError(f'there is no episode in {folders[0]} or {folders[1]}')
    return load_episodes(found[0])[-1]


def window(rows, start, horizon):
    """(start, rows seen, steps predicted) of an open-loop prediction, shortened where an episode is too short.

    Raises:
      UserError: there is no row to predict after the start.
    """
    seen = min(SEEN_ROWS, rows - 1)
    start = max(0, (rows - seen - horizon) // 2) if start is None else start
    steps = min(horizon, rows - start - seen)
    if start < 0 or steps < 1:
        raise UserError(
            f'the open-loop prediction can start at rows 0 to {rows - seen - 1} of the episode, which has '
            f'{rows}. Received: {start}'
        )
    return start, seen, steps


def _open_loop(agent, episode, observed, start, horizon, samples, seed):
    """`OpenLoop`, and the states [K, ...] of the last row that it has seen."""
    start, seen, steps = window(len(observed.kl), start, horizon)
    if steps < horizon:
        _log.warning('the open-loop prediction has %d steps instead of %d: the episode ends there', steps, horizon)
    rows = _rows(episode, np.arange(start, start + seen + steps))
    rows['is_first'][0] = True  # as in training: nothing is known of what was before
    context = agent.observe({key: value[:seen] for key, value in rows.items()}, seed)
    begin = context.at([seen - 1] * samples)
    actions = np.repeat(rows['action'][seen:, None], samples, 1)
    after = take(agent.imagine(begin, steps, seed, actions).state, np.s_[1:])
    post = observed.at(np.arange(start + seen, start + seen + steps))
    kl = latents.divergence(take(post, np.s_[:, None]), after).sum(-1)
    reconstructed, predictions = agent.decode(context.post), agent.decode(after)
    prediction = {
        key: np.concatenate([np.repeat(reconstructed[key][:, None], samples, 1), predictions[key]])
        for key in predictions
    }
    return OpenLoop(start, seen, agent.seen(rows), prediction, kl), begin


def _rows(episode, numbers):
    return {key: np.asarray(episode[key])[numbers] for key in episode.keys()}
