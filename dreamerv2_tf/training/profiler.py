"""A trace of a few updates and what happens between them, for TensorBoard's profiler."""

import tensorflow as tf

WARM_UP = 10  # updates before it


class Trace:
    """Called with the number of updates made; records `updates` of them into `folder`; 0 = none."""

    def __init__(self, folder, updates):
        self._folder, self._updates = folder, updates
        self._begun = None  # updates made when it began

    def __call__(self, made):
        if self._updates and self._begun is None and made >= WARM_UP:
            self._begun = made
            tf.profiler.experimental.start(str(self._folder))
        elif self._begun is not None and made >= self._begun + self._updates:
            self.close()

    def close(self):
        """Ends it, where it goes on."""
        if self._updates and self._begun is not None:
            self._updates = 0
            tf.profiler.experimental.stop()
