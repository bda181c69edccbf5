"""Numbers and films for TensorBoard."""

import os
import pathlib
import re
from typing import Any

import tensorflow as tf
from tensorboard.compat.proto import summary_pb2
from tensorboard.plugins.scalar.summary_v2 import scalar_pb


class TensorBoard:
    """Writes an event file into a folder; open it with `tensorboard --logdir FOLDER`."""

    def __init__(self, folder: pathlib.Path | str):
        self._folder = str(folder)
        self._writer: Any = None

    def write(self, step: int, numbers: dict[str, float]) -> None:
        """Writes a scalar for each number. Raises OSError if it cannot be written."""
        self._write(step, [scalar_pb(f'scalars/{name}', value).value[0] for name, value in numbers.items()])

    def write_gif(self, step: int, name: str, encoded: bytes, shape: tuple[int, ...]) -> None:
        """Writes an animated GIF of frames [T, H, W, C]. Raises OSError if it cannot be written."""
        _, height, width, channels = shape
        image = summary_pb2.Summary.Image(height=height, width=width, colorspace=channels, encoded_image_string=encoded)
        self._write(step, [summary_pb2.Summary.Value(tag=name, image=image)])

    def _write(self, step: int, values: list[summary_pb2.Summary.Value]) -> None:
        summary = summary_pb2.Summary(value=values).SerializeToString()
        try:
            self._writer = self._writer or tf.summary.create_file_writer(os.fsencode(self._folder), max_queue=1000)
            with self._writer.as_default():
                tf.summary.experimental.write_raw_pb(summary, step)
            self._writer.flush()
        except tf.errors.OpError as error:
            first_line = error.message.partition('\n')[0]
            reason = re.sub(r'^{{.*}} | \[Op:.*', '', first_line)  # without the name of TensorFlow's function
            raise OSError(f'events cannot be written to {self._folder}: {reason}') from None
