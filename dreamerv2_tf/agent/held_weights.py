"""Lets policies act with the weights of one moment while the learner changes them."""

from collections.abc import Mapping
from typing import Any

import numpy as np

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

    def get_state(self) -> State:
        """The weights of all policies, as `NAME/PATH`; none before the first `hold`."""
        return {}, {
            f'{name}/{path}': array for name, policy in self._policies.items() for path, array in policy.held().items()
        }

    def set_state(self, plain: Any, arrays: dict[str, np.ndarray]) -> None:
        """Goes on from a state."""
        for name, policy in self._policies.items():
            prefix = f'{name}/'
            held = {path.removeprefix(prefix): array for path, array in arrays.items() if path.startswith(prefix)}
            if held:
                policy.hold(held)
