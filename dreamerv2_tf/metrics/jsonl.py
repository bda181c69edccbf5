"""`metrics.jsonl`: a line of JSON for every write."""

import json
import math
import os

LONGEST_LINE = 2**20  # bytes


class Jsonl:
    """Appends {"step": frames, "train_return": ..., ...} to a file; what is not finite becomes null."""

    def __init__(self, path):
        self._path = path

    def flush(self):
        """Brings all lines to the disk. Returns the bytes written so far, also by processes before."""
        if not self._path.exists():
            return 0
        with self._path.open('ab') as file:
            os.fsync(file.fileno())
            return file.tell()

    def cut(self, size=None):
        """Forgets what was written after it had that size, and a line that a killed process did not finish."""
        if not self._path.exists():
            return
        with self._path.open('rb+') as file:
            end = file.seek(0, os.SEEK_END)
            end = end if size is None else min(size, end)
            begin = max(0, end - LONGEST_LINE)
            file.seek(begin)
            file.truncate(begin + file.read(end - begin).rfind(b'\n') + 1)

    def write(self, step, numbers):
        finite = {k: v if math.isfinite(v) else None for k, v in numbers.items()}
        with self._path.open('a') as file:
            file.write(json.dumps({'step': step, **finite}) + '\n')
