"""Scalars for TensorBoard."""

import tensorflow as tf


class TensorBoard:
    """Writes an event file into a folder; open it with `tensorboard --logdir FOLDER`."""

    def __init__(self, folder):
        self._folder = str(folder)
        self._writer = None

    def write(self, step, numbers):
        self._writer = self._writer or tf.summary.create_file_writer(self._folder, max_queue=1000)
        with self._writer.as_default():
            for name, value in numbers.items():
                tf.summary.scalar(f'scalars/{name}', value, step)
        self._writer.flush()
