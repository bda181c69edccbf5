"""Profiles a few updates and the time between these, for TensorBoard."""

import pathlib

import tensorflow as tf

WARM_UP_UPDATES = 10  # before it begins


class Profiler:
    """Records a profile into a folder.

    Args:
      folder: of the run.
      updates: that are recorded; 0 = none.
    """

    def __init__(self, folder: pathlib.Path, updates: int) -> None:
        self._folder, self._updates = folder, updates
        self._began_at: int | None = None  # updates made when it began

    def __call__(self, updates: int) -> None:
        """Begins or ends, by the number of updates that this process has updates."""
        if self._updates and self._began_at is None and updates >= WARM_UP_UPDATES:
            self._began_at = updates
            tf.profiler.experimental.start(str(self._folder))
        elif self._began_at is not None and updates >= self._began_at + self._updates:
            self.close()

    def close(self) -> None:
        """Ends it, where it goes on."""
        if self._updates and self._began_at is not None:
            self._updates = 0
            tf.profiler.experimental.stop()
