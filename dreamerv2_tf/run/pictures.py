"""When films are made: at evaluations, of the policy and of what the world model predicts."""

import functools

import keras
import numpy as np
import tensorflow as tf

from ..agent.report import SEEN_ROWS, open_loop
from ..metrics.background import Background
from ..metrics.clocks import Every
from ..metrics.video import gif, is_film, watchable
from ..seeding import tensor_seed

SEQUENCES, LENGTH = 6, 50  # of an open-loop film


class Pictures:
    """Makes GIFs in the background: files `FOLDER/<name>-<frames>.gif`, and images of TensorBoard.

    Args:
      folder: made when the first one is written.
      world_model: a `WorldModel`.
      keys: observations to show.
      seed: of the run.
      every: agent steps between films; 0 = never.
      tensorboard: has `write_gif(step, name, bytes, shape)`.
    """

    def __init__(self, folder, world_model, keys, seed, every, tensorboard):
        self._folder, self._world_model, self._seed = folder, world_model, seed
        self._keys, self._due = keys, Every(every)
        self._background, self._tensorboard = Background(), tensorboard

    def make(self, steps, frames, episodes):
        """Films of evaluation episodes {key: [L+1, ...]}, if they are due at so many agent steps."""
        if not episodes or not self._due(steps):
            return
        rows = sequences(episodes)
        weights = _snapshot(self._world_model)
        seed = tensor_seed(self._seed, 'report', steps)
        for key in self._keys:
            if key not in episodes[0] or not is_film(episodes[0][key]):
                continue
            self._submit(f'eval_policy_{key}', frames, functools.partial(watchable, episodes[-1][key]))
            if rows and key in self._world_model.decoder.cnn_keys:
                self._submit(f'open_loop_{key}', frames, functools.partial(
                    _predicted, self._world_model, weights, rows, key, seed))

    def _submit(self, name, frames, film):
        self._background.submit(
            f'{name} at {frames:,} frames', functools.partial(self._write, name, frames, film))

    def _write(self, name, frames, film):
        pixels = film()
        encoded = gif(pixels)
        self._folder.mkdir(parents=True, exist_ok=True)
        temporary = self._folder / f'.{name}.tmp'
        temporary.write_bytes(encoded)
        temporary.rename(self._folder / f'{name}-{frames:09d}.gif')
        self._tensorboard.write_gif(frames, name, encoded, pixels.shape)

    def close(self):
        """Waits for films that are being made."""
        self._background.close()


def sequences(episodes):
    """Rows [B, T, ...] of up to 6 x 50, spread over episodes; None if these are too short."""
    length = min(LENGTH, *(len(episode['reward']) for episode in episodes))
    if length <= SEEN_ROWS:
        return None
    last = [len(episode['reward']) - length for episode in episodes]
    picks = [(i % len(episodes), i // len(episodes)) for i in range(SEQUENCES)]
    turns = picks[-1][1] or 1
    cuts = [(episodes[e], last[e] * turn // turns) for e, turn in picks]
    return {key: np.stack([episode[key][start:start + length] for episode, start in cuts])
            for key in episodes[0]}


def _predicted(world_model, weights, rows, key, seed):
    with keras.StatelessScope(state_mapping=weights):
        return open_loop(world_model, {name: tf.constant(value) for name, value in rows.items()}, key, seed)


def _snapshot(world_model):
    """[(variable, its value now)]; TensorFlow copies a buffer only when the variable changes."""
    return [(v, tf.convert_to_tensor(v.value)) for part in world_model.parts.values() for v in part.variables]
