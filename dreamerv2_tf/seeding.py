"""Every random draw has an owner: its numbers follow from the run's seed and its purpose."""

import contextlib
import random
import zlib
from collections.abc import Iterator

import numpy as np


def generator(seed: int, purpose: str, *numbers: int) -> np.random.Generator:
    """Returns a NumPy generator of its own for (seed, purpose, numbers), e.g. ('sampler',) or ('env', 3)."""
    return np.random.default_rng(_sequence(seed, purpose, numbers))


def tensor_seed(seed: int, purpose: str, *numbers: int) -> np.ndarray:
    """Returns a seed, int32 [2] and not negative, for TensorFlow's stateless draws, e.g. of ('update', 17)."""
    return (_sequence(seed, purpose, numbers).generate_state(2) >> 1).astype(np.int32)


@contextlib.contextmanager
def initial_weights_from(seed: int) -> Iterator[None]:
    """Layers that are made in the body get initial weights that follow from the seed.

    Initialisers of Keras that have no seed of their own draw one from Python's `random` when they are
    made. It begins with this seed in the body; afterwards it goes on as if the body had not been.
    """
    state = random.getstate()
    random.seed(seed)
    try:
        yield
    finally:
        random.setstate(state)


def _sequence(seed: int, purpose: str, numbers: tuple[int, ...]) -> np.random.SeedSequence:
    return np.random.SeedSequence([seed, zlib.crc32(purpose.encode()), *numbers])
