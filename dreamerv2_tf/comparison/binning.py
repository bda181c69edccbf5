"""Returns over frames as scores at a number of frames, as the paper has them."""

import numpy as np


def score_at(run, frames, width):
    """Mean return in (frames - width, frames]; where there is none, the newest return before.

    A run that stopped earlier counts with its own last such mean, as in the paper.

    The run must have a return up to there.
    """
    inside = _inside(run, frames, width)
    return float(inside.mean()) if len(inside) else float(run.returns[run.frames <= frames][-1])


def is_gap(run, frames, width):
    """Whether a run that goes on has no return in (frames - width, frames]."""
    return not len(_inside(run, frames, width))


def _inside(run, frames, width):
    until = min(frames, run.frames[-1])
    return run.returns[(run.frames > until - width) & (run.frames <= until)]


def bins(run, width):
    """(right edges [N], mean returns [N]) of the bins (edge - width, edge] that hold returns.

    The last edge is where the run ends.
    """
    index = np.maximum(-(-run.frames // width), 1)
    which, inverse = np.unique(index, return_inverse=True)
    means = np.bincount(inverse, run.returns) / np.bincount(inverse)
    return np.minimum(which * width, max(1, run.frames[-1])), means
