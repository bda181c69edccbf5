"""Ends a run after a signal of the user or of the machine."""

import contextlib
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from types import FrameType
from typing import Any, NoReturn

SIGNALS = {  # {signal: exit code of the run that it ends}
    signal.SIGINT: 0,  # Ctrl-C
    signal.SIGUSR1: 0,  # a batch system that is about to end the job, which asks to be started again
    signal.SIGTERM: 128 + signal.SIGTERM,
    signal.SIGHUP: 128 + signal.SIGHUP,  # the terminal was closed
}
INTERRUPT_SECONDS = 3.0  # after the first signal, and again and again until the run has ended


class Stop:
    """True once one of `SIGNALS` came in while it was listening.

    A second signal raises KeyboardInterrupt at once: it does not wait for the step to end.

    Args:
      interrupt: called three seconds after the first signal, and again every three seconds, so that it can interrupt
        what does not end by itself.
    """

    def __init__(self, interrupt: Callable[[], None] = lambda: None) -> None:
        self._interrupt = interrupt
        self._received: list[signal.Signals] = []
        self._before_alarm: Any = signal.SIG_DFL

    def __call__(self) -> bool:
        """Whether a signal came in."""
        return bool(self._received)

    @property
    def exit_code(self) -> int:
        """What a process that ended this way returns, see `SIGNALS`; 0 without a signal."""
        return SIGNALS[self._received[0]] if self._received else 0

    @contextlib.contextmanager
    def listening(self) -> Iterator[None]:
        """Takes the signals over while the body of a with statement runs. Only the main thread can."""
        with _handled(SIGNALS, self._receive):
            try:
                yield
            finally:
                self._end_alarm()

    def _receive(self, number: int, frame: FrameType | None) -> None:
        if self._received:
            raise KeyboardInterrupt
        self._received.append(signal.Signals(number))
        self._before_alarm = signal.signal(signal.SIGALRM, lambda number, frame: self._interrupt())
        signal.setitimer(signal.ITIMER_REAL, INTERRUPT_SECONDS, INTERRUPT_SECONDS)

    def _end_alarm(self) -> None:
        if self._received:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, self._before_alarm)


def nothing_to_save() -> contextlib.AbstractContextManager[None]:
    """Lets SIGUSR1 end the process at once, with its exit code, while the body runs and no `Stop` listens."""
    return _handled([signal.SIGUSR1], _exit)


def _exit(number: int, frame: FrameType | None) -> NoReturn:
    raise SystemExit(SIGNALS[signal.Signals(number)])


@contextlib.contextmanager
def _handled(numbers: Iterable[signal.Signals], handler: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    """Has signals handled by a function; in another thread than the main one, Python allows no change."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, handler) for number in numbers}
    try:
        yield
    finally:
        for number, earlier in before.items():
            signal.signal(number, earlier)
