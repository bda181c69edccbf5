"""Where the actor's gradient comes from: rho of Eq. 6."""

from collections.abc import Callable
from typing import NamedTuple

import tensorflow as tf


class GradientMix(NamedTuple):
    """Reinforce gradients, gradients through the dynamics, or a mix of both that follows a schedule.

    Made by `reinforce`, `dynamics` and `both`.

    Attributes:
      share: function of agent steps that gives the share of dynamics gradients, 1 - rho, from 0 to 1.
      uses_reinforce, uses_dynamics: whether that gradient is computed at all.
    """

    share: Callable[[float], float]
    uses_reinforce: bool
    uses_dynamics: bool

    @property
    def is_scheduled(self) -> bool:
        """Whether both gradients are used, so that the share is worth logging."""
        return self.uses_reinforce and self.uses_dynamics

    def objective(
        self, share: tf.Tensor, reinforce: Callable[[], tf.Tensor], dynamics: Callable[[], tf.Tensor]
    ) -> tf.Tensor:
        """(1 - share) * reinforce + share * dynamics (Eq. 6, without the entropy).

        Args:
          share: of dynamics gradients, [].
          reinforce, dynamics: functions that give both objectives [H-1, N]; one that is not used is not called.
        """
        if not self.uses_dynamics:
            return reinforce()
        if not self.uses_reinforce:
            return dynamics()
        return (1 - share) * reinforce() + share * dynamics()


def reinforce() -> GradientMix:
    """Returns the mix with rho = 1: the paper's choice for Atari."""
    return GradientMix(lambda step: 0.0, uses_reinforce=True, uses_dynamics=False)


def dynamics() -> GradientMix:
    """Returns the mix with rho = 0: the paper's choice for continuous control."""
    return GradientMix(lambda step: 1.0, uses_reinforce=False, uses_dynamics=True)


def both(share: Callable[[float], float]) -> GradientMix:
    """Returns a mix of both (row "schedules" of Table 1); share is a function of agent steps, from 0 to 1."""
    return GradientMix(share, uses_reinforce=True, uses_dynamics=True)
