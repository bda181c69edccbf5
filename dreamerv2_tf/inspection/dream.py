"""A model's view of an episode: its reconstructions, its predictions, and the rollouts that its actor imagines."""

import logging
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ..agent.open_loop import SEEN_ROWS
from ..errors import UserError
from ..media.gif import MAX_FRAMES
from ..nets.latent import ModelState
from . import latents
from .beliefs import Observed, Predictions, Rollouts, Rows, take

if TYPE_CHECKING:
    from .saved_agent import SavedAgent

Observations = dict[str, np.ndarray]

_log = logging.getLogger(__name__)


class OpenLoop(NamedTuple):
    """Predictions from a few rows that were seen, and then from the actions alone.

    row         start .. start + seen_rows - 1   start + seen_rows .. start + seen_rows + H - 1
    prediction  reconstructs what it sees        follows from the actions that were taken
    """

    start: int  # row of the episode
    seen_rows: int
    truth: Observations  # {observation: [seen_rows+H, ...]}
    prediction: Observations  # {observation: [seen_rows+H, K, ...]}, of K samples
    kl: np.ndarray  # [H, K] KL(posterior of all rows || prediction), summed over the variables, nats


class Imagined(NamedTuple):
    """K rollouts of the actor from the last row that the open-loop prediction has seen."""

    rollouts: Rollouts  # [H+1, K, ...]
    expected: Predictions  # [H+1, K]
    observation: Observations  # {observation: [H+1, K, ...]}


class Dream(NamedTuple):
    """The view of an episode of L+1 rows. Observations are as `SavedAgent.decode` gives them."""

    observed: Observed  # [L+1, ...]
    expected: Predictions  # [L+1], from the posteriors
    film_rows: np.ndarray  # [R] row numbers: all, or in long episodes every second, third, ...
    truth: Observations  # {observation: [R, ...]}
    reconstruction: Observations  # {observation: [R, ...]}, from the posteriors
    open_loop: OpenLoop
    imagined: Imagined

    def numbers(self) -> dict[str, np.ndarray]:
        """Returns all but the states as {name: array}, to be saved; `post_class` is the class of each variable."""
        observed, rollouts = self.observed, self.imagined.rollouts
        arrays = {
            'kl': observed.kl,
            'post_entropy': observed.post_entropy,
            'prior_entropy': observed.prior_entropy,
            'shown': self.film_rows,
            'open_loop/start': np.array(self.open_loop.start),
            'open_loop/seen': np.array(self.open_loop.seen_rows),
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


def dream(
    agent: 'SavedAgent', episode: Rows, start: int | None = None, horizon: int = 45, samples: int = 4, seed: int = 0
) -> Dream:
    """Returns the view that the world model of an agent has of an episode.

    Args:
      agent: a `SavedAgent`.
      episode: {key: [L+1, ...]}.
      start: first of the rows that the open-loop prediction sees; None puts it in the middle of the episode.
      horizon: H, agent steps that are predicted and imagined.
      samples: K, predictions and rollouts side by side.
      seed: of all random draws.

    Raises:
      UserError: the episode does not fit the agent, or has no row to predict after such a start.
    """
    observed = agent.observe(episode, seed)
    film_rows = np.arange(0, len(observed.kl), -(-len(observed.kl) // MAX_FRAMES))
    open_loop, begin = _open_loop(agent, episode, observed, start, horizon, samples, seed)
    rollouts = agent.imagine(begin, horizon, seed)
    return Dream(
        observed,
        agent.predict(observed.post, seed),
        film_rows,
        agent.seen(_rows(episode, film_rows)),
        agent.decode(observed.at(film_rows)),
        open_loop,
        Imagined(rollouts, agent.predict(rollouts.state, seed), agent.decode(rollouts.state)),
    )


def window(rows: int, start: int | None, horizon: int) -> tuple[int, int, int]:
    """Returns (start, rows seen, steps predicted) of an open-loop prediction in an episode of so many rows.

    There are fewer steps than the horizon where the episode ends before.

    Raises:
      UserError: there is no row to predict after the start.
    """
    seen_rows = min(SEEN_ROWS, rows - 1)
    start = max(0, (rows - seen_rows - horizon) // 2) if start is None else start
    steps = min(horizon, rows - start - seen_rows)
    if start < 0 or steps < 1:
        raise UserError(
            f'the open-loop prediction can start at rows 0 to {rows - seen_rows - 1} of the episode, which has '
            f'{rows}. Received: {start}'
        )
    return start, seen_rows, steps


def _open_loop(
    agent: 'SavedAgent', episode: Rows, observed: Observed, start: int | None, horizon: int, samples: int, seed: int
) -> tuple[OpenLoop, ModelState]:
    """Returns the open-loop prediction, and the states [K, ...] of the last row that it has seen."""
    start, seen_rows, steps = window(len(observed.kl), start, horizon)
    if steps < horizon:
        _log.warning('the open-loop prediction has %d steps instead of %d: the episode ends there', steps, horizon)
    rows = _rows(episode, np.arange(start, start + seen_rows + steps))
    rows['is_first'][0] = True  # as in training: earlier rows are not known
    context = agent.observe({key: value[:seen_rows] for key, value in rows.items()}, seed)
    begin = context.at([seen_rows - 1] * samples)
    actions = np.repeat(rows['action'][seen_rows:, None], samples, 1)
    after = take(agent.imagine(begin, steps, seed, actions).state, np.s_[1:])
    post = observed.at(np.arange(start + seen_rows, start + seen_rows + steps))
    kl = latents.divergence(take(post, np.s_[:, None]), after).sum(-1)
    reconstructed, predictions = agent.decode(context.post), agent.decode(after)
    prediction = {
        key: np.concatenate([np.repeat(reconstructed[key][:, None], samples, 1), predictions[key]])
        for key in predictions
    }
    return OpenLoop(start, seen_rows, agent.seen(rows), prediction, kl), begin


def _rows(episode: Rows, numbers: np.ndarray) -> dict[str, np.ndarray]:
    return {key: np.asarray(episode[key])[numbers] for key in episode.keys()}
