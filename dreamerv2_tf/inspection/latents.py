"""Entropy, divergence and usage of the stochastic variables of states, as NumPy arrays, in nats.

States are `CategoricalState` (S variables of K classes) or `GaussianState` (S variables), with arrays as fields.
"""

from typing import TypeGuard

import numpy as np

from ..nets.latent import CategoricalState, ModelState


def is_categorical(state: ModelState) -> TypeGuard[CategoricalState]:
    """Whether the variables of a state are classes, which can be counted and drawn."""
    return isinstance(state, CategoricalState)


def probabilities(state: CategoricalState) -> np.ndarray:
    """Returns the probabilities of the classes, [..., S, K]."""
    return np.exp(_log_probabilities(state.logit))


def entropy(state: ModelState) -> np.ndarray:
    """Returns the entropy of each variable, [..., S].

    -sum_k p_k ln p_k                 of classes
    ln(std) + (1 + ln(2 pi)) / 2      of Gaussians
    """
    if isinstance(state, CategoricalState):
        log_probs = _log_probabilities(state.logit)
        return -(np.exp(log_probs) * log_probs).sum(-1)
    return np.log(state.std) + np.float32((1 + np.log(2 * np.pi)) / 2)


def divergence(left: ModelState, right: ModelState) -> np.ndarray:
    """Returns KL(left || right) of each variable, [..., S]; both states are of one kind.

    sum_k p_k (ln p_k - ln q_k)                                     of classes
    ln(s_q / s_p) + (s_p^2 + (m_p - m_q)^2) / (2 s_q^2) - 1/2       of Gaussians
    """
    if isinstance(left, CategoricalState) and isinstance(right, CategoricalState):
        p, q = _log_probabilities(left.logit), _log_probabilities(right.logit)
        return (np.exp(p) * (p - q)).sum(-1)
    assert not isinstance(left, CategoricalState) and not isinstance(right, CategoricalState)
    spread = np.square(left.std) + np.square(left.mean - right.mean)
    return np.log(right.std / left.std) + spread / (2 * np.square(right.std)) - np.float32(0.5)


def usage(state: CategoricalState) -> np.ndarray:
    """Returns how often each class was drawn, as a share of all T rows: [S, K] of stoch [T, S, K]. 0: a dead class."""
    return state.stoch.mean(0)


def _log_probabilities(logit: np.ndarray) -> np.ndarray:
    shifted = logit - logit.max(-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(-1, keepdims=True))
