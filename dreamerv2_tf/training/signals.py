"""Ends a run when the user or the machine asks for it."""

import contextlib
import signal


class Stop:
    """True once SIGINT (Ctrl-C), SIGTERM or SIGHUP (a closed terminal) came in while it was listening.

    A second signal raises KeyboardInterrupt at once: it does not wait for the step to end.
    """

    def __init__(self):
        self._received = []

    def __call__(self):
        return bool(self._received)

    @property
    def exit_code(self):
        """What a process that ended this way returns: 0 after Ctrl-C, else 128 + signal, such as 143."""
        number = self._received[0] if self._received else signal.SIGINT
        return 0 if number == signal.SIGINT else 128 + number

    @contextlib.contextmanager
    def listening(self):
        """Takes the signals over while the body runs."""
        numbers = signal.SIGINT, signal.SIGTERM, signal.SIGHUP
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
