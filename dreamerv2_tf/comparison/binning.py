"""Averages the returns of a run over bins of frames, as the paper does."""

import numpy as np

from .runs import Run


def score_at(run: Run, frames: int, width: int) -> float:
    """Returns the mean return in (frames - width, frames], or the newest return before if there is none.

    A run that stopped earlier counts with its own last such mean, as in the paper.

    Args:
      run: has a return at `frames` or before.
      frames: where the bin ends.
      width: frames of the bin.
    """
    inside = _inside(run, frames, width)
    return float(inside.mean()) if len(inside) else float(run.returns[run.frames <= frames][-1])


def is_gap(run: Run, frames: int, width: int) -> bool:
    """Returns whether a run that goes on beyond `frames` has no return in (frames - width, frames]."""
    return not len(_inside(run, frames, width))


def _inside(run: Run, frames: int, width: int) -> np.ndarray:
    until = min(frames, run.frames[-1])
    return run.returns[(run.frames > until - width) & (run.frames <= until)]


def bins(run: Run, width: int) -> tuple[np.ndarray, np.ndarray]:
    """Averages the returns of a run over the bins (edge - width, edge] that hold returns.

    Returns:
      edges: frames at the right edges of the bins, int64 [N]; the last one is where the run ends.
      means: mean returns, float64 [N].
    """
    index = np.maximum(-(-run.frames // width), 1)
    which, inverse = np.unique(index, return_inverse=True)
    means = np.bincount(inverse, run.returns) / np.bincount(inverse)
    return np.minimum(which * width, max(1, run.frames[-1])), means
