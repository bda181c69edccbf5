"""Open-loop predictions of recorded rows, as films."""

from collections.abc import Mapping

import numpy as np
import tensorflow as tf

from ..distributions.draws import split
from .imagination import follow
from .world_model import WorldModel

SEEN_ROWS = 5  # of an open-loop prediction


def open_loop(
    world_model: WorldModel, rows: Mapping[str, tf.Tensor], key: str, seed: tf.Tensor, seen: int = SEEN_ROWS
) -> np.ndarray:
    """Draws truth, prediction and error of sequences, side by side, as one film.

        row         0 .. seen-1                    seen .. T-1
        model       reconstructs what it sees      predicts from the actions alone

    Args:
      world_model: a `WorldModel`.
      rows: experience {key: [B, T, ...]}, T > seen.
      key: of an image observation that is decoded.
      seed: [2].

    Returns uint8 [T, 3*H, B*W, C]: truth above, model below it, and the error, gray where it is 0.
    """
    batch = world_model.preprocess(rows)
    observe_seed, imagine_seed = tf.unstack(split(seed, 2))
    seen_rows = {name: value[:, :seen] for name, value in batch.items()}
    post, _ = world_model.rssm.observe(
        world_model.encoder(seen_rows), seen_rows['action'], seen_rows['is_first'], observe_seed
    )
    last = tf.nest.map_structure(lambda x: x[:, -1], post)
    actions = tf.transpose(batch['action'][:, seen:], [1, 0, 2])
    predicted = follow(world_model.rssm, last, actions, imagine_seed).state.feat[1:]
    feat = tf.concat([post.feat, tf.transpose(predicted, [1, 0, 2])], 1)
    truth = batch[key] + 0.5
    model = tf.clip_by_value(world_model.decoder(feat)[key] + 0.5, 0, 1)
    film = tf.concat([truth, model, (model - truth + 1) / 2], 2)  # [B, T, 3*H, W, C]
    film = tf.concat(tf.unstack(film), 2)
    pixels: np.ndarray = tf.cast(tf.round(film * 255), tf.uint8).numpy()
    return pixels
