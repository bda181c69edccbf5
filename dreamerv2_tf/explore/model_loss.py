"""ModelLoss: seeks states in which the world model's loss is large (SPEC 10)."""

import tensorflow as tf

from ..agent.imagination import Trajectory
from ..agent.world_model import WorldModelOutput
from ..distributions.continuous import unit_normal
from ..nets.heads import ScalarHead
from ..nets.weights import by_path


class PredictedLoss:
    """A head that predicts a loss of the world model from a state; its mean is the reward.

    Args:
      head: feat [..., F] -> predicted loss [...].
      name: of the loss, a key of `WorldModelOutput.row_losses`.
    """

    def __init__(self, head: ScalarHead, name: str) -> None:
        self._head, self._name = head, name

    @property
    def weights(self) -> dict[str, tf.Variable]:
        """{path: variable} of the head."""
        return by_path([self._head])

    @property
    def parameters(self) -> int:
        """How many numbers the head has."""
        return int(self._head.count_params())

    def loss(self, rows: dict[str, tf.Tensor], model: WorldModelOutput) -> tf.Tensor:
        """The mean of -log N(loss; prediction, 1) over the rows of the batch."""
        predicted = self._head(tf.stop_gradient(model.post.feat))
        return -tf.reduce_mean(unit_normal(predicted).log_prob(tf.stop_gradient(model.row_losses[self._name])))

    def reward(self, trajectory: Trajectory) -> tf.Tensor:
        """Predicted loss of each state, [H+1, N]."""
        return self._head(trajectory.feat)
