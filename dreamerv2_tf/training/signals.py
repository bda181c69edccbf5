"""Ends a run after a signal of the user or of the machine."""

import contextlib
import signal
import threading
from collections.abc import Iterator
from types import FrameType

SIGNALS = {  # {signal: exit code of the run that it ends}
    signal.SIGINT: 0,  # Ctrl-C
    signal.SIGUSR1: 0,  # a batch system that is about to end the job, which asks to be started again
    signal.SIGTERM: 128 + signal.SIGTERM,
    signal.SIGHUP: 128 + signal.SIGHUP,  # the terminal was closed
}


class Stop:
    """True once one of `SIGNALS` came in while it was listening.

    A second signal raises KeyboardInterrupt at once: it does not wait for the step to end.
    """

    def __init__(self) -> None:
        self._received: list[signal.Signals] = []

    def __call__(self) -> bool:
        """Whether a signal came in."""
        return bool(self._received)

    @property
    def exit_code(self) -> int:
        """What a process that ended this way returns, see `SIGNALS`; 0 without a signal."""
        return SIGNALS[self._received[0]] if self._received else 0

    @contextlib.contextmanager
    def listening(self) -> Iterator[None]:
        """Takes the signals over while the body runs. Only the main thread can; in another one, nothing changes."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.signal(number, self._receive) for number in SIGNALS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _receive(self, number: int, frame: FrameType | None) -> None:
        if self._received:
            raise KeyboardInterrupt
        self._received.append(signal.Signals(number))
