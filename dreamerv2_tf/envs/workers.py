"""Where an environment lives: in the thread that calls it, or in one of its own."""

import math
import queue
import threading
import time
from collections.abc import Callable
from typing import Any, Protocol

from .calls import TOO_LATE, Calls, Failure
from .row_env import RowEnv

HANGING_SECONDS = 2.0  # of a call in the thread of the run, which is given up then if the run is being stopped


class Worker(Protocol):
    """Holds one environment and answers calls one after the other."""

    def send(self, method: str, *args: Any) -> None:
        """Begins a call, see `Calls`."""

    def wait(self, seconds: float) -> bool:
        """Waits for an answer, at most so long; returns whether `receive` has one."""

    def receive(self) -> Any:
        """Returns the answer, see `Calls`, or a `Failure` of the worker itself."""

    def end(self, seconds: float) -> None:
        """Waits at most so long until the worker has ended after a call of `close`, and gives it up then."""


class Interrupted(BaseException):
    """A call of an `Inline` environment is given up. No `except Exception` of an environment holds it up."""


def interrupt_call() -> None:
    """Gives up the call that an `Inline` environment is making in this thread, if it goes on for seconds already.

    For handlers of signals: it reaches Python code, and C code that waits for something.
    """
    if time.monotonic() > Inline.began + HANGING_SECONDS:
        raise Interrupted


class Inline:
    """An environment in the thread that calls it. A call that hangs goes on until `interrupt_call`."""

    began = math.inf  # when the call that goes on in the main thread began

    def __init__(self, construct: Callable[[], RowEnv]) -> None:
        self._calls = Calls(construct)
        self._answer: Any = None

    def send(self, method: str, *args: Any) -> None:
        """Makes the call."""
        try:
            if threading.current_thread() is threading.main_thread():
                Inline.began = time.monotonic()
            self._answer = self._calls(method, *args)
        except Interrupted:
            self._answer = Failure(TOO_LATE)
        finally:
            Inline.began = math.inf

    def wait(self, seconds: float) -> bool:
        """The answer is there."""
        return True

    def receive(self) -> Any:
        """Returns the answer."""
        return self._answer

    def end(self, seconds: float) -> None:
        """There is nothing to end."""


class Thread:
    """An environment in a thread of its own. A thread that hangs is given up: it stays until the process ends."""

    def __init__(self, construct: Callable[[], RowEnv]) -> None:
        self._requests: queue.SimpleQueue[tuple[str, tuple[Any, ...]]] = queue.SimpleQueue()
        self._answers: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._answer: Any = None
        self._thread = threading.Thread(target=self._serve, args=(Calls(construct),), name='environment', daemon=True)
        self._thread.start()

    def send(self, method: str, *args: Any) -> None:
        """Begins a call."""
        self._requests.put((method, args))

    def wait(self, seconds: float) -> bool:
        """Waits for an answer, at most so long."""
        try:
            self._answer = self._answers.get(timeout=seconds)
        except queue.Empty:
            return False
        return True

    def receive(self) -> Any:
        """Returns the answer that `wait` has got."""
        return self._answer

    def end(self, seconds: float) -> None:
        """Waits at most so long until the thread has ended."""
        self._thread.join(seconds)

    def _serve(self, calls: Calls) -> None:
        method = ''
        while method != 'close':
            method, args = self._requests.get()
            self._answers.put(calls(method, *args))
