"""Numbers as lines of text."""

import sys


class Terminal:
    """Prints a line for every write."""

    def __init__(self, stream=None):
        self._stream = stream or sys.stdout

    def write(self, step, numbers):
        texts = ' / '.join(f'{name} {_short(value)}' for name, value in sorted(numbers.items()))
        print(f'[{step:,} frames] {texts}', file=self._stream, flush=True)


def _short(value):
    return f'{value:.0f}' if abs(value) >= 1000 else f'{value:.3g}'
