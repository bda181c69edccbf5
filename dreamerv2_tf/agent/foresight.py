"""What an agent expects of recorded rows, beside what happened there: rewards, ends, values."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from ..maths import skill
from ..seeding import tensor_seed
from .actor_critic import ActorCritic
from .open_loop import SEEN_ROWS
from .world_model import WorldModel

SEQUENCES, SEQUENCE_ROWS = 64, 50  # spread over the episodes, which follow one another
BATCH_SEQUENCES = 16

Episode = Mapping[str, np.ndarray]  # {key: [L+1, ...]}


class Expected(NamedTuple):
    """What is expected of rows [B, T]; `ahead` means from the row before and the action alone."""

    reward: tf.Tensor  # by the posterior, which has seen the row
    reward_ahead: tf.Tensor
    continue_ahead: tf.Tensor  # probability that the episode goes on
    value: tf.Tensor  # of the critic


class Foresight:
    """Measures whether an agent foresees what matters in episodes that it has not learned from.

    Args:
      world_model, actor_critic: of the agent.
      discount: gamma.
      seed: of the run.
    """

    def __init__(self, world_model: WorldModel, actor_critic: ActorCritic, discount: float, seed: int) -> None:
        self._model, self._actor_critic = world_model, actor_critic
        self._discount, self._seed = discount, seed
        self._compiled = tf.function(self._expect)

    def measure(self, episodes: Sequence[Episode], steps: int) -> dict[str, float]:
        """Returns numbers for metrics; NaN where nothing can be said, such as without any reward.

        reward_skill        1 - error / error of the mean reward, where the row was seen
        reward_skill_ahead  the same one row ahead, as in imagination
        reward_precision    share of the rewards expected one row ahead that came
        reward_recall       share of the rewards that came that were expected one row ahead
        discount_error      calibration error of the probability that the episode goes on
        value_skill         share of the variance of the discounted return that the critic explains
        value_bias          mean of value - discounted return

        Rewards are as they are learned (`clip_rewards`). The first rows of a sequence are seen and not judged.

        Args:
          episodes: {key: [L+1, ...]}.
          steps: agent steps done, from which the draws follow.

        Returns nothing where the episodes are shorter than a sequence together.
        """
        rows = self._sequences(episodes)
        if rows is None:
            return {}
        parts = []
        for start in range(0, SEQUENCES, BATCH_SEQUENCES):
            batch = {key: tf.constant(value[start : start + BATCH_SEQUENCES]) for key, value in rows.items()}
            parts.append(self._compiled(batch, tensor_seed(self._seed, 'foresight', steps, start)))
        return self._numbers(rows, Expected(*(np.concatenate(arrays) for arrays in zip(*parts))))

    def _sequences(self, episodes: Sequence[Episode]) -> dict[str, np.ndarray] | None:
        """Returns rows [B, T, ...], and as `return` what followed them."""
        lengths = [len(episode['reward']) for episode in episodes]
        if sum(lengths) < SEQUENCE_ROWS:
            return None
        starts = np.linspace(0, sum(lengths) - SEQUENCE_ROWS, SEQUENCES).astype(int)
        picked = np.add.outer(starts, np.arange(SEQUENCE_ROWS))
        keys = [*self._model.preprocess.keys, 'action', 'reward', 'is_first', 'is_terminal']
        rows = {key: np.concatenate([episode[key] for episode in episodes])[picked] for key in keys}
        rows['is_first'][:, 0] = True
        rows['return'] = np.concatenate([self._followed(episode) for episode in episodes])[picked]
        return rows

    def _followed(self, episode: Episode) -> np.ndarray:
        reward = self._model.preprocess.reward(np.asarray(episode['reward'], np.float32)).numpy()
        return skill.returns_that_followed(reward, self._discount, bool(episode['is_terminal'][-1])).astype(np.float32)

    def _expect(self, rows: dict[str, tf.Tensor], seed: tf.Tensor) -> Expected:
        model, batch = self._model, self._model.preprocess(rows)
        post, prior = model.rssm.observe(model.encoder(batch), batch['action'], batch['is_first'], seed)
        return Expected(
            model.predicted_reward(post.feat),
            model.predicted_reward(prior.feat),
            model.continue_probability(prior.feat),
            self._actor_critic.critic(post.feat),
        )

    def _numbers(self, rows: dict[str, np.ndarray], expected: Expected) -> dict[str, float]:
        judged = (np.arange(SEQUENCE_ROWS) >= SEEN_ROWS) & ~rows['is_first']  # row 0 has no reward of its own
        reward, reward_ahead, continues, value = (array[judged] for array in expected)
        truth = self._model.preprocess.reward(rows['reward'].astype(np.float32)).numpy()[judged]
        followed = rows['return'][judged]
        known = np.isfinite(followed)
        precision, recall = skill.precision_and_recall(truth, reward_ahead)
        goes_on = 1 - rows['is_terminal'][judged].astype(np.float32)
        return {
            'reward_skill': skill.skill(truth, reward),
            'reward_skill_ahead': skill.skill(truth, reward_ahead),
            'reward_precision': precision,
            'reward_recall': recall,
            'discount_error': skill.calibration_error(goes_on, continues),
            'value_skill': skill.explained_variance(followed[known], value[known]) if known.any() else np.nan,
            'value_bias': float((value - followed)[known].mean()) if known.any() else np.nan,
        }
