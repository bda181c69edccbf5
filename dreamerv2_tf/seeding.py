"""Every random draw has an owner: its numbers follow from the run's seed and its purpose."""

import contextlib
import random
import zlib

import numpy as np


def generator(seed, purpose, *numbers):
    """A NumPy generator of its own for (seed, purpose, numbers), e.g. ('sampler',) or ('env', 3)."""
    return np.random.default_rng(_sequence(seed, purpose, numbers))


def tensor_seed(seed, purpose, *numbers):
    """A seed, int32 [2], for TensorFlow's stateless draws, e.g. of ('update', 17)."""
    return _sequence(seed, purpose, numbers).generate_state(2).astype(np.int32)


def _sequence(seed, purpose, numbers):
    return np.random.SeedSequence([seed, zlib.crc32(purpose.encode()), *numbers])


@contextlib.contextmanager
def initial_weights_from(seed):
    """Initial weights of layers made in the body follow from a seed.

    Keras draws the seeds of its initialisers from Python's `random`, whose state is as before afterwards.
    """
    before = random.getstate()
    random.seed(seed)
    try:
        yield
    finally:
        random.setstate(before)
