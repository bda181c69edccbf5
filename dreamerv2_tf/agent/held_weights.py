"""Lets policies act with the weights of one moment while the learner changes them."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import tensorflow as tf

from ..spec import State
from .policy import Policy


class HeldWeights:
    """The weights with which policies act, see `Policy.hold`.

        update   n-1        n                  n+1
        hold       | W_n-1  |  W_n             |
        acting     |        |  with W_n-1 ...  |  with W_n ...     W_n: after update n

    Update n runs while the policies act with what was learned before it.

    Args:
      policies: {name: policy}.
    """

    def __init__(self, policies: Mapping[str, Policy]) -> None:
        self._policies = policies

    def hold(self) -> None:
        """Policies act with the weights of now, until the next call."""
        for policy in self._policies.values():
            policy.hold()

    @property
    def variables(self) -> dict[str, tf.Variable]:
        """{NAME/PATH: variable} of all weights that can be held."""
        return {f'{name}/{path}': v for name, policy in self._policies.items() for path, v in policy.weights.items()}

    def get_state(self) -> State:
        """The weights of all policies, as `NAME/PATH`; none before the first `hold`."""
        return {}, {
            f'{name}/{path}': array for name, policy in self._policies.items() for path, array in policy.held().items()
        }

    def set_state(self, plain: Any, arrays: dict[str, np.ndarray]) -> None:
        """Goes on from a state; without weights policies act with those of now."""
        for name, policy in self._policies.items() if arrays else ():
            policy.hold({path: arrays[f'{name}/{path}'] for path in policy.weights})
