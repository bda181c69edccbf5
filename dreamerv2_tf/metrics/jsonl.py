"""`metrics.jsonl`: a line of JSON for every write."""

import json
import math
import os


class Jsonl:
    """Appends {"step": frames, "train_return": ..., ...} to a file; what is not finite becomes null."""

    def __init__(self, path):
        self._path = path

    @property
    def size(self):
        """Bytes written so far, also by processes before."""
        return self._path.stat().st_size if self._path.exists() else 0

    def cut(self, size):
        """Forgets what was written after it had that size, such as what a resumed run writes again."""
        if self.size > size:
            os.truncate(self._path, size)

    def write(self, step, numbers):
        finite = {k: v if math.isfinite(v) else None for k, v in numbers.items()}
        with self._path.open('a') as file:
            file.write(json.dumps({'step': step, **finite}) + '\n')
