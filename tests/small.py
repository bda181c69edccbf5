"""A whole agent with tiny layers, and random experience for it."""

import numpy as np

from dreamerv2_tf import build
from dreamerv2_tf.config import flags
from dreamerv2_tf.experience import ActionSpec, Spec

B, T, A = 3, 6, 4
SIZES = {
    'rssm.deter': 12, 'rssm.hidden': 16, 'rssm.stoch': 4, 'rssm.discrete': 5, 'encoder.cnn_depth': 2,
    'decoder.cnn_depth': 2, '.*_layers': '16,16', '.*(head|actor|critic).layers': 2,
    '.*(head|actor|critic).units': 16, 'imag_horizon': 5, 'dataset.batch': B, 'dataset.length': T}


def config(**changes):
    """The atari preset with tiny layers; `__` in a name stands for a dot."""
    changes = SIZES | {key.replace('__', '.'): value for key, value in changes.items()}
    argv = [f'--{key}={value}' for key, value in changes.items()]
    return flags.parse(['--configs', 'atari', *argv])[0]


def agent(discrete=True, precision='float32', jit_compile=False, observation=None, **changes):
    observation = observation or {'image': Spec((64, 64, 1), np.dtype(np.uint8))}
    return build.make_agent(config(**changes), observation, ActionSpec(A, discrete), precision, jit_compile)


def rows(seed=0, discrete=True):
    """A random batch of experience, with an episode that ends in the middle."""
    rng = np.random.default_rng(seed)
    is_first, is_terminal = np.zeros((B, T), bool), np.zeros((B, T), bool)
    is_first[:, 0] = is_first[1, 3] = is_terminal[1, 2] = True
    action = (np.eye(A, dtype=np.float32)[rng.integers(A, size=(B, T))] if discrete
              else rng.uniform(-1, 1, (B, T, A)).astype(np.float32))
    return {
        'image': rng.integers(0, 256, (B, T, 64, 64, 1)).astype(np.uint8),
        'reward': rng.normal(size=(B, T)).astype(np.float32), 'action': action,
        'is_first': is_first, 'is_last': is_terminal, 'is_terminal': is_terminal}
