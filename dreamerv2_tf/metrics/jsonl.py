"""`metrics.jsonl`: a line of JSON for every write."""

import json
import math


class Jsonl:
    """Appends {"step": frames, "train_return": ..., ...} to a file; what is not finite becomes null."""

    def __init__(self, path):
        self._path = path

    def write(self, step, numbers):
        finite = {k: v if math.isfinite(v) else None for k, v in numbers.items()}
        with self._path.open('a') as file:
            file.write(json.dumps({'step': step, **finite}) + '\n')
