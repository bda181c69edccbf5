"""Scalars for TensorBoard."""

import tensorflow as tf


class TensorBoard:
    """Writes event files into a folder; open it with `tensorboard --logdir FOLDER`."""

    def __init__(self, folder):
        self._writer = tf.summary.create_file_writer(str(folder), max_queue=1000)

    def write(self, step, numbers):
        with self._writer.as_default():
            for name, value in numbers.items():
                tf.summary.scalar(f'scalars/{name}', value, step)
        self._writer.flush()
