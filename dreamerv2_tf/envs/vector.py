"""Several environments that step together: one after the other, or each in a process."""

import multiprocessing
import multiprocessing.connection
import signal
import traceback
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..errors import StateError, UserError
from ..spec import Row, State
from .row_env import RowEnv


class Serial:
    """Environments in this process.

    Args:
      constructors: functions without arguments that make a `RowEnv` each.

    Attributes:
      observation, action, resumable, notes: as those of each `RowEnv`.
    """

    def __init__(self, constructors: Sequence[Callable[[], RowEnv]]):
        self._envs = [construct() for construct in constructors]
        first = self._envs[0]
        self.observation, self.action, self.resumable = first.observation, first.action, first.resumable
        self.notes = first.notes

    def __len__(self) -> int:
        return len(self._envs)

    def reset(self, index: int, seed: int) -> Row:
        """Returns row 0 of a new episode of one environment, whose random draws follow from the seed."""
        return self._envs[index].reset(seed)

    def step(self, actions: np.ndarray) -> list[Row]:
        """Returns a row of each environment, from actions [N, A]."""
        return [env.step(action) for env, action in zip(self._envs, actions)]

    def get_state(self) -> State:
        """Returns ({}, {INDEX/NAME: array}) of the episodes that can go on in another process."""
        return _joined([env.get_state() for env in self._envs])

    def set_state(self, plain: dict[str, Any], arrays: dict[str, np.ndarray]) -> None:
        """Goes on with saved episodes. Environments without a saved one stay as they are.

        Raises:
          StateError: an environment cannot go on; a new episode can be begun.
        """
        saved = _by_index(arrays)
        for index, env in enumerate(self._envs):
            if index in saved:
                env.set_state(plain, saved[index])

    def close(self) -> None:
        """Closes all environments."""
        for env in self._envs:
            env.close()


class Processes:
    """Environments in a process each, which step at the same time; otherwise as `Serial`.

    Raises:
      RuntimeError: an environment failed, with its number and its traceback.
    """

    def __init__(self, constructors: Sequence[Callable[[], RowEnv]]):
        context = multiprocessing.get_context('spawn')
        self._pipes, self._processes = [], []
        for construct in constructors:
            ours, theirs = context.Pipe()
            process = context.Process(target=_serve, args=(theirs, construct), daemon=True)
            process.start()
            theirs.close()
            self._pipes.append(ours)
            self._processes.append(process)
        self.observation, self.action, self.resumable, self.notes = [self._receive(i) for i in range(len(self))][0]

    def __len__(self) -> int:
        return len(self._pipes)

    def reset(self, index: int, seed: int) -> Row:
        """Returns row 0 of a new episode of one environment, whose random draws follow from the seed."""
        return self._call(index, 'reset', seed)

    def step(self, actions: np.ndarray) -> list[Row]:
        """Returns a row of each environment, from actions [N, A]."""
        for index, action in enumerate(actions):
            self._send(index, 'step', action)
        return [self._receive(i) for i in range(len(self))]

    def get_state(self) -> State:
        """Returns ({}, {INDEX/NAME: array}) of the episodes that can go on in another process."""
        return _joined([self._call(index, 'get_state') for index in range(len(self))])

    def set_state(self, plain: dict[str, Any], arrays: dict[str, np.ndarray]) -> None:
        """Goes on with saved episodes. Environments without a saved one stay as they are.

        Raises:
          StateError: an environment cannot go on; a new episode can be begun.
        """
        saved = _by_index(arrays)
        for index in range(len(self)):
            if index in saved:
                self._call(index, 'set_state', plain, saved[index])

    def close(self) -> None:
        """Closes all environments and ends their processes."""
        for index in range(len(self)):
            self._send(index, 'close')
        for process in self._processes:
            process.join(timeout=5)
            process.kill()

    def _call(self, index: int, method: str, *args: Any) -> Any:
        self._send(index, method, *args)
        return self._receive(index)

    def _send(self, index: int, method: str, *args: Any) -> None:
        try:
            self._pipes[index].send((method, args))
        except OSError:
            pass  # that process is gone, and `_receive` will raise

    def _receive(self, index: int) -> Any:
        try:
            failed, result = self._pipes[index].recv()
        except (EOFError, ConnectionError):
            failed, result = True, 'its process ended without an error message'
        if isinstance(result, (UserError, StateError)):
            raise result
        if failed:
            raise RuntimeError(f'environment {index} failed:\n{result}')
        return result


def _serve(pipe: multiprocessing.connection.Connection, construct: Callable[[], RowEnv]) -> None:
    """Runs in the process of an environment: answers (failed, result) to each request."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1):
        signal.signal(number, signal.SIG_IGN)  # the main process gets it, too, and closes this one
    try:
        env = construct()
        pipe.send((False, (env.observation, env.action, env.resumable, env.notes)))
        while True:
            method, args = pipe.recv()
            try:
                result = getattr(env, method)(*args)
            except StateError as error:
                result = error
            pipe.send((False, result))
            if method == 'close':
                return
    except EOFError:
        return
    except UserError as error:
        pipe.send((True, error))
    except Exception:
        pipe.send((True, traceback.format_exc()))


def _joined(states: list[State]) -> State:
    return {}, {f'{index}/{name}': array for index, (_, arrays) in enumerate(states) for name, array in arrays.items()}


def _by_index(arrays: dict[str, np.ndarray]) -> dict[int, dict[str, np.ndarray]]:
    """{'0/a': x, '0/b': y} -> {0: {'a': x, 'b': y}}."""
    groups: dict[int, dict[str, np.ndarray]] = {}
    for path, array in arrays.items():
        index, _, name = path.partition('/')
        groups.setdefault(int(index), {})[name] = array
    return groups
