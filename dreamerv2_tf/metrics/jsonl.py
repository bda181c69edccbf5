"""`metrics.jsonl`: a line of JSON for every write."""

import json
import math
import os
import pathlib

import numpy as np

from ..spec import State

MAX_LINE_BYTES = 2**20


class Jsonl:
    """Appends {"step": frames, "train_return": ..., ...} to a file; what is not finite becomes null.

    Attributes:
      path: of the file.
    """

    def __init__(self, path: pathlib.Path):
        self.path = path
        self._size: int | None = None  # bytes that `cut` keeps

    def write(self, step: int, numbers: dict[str, float]) -> None:
        """Appends a line, whole or not at all. Raises OSError if it cannot be written; names the file."""
        finite = {k: v if math.isfinite(v) else None for k, v in numbers.items()}
        line = f'{json.dumps({"step": step, **finite})}\n'.encode()
        try:
            with self.path.open('ab', buffering=0) as file:
                size = file.tell()
                try:
                    while line:
                        line = line[file.write(line) :]
                except OSError:
                    file.truncate(size)
                    raise
        except OSError as error:
            raise OSError(error.errno, error.strerror, str(self.path)) from error

    def get_state(self) -> State:
        """({'bytes': size of the file}, no arrays), once all lines are on the disk."""
        if not self.path.exists():
            return {'bytes': 0}, {}
        with self.path.open('ab') as file:
            os.fsync(file.fileno())
            return {'bytes': file.tell()}, {}

    def set_state(self, plain: dict[str, int], arrays: dict[str, np.ndarray]) -> None:
        """The next `cut` keeps no more than the file held then. Until then, the file stays as it is."""
        self._size = plain['bytes']

    def cut(self) -> None:
        """Removes lines that were written after the state that was set, and a last line without an end."""
        size, self._size = self._size, None
        if not self.path.exists():
            return
        with self.path.open('rb+') as file:
            end = file.seek(0, os.SEEK_END)
            end = end if size is None else min(size, end)
            begin = max(0, end - MAX_LINE_BYTES)
            file.seek(begin)
            file.truncate(begin + file.read(end - begin).rfind(b'\n') + 1)
