"""Plan2Explore: seeks transitions on which an ensemble of one-step predictors disagrees (SPEC 10)."""

from collections.abc import Callable

import tensorflow as tf

from ..agent.imagination import Trajectory
from ..agent.world_model import WorldModelOutput
from ..distributions.continuous import unit_normal
from ..nets.ensemble import Ensemble
from ..nets.weights import by_path

TARGETS: dict[str, Callable[[WorldModelOutput], tf.Tensor]] = {  # disag_target -> [B, T, D]
    'stoch': lambda model: tf.reshape(model.post.stoch, [*model.post.deter.shape[:2], -1]),
    'deter': lambda model: model.post.deter,
    'feat': lambda model: model.post.feat,
    'embed': lambda model: model.embed,
}


class Disagreement:
    """An ensemble that predicts what comes next; its reward is how much its members differ.

        row         t                   t + offset
        input       feat_t, a_{t+1}
        target                          stoch, deter, feat or embed

    Args:
      ensemble: `Ensemble` of feat, and of the action where it sees that, to the target.
      target: name of what is predicted, of `TARGETS`.
      offset: rows between input and target.
      sees_action: whether the action that is taken in the input's state is part of the input.
      takes_log: whether the reward is the logarithm of the disagreement.
    """

    def __init__(self, ensemble: Ensemble, target: str, offset: int, sees_action: bool, takes_log: bool) -> None:
        self._ensemble, self._target = ensemble, TARGETS[target]
        self._offset, self._sees_action, self._takes_log = offset, sees_action, takes_log

    @property
    def weights(self) -> dict[str, tf.Variable]:
        """{path: variable} of the ensemble."""
        return by_path([self._ensemble])

    @property
    def parameters(self) -> int:
        """How many numbers the ensemble has."""
        return int(self._ensemble.count_params())

    def loss(self, rows: dict[str, tf.Tensor], model: WorldModelOutput) -> tf.Tensor:
        """The sum over models of the mean -log N(target; prediction, 1)."""
        feat, action = model.post.feat, tf.cast(rows['action'], tf.float32)
        count = feat.shape[1] - self._offset
        predicted = self._predict(tf.stop_gradient(feat[:, :count]), action[:, 1 : 1 + count])
        target = tf.stop_gradient(tf.cast(self._target(model), tf.float32))[:, self._offset :]
        return tf.reduce_sum(-tf.reduce_mean(unit_normal(predicted, 1).log_prob(target), [1, 2]))

    def reward(self, trajectory: Trajectory) -> tf.Tensor:
        """Standard deviation over the models of what they predict, averaged over the target's dimensions.

        index    0    1                          H
        input         feat_0, a_1                feat_{H-1}, a_H
        reward   0    of the step to state 1     of the step to state H

        The steps are taken one by one, since all predictions together can take gigabytes.
        """
        steps = (trajectory.feat[:-1], trajectory.action[1:])
        of_steps = tf.map_fn(lambda step: self._disagreement(*step), steps, fn_output_signature=tf.float32)
        return tf.concat([tf.zeros_like(of_steps[:1]), of_steps], 0)

    def _disagreement(self, feat: tf.Tensor, action: tf.Tensor) -> tf.Tensor:
        """[N, F] and [N, A] -> [N]."""
        spread = tf.reduce_mean(_standard_deviation(self._predict(feat, action)), -1)
        return tf.math.log(spread) if self._takes_log else spread

    def _predict(self, feat: tf.Tensor, action: tf.Tensor) -> tf.Tensor:
        """[..., F] and [..., A] -> [K, ..., D]."""
        parts = [feat, tf.cast(action, feat.dtype)] if self._sees_action else [feat]
        return self._ensemble(tf.concat(parts, -1))


def _standard_deviation(x: tf.Tensor) -> tf.Tensor:
    """Returns that over the first axis; its gradient is 0, and not NaN, where all values are equal."""
    variance = tf.math.reduce_variance(x, 0)
    some = variance > 0
    return tf.where(some, tf.sqrt(tf.where(some, variance, 1.0)), 0.0)
