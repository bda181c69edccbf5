"""Numbers and films for TensorBoard."""

import contextlib

import tensorflow as tf
from tensorboard.compat.proto import summary_pb2


class TensorBoard:
    """Writes an event file into a folder; open it with `tensorboard --logdir FOLDER`.

    Raises:
      OSError: it cannot be written.
    """

    def __init__(self, folder):
        self._folder = str(folder)
        self._writer = None

    def write(self, step, numbers):
        with self._writing():
            for name, value in numbers.items():
                tf.summary.scalar(f'scalars/{name}', value, step)

    def write_gif(self, step, name, encoded, shape):
        """An animated GIF of frames [T, H, W, C]."""
        _, height, width, channels = shape
        image = summary_pb2.Summary.Image(
            height=height, width=width, colorspace=channels, encoded_image_string=encoded)
        value = summary_pb2.Summary.Value(tag=name, image=image)
        with self._writing():
            tf.summary.experimental.write_raw_pb(
                summary_pb2.Summary(value=[value]).SerializeToString(), step)

    @contextlib.contextmanager
    def _writing(self):
        try:
            self._writer = self._writer or tf.summary.create_file_writer(self._folder, max_queue=1000)
            with self._writer.as_default():
                yield
            self._writer.flush()
        except tf.errors.OpError as error:
            raise OSError(f'events cannot be written to {self._folder}: {error.message}') from None
