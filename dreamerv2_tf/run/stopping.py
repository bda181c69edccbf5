"""Ends a run when the user or the machine asks for it."""

import contextlib
import signal


class Stop:
    """True once SIGINT (Ctrl-C) or SIGTERM came in while it was listening.

    A second signal raises KeyboardInterrupt at once: it does not wait for the step to end.
    """

    def __init__(self):
        self._received = []

    def __call__(self):
        return bool(self._received)

    @property
    def exit_code(self):
        """What a process that ended this way returns: 143 after SIGTERM, else 0."""
        return 143 if signal.SIGTERM in self._received else 0

    @contextlib.contextmanager
    def listening(self):
        """Takes the signals over while the body runs."""
        numbers = signal.SIGINT, signal.SIGTERM
        before = [signal.signal(number, self._receive) for number in numbers]
        try:
            yield
        finally:
            for number, handler in zip(numbers, before):
                signal.signal(number, handler)

    def _receive(self, number, frame):
        if self._received:
            raise KeyboardInterrupt
        self._received.append(number)
