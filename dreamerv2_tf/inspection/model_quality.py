"""How good a world model is, on episodes that it has not learned from.

Judged are the reconstructions of the posterior, which sees every row up to the one that it reconstructs, and
open-loop predictions some steps after the last of a few rows that were seen:

    row         s .. s+4     s+5 ...                  s+4+h
    model       sees         follows the actions      predicts this row
    repeat      sees                                  shows row s+4 again
    mean                                              shows the mean of all rows of these episodes

Under the posterior, `repeat` shows the row before. Both baselines are judged on the same rows as the model.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple, TypedDict

import numpy as np

from ..agent.open_loop import SEEN_ROWS
from ..agent.preprocess import REWARD_TRANSFORMS
from ..errors import UserError
from ..maths import skill
from ..nets.latent import ModelState
from . import latents, measures
from .beliefs import Observed, Rows, take

if TYPE_CHECKING:
    from .saved_agent import SavedAgent

HORIZON_STEPS = (1, 5, 15, 45)
BATCH_ROWS = 64  # that are predicted at once
MAX_COLUMN_ROWS = 1000  # spread evenly over all episodes
FORESIGHT = ('reward_skill', 'reward_precision', 'reward_recall', 'value_skill', 'value_bias')  # see `maths.skill`

Column = str | int  # 'posterior', or the steps of an open-loop prediction
Measures = dict[str, dict[str, float]]  # {measure: {'model' or a baseline or 'truth': mean}}


class Quality(TypedDict):
    """The quality of a world model as plain data."""

    episodes: int
    rows: int  # of all episodes
    columns: list[Column]  # 'posterior', 1, 5, ...
    answers: list[int]  # rows that are predicted, of each column
    measures: dict[str, dict[str, list[float]]]  # {measure: {'model' or a baseline or 'truth': [of each column]}}


class Comparison(NamedTuple):
    """Predictions of N rows beside the truth."""

    truth: dict[str, np.ndarray]  # {observation or 'reward': [N, ...]}
    model: dict[str, np.ndarray]  # the same, predicted
    repeat: dict[str, np.ndarray]  # the same, of the last row that was seen
    value: np.ndarray  # [N] of the critic
    followed: np.ndarray  # [N] discounted return from the row on, NaN where it is not known
    goes_on: np.ndarray  # [N] whether the episode goes on, not being terminal
    goes_on_probability: np.ndarray  # [N] as predicted
    kl: np.ndarray  # [N] KL(posterior || prior), nats
    prior_entropy: np.ndarray  # [N] nats; the prior knows the rows that were seen, but not the row itself
    post_entropy: np.ndarray  # [N] nats


def quality(
    agent: 'SavedAgent',
    episodes: Sequence[Rows],
    seed: int = 0,
    track: Callable[[Sequence[Rows]], Iterable[Rows]] = iter,
) -> Quality:
    """Returns the quality of an agent's world model on episodes.

    Args:
      agent: a `SavedAgent`.
      episodes: sequence of {key: [L+1, ...]}.
      seed: of all random draws.
      track: returns the same episodes one after the other, and may show how many are done.

    Raises:
      UserError: an episode does not fit the agent, or all are too short to predict anything.
    """
    rows = np.array([len(episode['reward']) for episode in episodes])
    horizons = [horizon for horizon in HORIZON_STEPS if rows.max() >= SEEN_ROWS + horizon]
    if not horizons:
        raise UserError(
            f'the longest episode has {rows.max()} rows; an open-loop prediction needs {SEEN_ROWS} that '
            'are seen, and one to predict'
        )
    comparer = _Comparer(agent, episodes)
    names: list[Column] = ['posterior', *horizons]
    columns = {name: _ColumnMeasures(comparer.mean, agent.film_keys) for name in names}
    stride = -(-int(rows.sum()) // MAX_COLUMN_ROWS)
    for number, episode in enumerate(track(episodes)):
        for column, comparison in comparer.compare(episode, stride, horizons, seed + number):
            columns[column].add(comparison)
    results = [column.results() for column in columns.values()]
    return {
        'episodes': len(rows),
        'rows': int(rows.sum()),
        'columns': names,
        'answers': [column.count for column in columns.values()],
        'measures': {
            name: {who: [result[name][who] for result in results] for who in whose}
            for name, whose in results[0].items()
        },
    }


class _Comparer:
    """Compares the predictions of an agent's world model with episodes.

    Attributes:
      mean: {observation or 'reward': mean of all rows}.
    """

    def __init__(self, agent: 'SavedAgent', episodes: Sequence[Rows]) -> None:
        self._agent = agent
        self._transform = REWARD_TRANSFORMS[agent.config.clip_rewards]
        sums: dict[str, np.ndarray] = {}
        rows = 0
        for episode in episodes:
            agent.check(episode)
            for start in range(0, len(episode['reward']), BATCH_ROWS):
                for key, values in self._truth(episode, slice(start, start + BATCH_ROWS)).items():
                    sums[key] = sums.get(key, 0) + values.sum(0, dtype=np.float64)
            rows += len(episode['reward'])
        self.mean = {key: total / rows for key, total in sums.items()}

    def compare(
        self, episode: Rows, stride: int, horizons: Sequence[int], seed: int
    ) -> Iterator[tuple[Column, Comparison]]:
        """Yields pairs of a column and a comparison of some of its rows, every `stride`-th."""
        observed, rows = self._agent.observe(episode, seed), len(episode['reward'])
        followed = self._followed(episode)
        for start in range(1, rows, stride * BATCH_ROWS):
            predicted = np.arange(start, min(start + stride * BATCH_ROWS, rows), stride)
            kl, entropy = observed.kl[predicted].sum(-1), observed.prior_entropy[predicted].sum(-1)
            state = observed.at(predicted)
            yield (
                'posterior',
                self._comparison(episode, followed, observed, predicted, predicted - 1, state, kl, entropy),
            )
        for start in range(0, rows - SEEN_ROWS, stride * BATCH_ROWS):
            starts = np.arange(start, min(start + stride * BATCH_ROWS, rows - SEEN_ROWS), stride)
            yield from self._open_loop(episode, followed, observed, starts, horizons, seed)

    def _open_loop(
        self,
        episode: Rows,
        followed: np.ndarray,
        observed: Observed,
        starts: np.ndarray,
        horizons: Sequence[int],
        seed: int,
    ) -> Iterator[tuple[Column, Comparison]]:
        rows, last = len(episode['reward']), starts + SEEN_ROWS - 1
        seen_rows = np.add.outer(starts, np.arange(SEEN_ROWS)).ravel()
        seen = {key: np.asarray(episode[key])[seen_rows] for key in episode.keys()}
        seen['is_first'][::SEEN_ROWS] = True
        begin = self._agent.observe(seen, seed).at(np.arange(SEEN_ROWS - 1, len(starts) * SEEN_ROWS, SEEN_ROWS))
        taken = np.minimum(np.add.outer(np.arange(1, max(horizons) + 1), last), rows - 1)  # those past the end: unused
        states = self._agent.imagine(begin, max(horizons), seed, np.asarray(episode['action'])[taken]).state
        for horizon in horizons:
            fits = last + horizon < rows
            if fits.any():
                state, predicted = take(states, (horizon, fits)), last[fits] + horizon
                kl = latents.divergence(observed.at(predicted), state).sum(-1)
                entropy = latents.entropy(state).sum(-1)
                yield horizon, self._comparison(episode, followed, observed, predicted, last[fits], state, kl, entropy)

    def _comparison(
        self,
        episode: Rows,
        followed: np.ndarray,
        observed: Observed,
        predicted: np.ndarray,
        last: np.ndarray,
        state: ModelState,
        kl: np.ndarray,
        prior_entropy: np.ndarray,
    ) -> Comparison:
        """Returns the comparison of row numbers `predicted` [N] from states [N, ...], `last` [N] seen before."""
        expected = self._agent.predict(state)
        return Comparison(
            self._truth(episode, predicted),
            {**self._agent.decode(state), 'reward': expected.reward},
            self._truth(episode, last),
            expected.value,
            followed[predicted],
            ~np.asarray(episode['is_terminal'])[predicted].astype(bool),
            np.minimum(expected.discount / self._agent.config.discount, 1),
            kl,
            prior_entropy,
            observed.post_entropy[predicted].sum(-1),
        )

    def _truth(self, episode: Rows, rows: np.ndarray | slice) -> dict[str, np.ndarray]:
        reward = self._rewards(episode, rows)
        keys = [key for key in episode.keys() if key in self._agent.spaces.observation]
        return {**self._agent.seen({key: np.asarray(episode[key][rows]) for key in keys}), 'reward': reward}

    def _rewards(self, episode: Rows, rows: np.ndarray | slice = np.s_[:]) -> np.ndarray:
        rewards: np.ndarray = self._transform(np.asarray(episode['reward'])[rows].astype(np.float32)).numpy()
        return rewards

    def _followed(self, episode: Rows) -> np.ndarray:
        terminal = bool(np.asarray(episode['is_terminal'])[-1])
        return skill.returns_that_followed(self._rewards(episode), self._agent.config.discount, terminal)


class _ColumnMeasures:
    """Measures the model and the baselines on all comparisons of a column.

    Args:
      mean: {observation or 'reward': mean of all rows}.
      image_keys: observations that are images from 0 to 1.
    """

    def __init__(self, mean: Mapping[str, np.ndarray], image_keys: Sequence[str]) -> None:
        self._mean, self._image_keys = mean, image_keys
        self._values: dict[tuple[str, str], list[np.ndarray]] = {}  # (measure, who) -> arrays of a number per row
        self._pairs: dict[str, list[np.ndarray]] = {'reward': [], 'value': []}  # arrays [2, n]: truth, prediction

    @property
    def count(self) -> int:
        """Rows that were predicted."""
        return sum(map(len, self._values['kl', 'model']))

    def add(self, comparison: Comparison) -> None:
        """Measures some more rows."""
        for key, truth in comparison.truth.items():
            mean = np.broadcast_to(self._mean[key], truth.shape)
            for who, shown in (('model', comparison.model[key]), ('repeat', comparison.repeat[key]), ('mean', mean)):
                self._add(f'{key}_mse', who, measures.squared_error(truth, shown))
                if key in self._image_keys:
                    self._add(f'{key}_ssim', who, measures.ssim(truth, shown))
        self._pairs['reward'].append(np.stack([comparison.truth['reward'], comparison.model['reward']]))
        known = np.isfinite(comparison.followed)
        self._pairs['value'].append(np.stack([comparison.followed, comparison.value])[:, known])
        self._add('goes_on', 'model', comparison.goes_on_probability)
        self._add('goes_on', 'truth', comparison.goes_on)
        for name in ('kl', 'prior_entropy', 'post_entropy'):
            self._add(name, 'model', getattr(comparison, name))

    def results(self) -> Measures:
        """Returns the measures; peak signal-to-noise ratios and calibration are of all rows together."""
        joined = {name: np.concatenate(arrays) for name, arrays in self._values.items()}
        results: Measures = {}
        for (measure, who), values in joined.items():
            results.setdefault(measure, {})[who] = float(values.mean(dtype=np.float64))
        for key in self._image_keys:
            results[f'{key}_psnr'] = {who: measures.psnr(mse) for who, mse in results[f'{key}_mse'].items()}
        results['calibration_error'] = {
            'model': skill.calibration_error(joined['goes_on', 'truth'], joined['goes_on', 'model'])
        }
        results |= {name: {'model': value} for name, value in self._foresight().items()}
        errors = [f'{key}_{kind}' for key in self._mean for kind in ('mse', 'psnr', 'ssim')]
        order = (*errors, *FORESIGHT, 'goes_on', 'calibration_error', 'kl', 'prior_entropy', 'post_entropy')
        return {name: results[name] for name in order if name in results}

    def _foresight(self) -> dict[str, float]:
        (reward, expected), (followed, value) = (np.concatenate(pairs, 1) for pairs in self._pairs.values())
        precision, recall = skill.precision_and_recall(reward, expected)
        numbers = (
            skill.skill(reward, expected),
            precision,
            recall,
            skill.explained_variance(followed, value) if len(followed) else math.nan,
            float((value - followed).mean()) if len(followed) else math.nan,
        )
        return dict(zip(FORESIGHT, numbers))

    def _add(self, measure: str, who: str, values: np.ndarray) -> None:
        self._values.setdefault((measure, who), []).append(values)
