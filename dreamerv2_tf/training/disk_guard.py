"""Ends a run in time, before the disk is full."""

import shutil

from ..errors import UserError


class Space:
    """Watches the free space of a run's disk, and remembers once it was too little.

    What is kept free is enough to save twice.

    Args:
      folder: on that disk; it need not exist.
      checkpoint_bytes: size of a checkpoint.
      spare_bytes: kept free besides.

    Attributes:
      was_low: whether `low` ever was true.

    Raises:
      UserError: there is too little at the beginning.
    """

    def __init__(self, folder, checkpoint_bytes, spare_bytes=100 * 2**20):
        absolute = folder.absolute()
        self._folder = next(path for path in (absolute, *absolute.parents) if path.exists())
        self._needed = 2 * checkpoint_bytes + spare_bytes
        self.was_low = False
        if self.low():
            raise UserError(
                f'`logdir` {folder}: its disk has {self._left()} GB left; a run needs '
                f'{self._needed / 1e9:.2f} GB for checkpoints alone'
            )

    def low(self):
        """Whether there is too little, now or before."""
        self.was_low = self.was_low or self._free() < self._needed
        return self.was_low

    def describe(self):
        """Why a run ended."""
        return (
            f'the disk of {self._folder} has {self._left()} GB left and {self._needed / 1e9:.2f} GB are '
            'kept for checkpoints; all is saved. Free some space'
        )

    def _left(self):
        return f'{self._free() / 1e9:.2f}'

    def _free(self):
        return shutil.disk_usage(self._folder).free
