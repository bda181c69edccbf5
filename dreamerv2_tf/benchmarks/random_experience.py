"""Random numbers in place of experience, the same at each call. TensorFlow is not needed for them."""

from collections.abc import Mapping

import numpy as np

from ..spec import ActionSpec, Spec


def batch(sequences: int, length: int, observation: Mapping[str, Spec], action: ActionSpec) -> dict[str, np.ndarray]:
    """Returns rows {key: [B, T, ...]}; sequences begin with is_first."""
    rows = _random((sequences, length), observation, action)
    rows['is_first'][:, 0] = True
    return rows


def episode(steps: int, observation: Mapping[str, Spec], action: ActionSpec) -> dict[str, np.ndarray]:
    """Returns rows {key: [L+1, ...]} of which the last one is_last."""
    rows = {key: value[0] for key, value in batch(1, steps + 1, observation, action).items()}
    rows['is_last'][-1] = True
    return rows


def _random(size: tuple[int, int], observation: Mapping[str, Spec], action: ActionSpec) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    rows: dict[str, np.ndarray] = {}
    for key, (shape, dtype) in observation.items():
        draw = rng.integers(0, 256, (*size, *shape)) if dtype == np.uint8 else rng.normal(size=(*size, *shape))
        rows[key] = draw.astype(dtype)
    rows['reward'] = rng.normal(size=size).astype(np.float32)
    rows['action'] = np.stack([[action.random(rng) for _ in range(size[1])] for _ in range(size[0])])
    for flag in ('is_first', 'is_last', 'is_terminal'):
        rows[flag] = np.zeros(size, bool)
    return rows
