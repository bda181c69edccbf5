"""Ends a run before its disk is full."""

import pathlib
import shutil

from ..errors import UserError

SPARE_BYTES = 100 * 2**20  # kept free besides room for two checkpoints


class DiskGuard:
    """Watches the free space of a run's disk, and remembers once it was too little.

    Enough is kept free for two checkpoints.

    Args:
      folder: on that disk; it need not exist.
      checkpoint_bytes: size of a checkpoint.
      spare_bytes: kept free besides.

    Attributes:
      was_low: whether `low` ever was true.

    Raises:
      UserError: there is too little at the beginning.
    """

    def __init__(self, folder: pathlib.Path, checkpoint_bytes: int, spare_bytes: int = SPARE_BYTES) -> None:
        absolute = folder.absolute()
        self._folder = next(path for path in (absolute, *absolute.parents) if path.exists())
        self._needed = 2 * checkpoint_bytes + spare_bytes
        self.was_low = False
        if self.low():
            raise UserError(
                f'`logdir` {folder}: its disk has {self._left()} GB left; a run needs '
                f'{self._needed / 1e9:.2f} GB for checkpoints alone'
            )

    def low(self) -> bool:
        """Whether there is or was too little free space."""
        self.was_low = self.was_low or self._free() < self._needed
        return self.was_low

    def describe(self) -> str:
        """Returns why a run ended, as a sentence."""
        return (
            f'the disk of {self._folder} has {self._left()} GB left and {self._needed / 1e9:.2f} GB are '
            'kept for checkpoints; all is saved. Free some space'
        )

    def _left(self) -> str:
        return f'{self._free() / 1e9:.2f}'

    def _free(self) -> int:
        return shutil.disk_usage(self._folder).free
