"""An environment in a process of its own, which ends with everything that it started, whatever becomes of the run."""

import atexit
import contextlib
import multiprocessing
import multiprocessing.connection
import os
import pickle
import selectors
import signal
import subprocess
import sys
import weakref
from collections.abc import Callable
from multiprocessing.context import SpawnProcess
from multiprocessing.reduction import ForkingPickler
from typing import Any

from ..errors import UserError
from .calls import Calls, Failure
from .row_env import RowEnv

NO_MAIN_GUARD = 86  # exit code of a worker that would start workers
KILL_WITH_PARENT = 'read -r nothing; kill -KILL 0'  # of the shell: at the end of its input, ends its process group


class Process:
    """An environment in a process of its own: see `Worker`.

    The process leads a session of its own, so that Ctrl-C in a terminal does not reach it, and a process group, so
    that processes which the environment starts are ended together with it.

    Raises:
      UserError: the function that makes the environment cannot be sent to another process.
    """

    def __init__(self, construct: Callable[[], RowEnv]) -> None:
        pickled = _pickled(construct)
        context = multiprocessing.get_context('spawn')
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=serve, args=(theirs,), name='environment', daemon=False)
        try:
            self._process.start()
        except RuntimeError as error:
            if 'bootstrapping' in str(error):  # this process is a worker that runs the script of its parent
                sys.exit(NO_MAIN_GUARD)
            raise
        self._kill = weakref.finalize(self, _kill, self._process)
        atexit.register(self._kill)  # before multiprocessing waits for its children
        theirs.close()
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._pipe, selectors.EVENT_READ)
        self._send(pickled)

    def send(self, method: str, *args: Any) -> None:
        """Begins a call."""
        self._send(ForkingPickler.dumps((method, args)))

    def wait(self, seconds: float) -> bool:
        """Waits for an answer or the end of the process, at most so long."""
        return bool(self._selector.select(seconds)) or not self._process.is_alive()

    def receive(self) -> Any:
        """Returns the answer, or how the process ended."""
        with contextlib.suppress(EOFError, OSError):
            if self._selector.select(0):
                return self._pipe.recv()
        self._process.join(timeout=1)
        return _death(self._process.exitcode)

    def end(self, seconds: float) -> None:
        """Waits at most so long until the process has ended, then kills it with all that it started."""
        self._process.join(seconds)
        self._kill()
        atexit.unregister(self._kill)
        self._selector.close()
        self._pipe.close()

    def _send(self, pickled: Any) -> None:
        with contextlib.suppress(OSError):  # the process is gone, and `receive` says so
            self._pipe.send_bytes(pickled)


def serve(pipe: multiprocessing.connection.Connection) -> None:
    """Runs in the process of an environment: answers calls until `close` or the end of the pipe."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1):
        signal.signal(number, signal.SIG_IGN)  # the run gets it, too, and ends this process
    os.setsid()
    with contextlib.nullcontext(_killed_with_parent()), contextlib.suppress(EOFError, OSError):
        try:
            calls = Calls(pickle.loads(pipe.recv_bytes()))
        except Exception as error:
            pipe.send(_not_sent(error))
            return
        method = ''
        while method != 'close':
            method, args = pipe.recv()
            pipe.send(calls(method, *args))


def _killed_with_parent() -> 'subprocess.Popen[bytes]':
    """Starts a shell that kills the process group of this process once the parent is gone.

    A thread of this process would not do: the environment may hang in C code that lets no other thread run.
    """
    parent = multiprocessing.parent_process()
    assert parent is not None
    return subprocess.Popen(
        ['/bin/sh', '-c', KILL_WITH_PARENT],
        stdin=parent.sentinel,  # the end of a pipe that the parent holds
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def _kill(process: SpawnProcess) -> None:
    assert process.pid is not None
    process.kill()
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.join()


def _pickled(construct: Callable[[], RowEnv]) -> Any:
    try:
        return ForkingPickler.dumps(construct)
    except Exception as error:  # of any kind: objects are pickled in ways of their own
        raise _not_sent(error) from error


def _not_sent(error: Exception) -> UserError:
    return UserError(
        'with `envs_parallel: process` the environment is made in a process of its own, and what makes it cannot be '
        f'sent there: {error}. Use a function of a module, or `envs_parallel: thread` or `none`'
    )


def _death(exitcode: int | None) -> Failure | UserError:
    """Returns how a process ended."""
    if exitcode == NO_MAIN_GUARD:
        return UserError(
            'with `envs_parallel: process` every worker imports the script, which would start workers again: put what '
            "the script does below a line `if __name__ == '__main__':`"
        )
    if exitcode is not None and exitcode < 0:
        return Failure(f'ended, since its process was killed by {signal.Signals(-exitcode).name}')
    return Failure(f'ended, since its process ended with exit code {exitcode}')
