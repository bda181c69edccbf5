"""Films of a run: of evaluation episodes, and of what the world model predicts of them."""

import functools
import logging
import pathlib
from collections.abc import Callable, Sequence

import keras
import numpy as np
import tensorflow as tf

from ..agent.open_loop import SEEN_ROWS, open_loop
from ..agent.world_model import WorldModel
from ..files import replacing, safe_name
from ..media.background_jobs import Background
from ..media.gif import gif, is_film, watchable
from ..metrics.tensorboard import TensorBoard
from ..seeding import tensor_seed
from ..spec import Spec

SEQUENCES, SEQUENCE_ROWS = 6, 50  # of an open-loop film
Episode = dict[str, np.ndarray]
FilmMaker = Callable[[], np.ndarray]  # gives frames uint8 [T, H, W, C]

_log = logging.getLogger(__name__)


class Films:
    """Makes films in the background: files `FOLDER/<safe name>-<frames>.gif`, and images for TensorBoard.

    Args:
      folder: of the files; created when the first one is written.
      world_model: a `WorldModel`.
      observation: {key: `Spec`} of the environment.
      keys: observations to show; a warning names those that can be shown, if some of these cannot. Where none of them
        can, all that can are shown.
      seed: of the run.
      tensorboard: has `write_gif(step, name, bytes, shape)`.
    """

    def __init__(
        self,
        folder: pathlib.Path,
        world_model: WorldModel,
        observation: dict[str, Spec],
        keys: Sequence[str],
        seed: int,
        tensorboard: TensorBoard,
    ) -> None:
        self._folder, self._world_model, self._seed = folder, world_model, seed
        films = [key for key, spec in observation.items() if is_film(spec.shape, spec.dtype)]
        named = [key for key in keys if key in films]
        self._keys = named or (films if keys else [])
        if films and len(named) < len(keys):
            _log.warning(
                'of `log_keys_video` %s only %s can be shown; %s',
                *(', '.join(keys), ', '.join(films), 'shown are those that are named' if named else 'they are shown'),
            )
        self._background, self._tensorboard = Background(), tensorboard

    def possible(self, episodes: list[Episode]) -> bool:
        """Whether films of these evaluation episodes can be made."""
        return bool(episodes and self._keys)

    def make(self, steps: int, frames: int, episodes: list[Episode]) -> None:
        """Makes films of the policy and of the world model's predictions.

        Args:
          steps: agent steps of the run.
          frames: frames of the run, which the file names contain.
          episodes: of the evaluation, {key: [L+1, ...]}, the newest last.
        """
        played = {f'eval_policy_{key}': functools.partial(watchable, episodes[-1][key]) for key in self._keys}
        self._submit(frames, played | self._open_loop(steps, episodes))

    def make_open_loop(self, steps: int, frames: int, episodes: list[Episode]) -> None:
        """Makes only the films of the world model's predictions; arguments as of `make`."""
        self._submit(frames, self._open_loop(steps, episodes))

    def _open_loop(self, steps: int, episodes: list[Episode]) -> dict[str, FilmMaker]:
        """Returns {name: function that makes its frames}."""
        weights, rows = _current_weights(self._world_model), sequences(episodes)
        seed = tensor_seed(self._seed, 'report', steps)
        return {
            f'open_loop_{key}': functools.partial(_predicted, self._world_model, weights, rows, key, seed)
            for key in self._keys
            if rows and key in self._world_model.decoder.cnn_keys
        }

    def _submit(self, frames: int, films: dict[str, FilmMaker]) -> None:
        self._background.submit(f'films at {frames:,} frames', functools.partial(self._write, frames, films))

    def _write(self, frames: int, films: dict[str, FilmMaker]) -> None:
        self._folder.mkdir(exist_ok=True)
        for name, film in films.items():
            pixels = film()
            encoded = gif(pixels)
            with replacing(self._folder / f'{safe_name(name)}-{frames:09d}.gif') as file:
                file.write(encoded)
            self._tensorboard.write_gif(frames, name, encoded, pixels.shape)

    def close(self) -> None:
        """Waits for films that are being made."""
        self._background.close()


def sequences(episodes: list[Episode]) -> Episode | None:
    """Returns rows [B, T, ...] of up to 6 x 50, spread over episodes; None if these are too short.

    As in training, row 0 of each has is_first set, so that its action is ignored.
    """
    length = min(SEQUENCE_ROWS, *(len(episode['reward']) for episode in episodes))
    if length <= SEEN_ROWS:
        return None
    last = [len(episode['reward']) - length for episode in episodes]
    picks = [(i % len(episodes), i // len(episodes)) for i in range(SEQUENCES)]
    turns = picks[-1][1] or 1
    cuts = [(episodes[e], last[e] * turn // turns) for e, turn in picks]
    rows = {key: np.stack([episode[key][start : start + length] for episode, start in cuts]) for key in episodes[0]}
    rows['is_first'][:, 0] = True
    return rows


def _predicted(world_model: WorldModel, weights: list, rows: Episode, key: str, seed: np.ndarray) -> np.ndarray:
    with keras.StatelessScope(state_mapping=weights):
        return open_loop(world_model, {name: tf.constant(value) for name, value in rows.items()}, key, seed)


def _current_weights(world_model: WorldModel) -> list:
    """Returns [(variable, its value now)]; TensorFlow copies a buffer only when the variable changes."""
    return [(v, tf.convert_to_tensor(v.value)) for part in world_model.parts.values() for v in part.variables]
