"""Ends a run after a signal of the user or of the machine."""

import contextlib
import signal
from collections.abc import Iterator
from types import FrameType


class Stop:
    """True once SIGINT (Ctrl-C), SIGTERM or SIGHUP (a closed terminal) came in while it was listening.

    A second signal raises KeyboardInterrupt at once: it does not wait for the step to end.
    """

    def __init__(self) -> None:
        self._received: list[int] = []

    def __call__(self) -> bool:
        """Whether a signal came in."""
        return bool(self._received)

    @property
    def exit_code(self) -> int:
        """What a process that ended this way returns: 0 after Ctrl-C, else 128 + signal, such as 143."""
        number = self._received[0] if self._received else signal.SIGINT
        return 0 if number == signal.SIGINT else 128 + number

    @contextlib.contextmanager
    def listening(self) -> Iterator[None]:
        """Takes the signals over while the body runs."""
        numbers = signal.SIGINT, signal.SIGTERM, signal.SIGHUP
        before = [signal.signal(number, self._receive) for number in numbers]
        try:
            yield
        finally:
            for number, handler in zip(numbers, before):
                signal.signal(number, handler)

    def _receive(self, number: int, frame: FrameType | None) -> None:
        if self._received:
            raise KeyboardInterrupt
        self._received.append(number)
