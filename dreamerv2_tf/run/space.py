"""Ends a run in time, before the disk is full."""

import shutil

from ..errors import UserError


class Space:
    """Watches the free space of a run's disk.

    What is kept free is enough for three checkpoints: two that are kept and one being written.

    Args:
      folder: on that disk.
      checkpoint_bytes: size of a checkpoint.
      spare_bytes: kept free besides.

    Raises:
      UserError: there is less than that at the beginning.
    """

    def __init__(self, folder, checkpoint_bytes, spare_bytes=100 * 2**20):
        self._folder = folder
        self.needed = 3 * checkpoint_bytes + spare_bytes
        if self.low():
            raise UserError(f'`logdir` {folder}: its disk has {self._free() / 1e9:.2f} GB left; a run needs '
                            f'{self.needed / 1e9:.2f} GB for checkpoints alone')

    def low(self):
        """Whether less is left than a checkpoint needs."""
        return self._free() < self.needed

    def describe(self):
        """Why a run ended."""
        return (f'the disk of {self._folder} has {self._free() / 1e9:.2f} GB left and '
                f'{self.needed / 1e9:.2f} GB are kept for checkpoints; all is saved. Free some space')

    def _free(self):
        return shutil.disk_usage(self._folder).free
