"""How good predictions are beside the simplest baseline. Arguments are [N], of the same cases."""

import numpy as np
from numpy.typing import ArrayLike

PROBABILITY_BINS = 10


def skill(truth: ArrayLike, predicted: ArrayLike) -> float:
    """Returns 1 - squared error / squared error of the mean of the truth.

    1 = perfect, 0 = no better than always predicting the mean, below 0 = worse; NaN where the truth never changes.
    """
    truth, predicted = np.asarray(truth, np.float64), np.asarray(predicted, np.float64)
    return _share_explained(np.square(truth - predicted).mean(), truth)


def explained_variance(truth: ArrayLike, predicted: ArrayLike) -> float:
    """Returns 1 - variance of the error / variance of the truth: as `skill`, but a constant error costs nothing."""
    truth, predicted = np.asarray(truth, np.float64), np.asarray(predicted, np.float64)
    return _share_explained((truth - predicted).var(), truth)


def precision_and_recall(truth: ArrayLike, predicted: ArrayLike) -> tuple[float, float]:
    """Returns (share of predicted events that happened, share of events that were predicted).

    An event is a number that is not 0. It counts as predicted where the prediction has its sign and is above half
    the mean size of all events of that sign. NaN where nothing was predicted, or nothing happened.
    """
    truth, predicted = np.asarray(truth, np.float64), np.asarray(predicted, np.float64)
    expected = np.zeros(len(truth))
    for sign in (-1, 1):
        events = np.abs(truth[np.sign(truth) == sign])
        if len(events):
            expected[sign * predicted > events.mean() / 2] = sign
    right = np.count_nonzero((expected != 0) & (expected == np.sign(truth)))
    shares = [right / count if count else np.nan for count in map(np.count_nonzero, (expected, truth))]
    return float(shares[0]), float(shares[1])


def calibration_error(outcome: ArrayLike, probability: ArrayLike) -> float:
    """Returns how far predicted probabilities are from the shares of the cases in which the event happens.

        sum over bins of probability  (cases in bin / N) * |mean probability - share in which it happened|

    Expected calibration error (Guo et al. 2017) with 10 equal bins; outcome [N] is 0 or 1, probability [N].
    """
    outcome, probability = np.asarray(outcome, np.float64), np.asarray(probability, np.float64)
    bins = np.minimum((probability * PROBABILITY_BINS).astype(int), PROBABILITY_BINS - 1)
    gap = np.bincount(bins, probability - outcome, PROBABILITY_BINS)  # of each bin, times its cases
    return float(np.abs(gap).sum() / len(probability))


def returns_that_followed(reward: ArrayLike, discount: float, terminal: bool) -> np.ndarray:
    """Returns the discounted sum of rewards from each row of an episode on, its own included: [L+1] -> [L+1].

        row      t          t+1               L
        return   r_t + gamma r_{t+1} + ... + gamma^(L-t) r_L

    NaN where a tenth or more of the weight lies beyond the end of an episode that was cut off.
    """
    reward = np.asarray(reward, np.float64)
    returns = np.empty_like(reward)
    following = 0.0
    for t in reversed(range(len(reward))):
        returns[t] = following = reward[t] + discount * following
    beyond = discount ** np.arange(len(reward), 0, -1)
    return returns if terminal else np.where(beyond < 0.1, returns, np.nan)


def _share_explained(error: float, truth: np.ndarray) -> float:
    variance = truth.var()
    return float(1 - error / variance) if variance > 0 else float('nan')
