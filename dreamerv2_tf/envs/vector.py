"""Several environments that step together: one after the other, or each in a process."""

import multiprocessing
import signal
import traceback

from ..errors import SnapshotError, UserError


class Serial:
    """Environments in this process.

    Args:
      constructors: functions without arguments that make a `RowEnv` each.
    """

    def __init__(self, constructors):
        self._envs = [construct() for construct in constructors]
        first = self._envs[0]
        self.observation, self.action, self.resumable = first.observation, first.action, first.resumable

    def __len__(self):
        return len(self._envs)

    def reset(self, index, seed):
        """Row 0 of a new episode of one environment, which follows from the seed."""
        return self._envs[index].reset(seed)

    def step(self, actions):
        """A row of each environment, from actions [N, A]."""
        return [env.step(action) for env, action in zip(self._envs, actions)]

    def snapshot(self, index):
        """{name: array} of one environment's running episode, or None; see `RowEnv`."""
        return self._envs[index].snapshot()

    def restore(self, index, arrays):
        """Goes on with the episode of a snapshot. Raises SnapshotError where it does not fit."""
        self._envs[index].restore(arrays)

    def close(self):
        for env in self._envs:
            env.close()


class Processes:
    """Environments in a process each, which step at the same time; otherwise as `Serial`.

    Raises:
      RuntimeError: an environment failed, with its number and its traceback.
    """

    def __init__(self, constructors):
        context = multiprocessing.get_context('spawn')
        self._pipes, self._processes = [], []
        for construct in constructors:
            ours, theirs = context.Pipe()
            process = context.Process(target=_serve, args=(theirs, construct), daemon=True)
            process.start()
            theirs.close()
            self._pipes.append(ours)
            self._processes.append(process)
        self.observation, self.action, self.resumable = [self._receive(i) for i in range(len(self._pipes))][0]

    def __len__(self):
        return len(self._pipes)

    def reset(self, index, seed):
        return self._ask(index, 'reset', seed)

    def step(self, actions):
        for index, action in enumerate(actions):
            self._send(index, 'step', action)
        return [self._receive(i) for i in range(len(self._pipes))]

    def snapshot(self, index):
        return self._ask(index, 'snapshot')

    def restore(self, index, arrays):
        return self._ask(index, 'restore', arrays)

    def close(self):
        for index in range(len(self._pipes)):
            self._send(index, 'close')
        for process in self._processes:
            process.join(timeout=5)
            process.kill()

    def _ask(self, index, method, *args):
        self._send(index, method, *args)
        return self._receive(index)

    def _send(self, index, method, *args):
        try:
            self._pipes[index].send((method, args))
        except OSError:
            pass  # that process is gone; _receive tells

    def _receive(self, index):
        try:
            failed, result = self._pipes[index].recv()
        except (EOFError, ConnectionError):
            failed, result = True, 'its process ended without a word'
        if isinstance(result, (UserError, SnapshotError)):
            raise result
        if failed:
            raise RuntimeError(f'environment {index} failed:\n{result}')
        return result


def _serve(pipe, construct):
    """Runs in the process of an environment: answers (failed, result) to each request."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # the main process is told, too, and closes this one
    try:
        env = construct()
        pipe.send((False, (env.observation, env.action, env.resumable)))
        while True:
            method, args = pipe.recv()
            try:
                result = getattr(env, method)(*args)
            except SnapshotError as error:
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
