"""Returns over frames as scores at a number of frames, as the paper has them."""

import numpy as np


def score_at(run, frames, width):
    """Mean return in (frames - width, frames]; where there is none, the newest return before.

    A run that stopped earlier counts with its own last such mean, as in the paper.

    Returns NaN where there is no return up to there.
    """
    until = min(frames, run.frames[-1])
    inside = run.returns[(run.frames > until - width) & (run.frames <= until)]
    before = run.returns[run.frames <= until]
    return float(inside.mean()) if len(inside) else float(before[-1]) if len(before) else np.nan


def bins(run, width):
    """(right edges [N], mean returns [N]) of the bins (edge - width, edge] that hold returns.

    The last edge is where the run ends.
    """
    index = np.maximum(-(-run.frames // width), 1)
    which, inverse = np.unique(index, return_inverse=True)
    means = np.bincount(inverse, run.returns) / np.bincount(inverse)
    return np.minimum(which * width, max(1, run.frames[-1])), means
