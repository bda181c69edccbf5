"""How good a world model is, on episodes that it has not learned from.

Asked is the posterior, which sees every row up to the one that it reconstructs, and open-loop predictions
some steps after the last of a few rows that were seen:

    row         s .. s+4     s+5 ...                  s+4+h
    model       sees         follows the actions      is asked
    repeat      sees                                  shows row s+4 again
    mean                                              shows the mean of all rows of these episodes

Under the posterior, `repeat` shows the row before. Both baselines are judged on the same rows as the model.
"""

from typing import NamedTuple

import numpy as np

from ..agent.open_loop import SEEN_ROWS
from ..agent.preprocess import REWARD_TRANSFORMS
from ..errors import UserError
from . import latents, measures
from .beliefs import take

HORIZONS = (1, 5, 15, 45)
BATCH = 64  # rows at once
MOST = 1000  # rows in a column, spread evenly over all episodes


class Answers(NamedTuple):
    """What a model says of N rows, and what is so."""

    truth: dict  # {observation or 'reward': [N, ...]}
    model: dict  # the same, predicted
    repeat: dict  # the same, of the last row that was seen
    goes_on: np.ndarray  # [N] whether it does, not being terminal
    chance: np.ndarray  # [N] that it does, as predicted
    kl: np.ndarray  # [N] KL(posterior || prior), nats
    prior_entropy: np.ndarray  # [N] nats; the prior knows what the model was shown, but not the row itself
    post_entropy: np.ndarray  # [N] nats


def quality(agent, episodes, seed=0, track=iter):
    """Numbers on a world model.

    Args:
      agent: a `SavedAgent`.
      episodes: sequence of {key: [L+1, ...]}.
      seed: of all that is drawn.
      track: passes the episodes through, to show how far it is.

    Returns {'episodes', 'rows', 'columns': ['posterior', 1, 5, ...], 'answers': [of each column], 'measures':
    {name: {'model' or a baseline or 'truth': [a number for each column]}}}.

    Raises:
      UserError: an episode does not fit the agent, or all are too short to predict anything.
    """
    rows = np.array([len(episode['reward']) for episode in episodes])
    horizons = [horizon for horizon in HORIZONS if rows.max() >= SEEN_ROWS + horizon]
    if not horizons:
        raise UserError(
            f'the longest episode has {rows.max()} rows; an open-loop prediction needs {SEEN_ROWS} that '
            'are seen, and one to predict'
        )
    examiner = _Examiner(agent, episodes)
    columns = {column: _Column(examiner.mean, agent.film_keys) for column in ('posterior', *horizons)}
    stride = -(-int(rows.sum()) // MOST)
    for number, episode in enumerate(track(episodes)):
        for column, answers in examiner.ask(episode, stride, horizons, seed + number):
            columns[column].add(answers)
    results = [column.results() for column in columns.values()]
    return {
        'episodes': len(rows),
        'rows': int(rows.sum()),
        'columns': list(columns),
        'answers': [column.count for column in columns.values()],
        'measures': {
            name: {who: [result[name][who] for result in results] for who in whose}
            for name, whose in results[0].items()
        },
    }


class _Examiner:
    """Asks an agent about episodes.

    Attributes:
      mean: {observation or 'reward': mean of all rows}.
    """

    def __init__(self, agent, episodes):
        self._agent = agent
        self._transform = REWARD_TRANSFORMS[agent.config.clip_rewards]
        sums, rows = {}, 0
        for episode in episodes:
            agent.check(episode)
            for start in range(0, len(episode['reward']), BATCH):
                for key, values in self._truth(episode, slice(start, start + BATCH)).items():
                    sums[key] = sums.get(key, 0) + values.sum(0, dtype=np.float64)
            rows += len(episode['reward'])
        self.mean = {key: total / rows for key, total in sums.items()}

    def ask(self, episode, stride, horizons, seed):
        """Pairs of a column, 'posterior' or a horizon, and `Answers`."""
        observed, rows = self._agent.observe(episode, seed), len(episode['reward'])
        for start in range(1, rows, stride * BATCH):
            asked = np.arange(start, min(start + stride * BATCH, rows), stride)
            kl, prior_entropy = observed.kl[asked].sum(-1), observed.prior_entropy[asked].sum(-1)
            yield 'posterior', self._answers(episode, observed, asked, asked - 1, observed.at(asked), kl, prior_entropy)
        for start in range(0, rows - SEEN_ROWS, stride * BATCH):
            starts = np.arange(start, min(start + stride * BATCH, rows - SEEN_ROWS), stride)
            yield from self._open_loop(episode, observed, starts, horizons, seed)

    def _open_loop(self, episode, observed, starts, horizons, seed):
        rows, last = len(episode['reward']), starts + SEEN_ROWS - 1
        seen = {
            key: np.asarray(episode[key])[np.add.outer(starts, np.arange(SEEN_ROWS)).ravel()] for key in episode.keys()
        }
        seen['is_first'][::SEEN_ROWS] = True
        begin = self._agent.observe(seen, seed).at(np.arange(SEEN_ROWS - 1, len(starts) * SEEN_ROWS, SEEN_ROWS))
        taken = np.minimum(np.add.outer(np.arange(1, max(horizons) + 1), last), rows - 1)  # those past the end: unused
        states = self._agent.imagine(begin, max(horizons), seed, np.asarray(episode['action'])[taken]).state
        for horizon in horizons:
            fits = last + horizon < rows
            if fits.any():
                state, asked = take(states, (horizon, fits)), last[fits] + horizon
                kl = latents.divergence(observed.at(asked), state).sum(-1)
                yield (
                    horizon,
                    self._answers(episode, observed, asked, last[fits], state, kl, latents.entropy(state).sum(-1)),
                )

    def _answers(self, episode, observed, asked, last, state, kl, prior_entropy):
        expected = self._agent.predict(state)
        return Answers(
            self._truth(episode, asked),
            {**self._agent.decode(state), 'reward': expected.reward},
            self._truth(episode, last),
            ~np.asarray(episode['is_terminal'])[asked].astype(bool),
            np.minimum(expected.discount / self._agent.config.discount, 1),
            kl,
            prior_entropy,
            observed.post_entropy[asked].sum(-1),
        )

    def _truth(self, episode, rows):
        reward = self._transform(np.asarray(episode['reward'])[rows].astype(np.float32)).numpy()
        keys = [key for key in episode.keys() if key in self._agent.spaces.observation]
        return {**self._agent.seen({key: np.asarray(episode[key][rows]) for key in keys}), 'reward': reward}


class _Column:
    """Collects answers of one kind.

    Args:
      mean: {observation or 'reward': mean of all rows}.
      pictures: observations that are images from 0 to 1.
    """

    def __init__(self, mean, pictures):
        self._mean, self._pictures = mean, pictures
        self._values = {}  # (measure, who) -> [arrays of a number per answer]

    @property
    def count(self):
        return sum(map(len, self._values['kl', 'model']))

    def add(self, answers):
        """Judges the model and the baselines."""
        for key, truth in answers.truth.items():
            mean = np.broadcast_to(self._mean[key], truth.shape)
            for who, said in (('model', answers.model[key]), ('repeat', answers.repeat[key]), ('mean', mean)):
                self._note(f'{key}_mse', who, measures.squared_error(truth, said))
                if key in self._pictures:
                    self._note(f'{key}_ssim', who, measures.ssim(truth, said))
        self._note('goes_on', 'model', answers.chance)
        self._note('goes_on', 'truth', answers.goes_on)
        for name in ('kl', 'prior_entropy', 'post_entropy'):
            self._note(name, 'model', getattr(answers, name))

    def results(self):
        """{measure: {who: mean}}; peak signal-to-noise ratios and calibration are of all answers together."""
        joined = {name: np.concatenate(arrays) for name, arrays in self._values.items()}
        made = {}
        for (measure, who), values in joined.items():
            made.setdefault(measure, {})[who] = float(values.mean(dtype=np.float64))
        for key in self._pictures:
            made[f'{key}_psnr'] = {who: measures.psnr(mse) for who, mse in made[f'{key}_mse'].items()}
        made['calibration_error'] = {
            'model': measures.calibration_error(joined['goes_on', 'truth'], joined['goes_on', 'model'])
        }
        return {name: made[name] for name in self._order(made)}

    def _order(self, made):
        first = [f'{key}_{kind}' for key in self._mean for kind in ('mse', 'psnr', 'ssim')]
        return [
            name
            for name in (*first, 'goes_on', 'calibration_error', 'kl', 'prior_entropy', 'post_entropy')
            if name in made
        ]

    def _note(self, measure, who, values):
        self._values.setdefault((measure, who), []).append(values)
