"""Entropy, divergence and usage of the stochastic variables of states, as NumPy arrays, in nats.

States are `CategoricalState` (S variables of K classes) or `GaussianState` (S variables).
"""

import numpy as np

from ..nets.latent import CategoricalState


def is_categorical(state):
    """Whether its variables are classes, which can be counted and drawn."""
    return isinstance(state, CategoricalState)


def probabilities(state):
    """Of the classes of a categorical state: [..., S, K]."""
    return np.exp(_log_probabilities(state.logit))


def entropy(state):
    """[..., S], of each variable:  -sum_k p_k ln p_k,  or of a Gaussian  ln(std) + (1 + ln(2 pi)) / 2."""
    if is_categorical(state):
        log_probs = _log_probabilities(state.logit)
        return -(np.exp(log_probs) * log_probs).sum(-1)
    return np.log(state.std) + np.float32((1 + np.log(2 * np.pi)) / 2)


def divergence(left, right):
    """KL(left || right) of each variable, [..., S]:

    sum_k p_k (ln p_k - ln q_k)
    ln(s_q / s_p) + (s_p^2 + (m_p - m_q)^2) / (2 s_q^2) - 1/2     of Gaussians
    """
    if is_categorical(left):
        p, q = _log_probabilities(left.logit), _log_probabilities(right.logit)
        return (np.exp(p) * (p - q)).sum(-1)
    spread = np.square(left.std) + np.square(left.mean - right.mean)
    return np.log(right.std / left.std) + spread / (2 * np.square(right.std)) - np.float32(0.5)


def usage(state):
    """How often each class was drawn, as a share of all T rows: stoch [T, S, K] -> [S, K]. 0 is a dead class."""
    return state.stoch.mean(0)


def _log_probabilities(logit):
    shifted = logit - logit.max(-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(-1, keepdims=True))
