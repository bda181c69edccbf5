"""Several environments that step together: one after the other, in a thread each, or in a process each."""

import math
import time
from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Protocol

import numpy as np

from ..errors import StateError, UserError
from ..spec import ActionSpec, Row, Spec, State, by_environment
from .calls import TOO_LATE, Failure, Interface
from .process import Process
from .row_env import RowEnv
from .workers import Inline, Thread, Worker

TIMEOUT_SECONDS = 60.0  # that a call may take, unless another time is given
MAX_STARTS = 10  # times as long as a call may it take to make an environment, which imports its packages
CHECK_SECONDS = 0.25  # between looks at whether the run is being stopped, while it waits
STOP_SECONDS = 3.0  # that a call may still take once the run is being stopped
CLOSE_SECONDS = 3.0  # that all environments together may take to close


class Environments(Protocol):
    """Several environments of one kind.

    Attributes:
      observation, action, resumable, notes, gym_spaces: as those of each `RowEnv`.
    """

    observation: dict[str, Spec]
    action: ActionSpec
    resumable: bool
    notes: Sequence[str]
    gym_spaces: str

    def __len__(self) -> int:
        """The number of environments."""

    def reset(self, index: int, seed: int) -> Row | Failure:
        """Returns row 0 of a new episode of one environment, whose random draws follow from the seed.

        One that has failed is made anew before.
        """

    def step(self, actions: np.ndarray) -> list[Row | Failure]:
        """Returns a row of each environment, from actions [N, A]; one that failed needs a `reset`."""

    def get_state(self) -> State:
        """Returns ({}, {INDEX/NAME: array}) of the episodes that can go on in another process."""

    def set_state(self, plain: dict[str, Any], arrays: dict[str, np.ndarray]) -> None:
        """Goes on with saved episodes. Environments without a saved one stay as they are.

        Raises:
          StateError: an environment cannot go on; a new episode can be begun.
        """

    def close(self) -> None:
        """Closes all environments, and ends all that they started."""


class Vector:
    """Environments that live in a worker each; see `Environments`.

    An environment that raises, ends or does not answer in time is given up with its worker, and gives a `Failure`.
    The next `reset` makes it anew.

    Args:
      constructors: functions without arguments that make a `RowEnv` each.
      timeout_seconds: that an environment may take to answer, ten times as long while it is made.
      stop: once it is true, environments that are slow to answer are given up after three seconds.

    Raises:
      UserError: an environment cannot be made; the traceback is a note of the error.
    """

    worker: ClassVar[type[Inline] | type[Thread] | type[Process]]

    def __init__(
        self,
        constructors: Sequence[Callable[[], RowEnv]],
        timeout_seconds: float = TIMEOUT_SECONDS,
        stop: Callable[[], bool] = lambda: False,
    ) -> None:
        self._constructors, self._timeout, self._stop = constructors, timeout_seconds, stop
        self._workers: list[Worker] = []
        self._failed: dict[int, Failure] = {}  # since the last reset of that environment
        self._stop_deadline = math.inf
        try:
            for construct in constructors:
                self._workers.append(self._start(construct))
            made = [self._made(index) for index in range(len(constructors))]
        except BaseException:
            self.close()
            raise
        self.observation, self.action, self.resumable, self.notes, self.gym_spaces = made[0]

    def __len__(self) -> int:
        return len(self._workers)

    def reset(self, index: int, seed: int) -> Row | Failure:
        """Returns row 0 of a new episode of one environment; makes it anew if it has failed."""
        if index in self._failed:
            self._workers[index] = self._start(self._constructors[index])
            del self._failed[index]
            try:
                made = self._receive(index, self._deadline(MAX_STARTS))
            except UserError as error:
                made = self._give_up(index, Failure(f'cannot be made: {error}'))
            if isinstance(made, Failure):
                return made
        return self._call(index, 'reset', seed)

    def step(self, actions: np.ndarray) -> list[Row | Failure]:
        """Returns a row of each environment, or its `Failure`, from actions [N, A]."""
        deadline = self._deadline()
        for index, action in enumerate(actions):
            if index not in self._failed:
                self._workers[index].send('step', action)
        return [self._failed.get(index) or self._receive(index, deadline) for index in range(len(self))]

    def get_state(self) -> State:
        """Returns ({}, {INDEX/NAME: array}) of the episodes that can go on; none of an environment that fails."""
        if not self.resumable:
            return {}, {}
        states = {index: self._call(index, 'get_state') for index in range(len(self)) if index not in self._failed}
        return {}, {
            f'{index}/{name}': array
            for index, state in states.items()
            if not isinstance(state, Failure)
            for name, array in state[1].items()
        }

    def set_state(self, plain: dict[str, Any], arrays: dict[str, np.ndarray]) -> None:
        """Goes on with saved episodes. Raises StateError where one cannot."""
        for index, saved in by_environment(arrays).items():
            if index < len(self):
                answer = self._call(index, 'set_state', plain, saved)
                if isinstance(answer, Failure):
                    raise StateError(f'environment {index} {answer.reason}')

    def close(self) -> None:
        """Closes all environments, and ends their workers."""
        deadline = time.monotonic() + CLOSE_SECONDS
        running = [worker for index, worker in enumerate(self._workers) if index not in self._failed]
        for worker in running:
            worker.send('close')
        for worker in running:
            worker.end(max(0.0, deadline - time.monotonic()))
        self._workers = []

    def _start(self, construct: Callable[[], RowEnv]) -> Worker:
        worker = self.worker(construct)
        worker.send('make')
        return worker

    def _made(self, index: int) -> Interface:
        """Returns what is known of an environment that was started. Raises UserError if it cannot be made."""
        made = self._receive(index, self._deadline(MAX_STARTS))
        if isinstance(made, Failure):
            error = UserError(f'the environment cannot be made; it {made.reason}')
            error.add_note(made.traceback)
            raise error
        return made

    def _call(self, index: int, method: str, *args: Any) -> Any:
        self._workers[index].send(method, *args)
        return self._receive(index, self._deadline())

    def _deadline(self, times: int = 1) -> float:
        return time.monotonic() + times * self._timeout

    def _receive(self, index: int, deadline: float) -> Any:
        """Returns the answer of an environment, or a `Failure`. Raises UserError and StateError of environments."""
        worker = self._workers[index]
        while not worker.wait(CHECK_SECONDS):
            now = time.monotonic()
            if self._stop():
                self._stop_deadline = min(self._stop_deadline, now + STOP_SECONDS)
            if now > min(deadline, self._stop_deadline):
                return self._give_up(index, Failure(self._too_late(now)), 0)
        answer = worker.receive()
        if isinstance(answer, (UserError, StateError)):
            raise answer
        if isinstance(answer, Failure) and not answer.is_not_finite:
            return self._give_up(index, answer)
        return answer

    def _too_late(self, now: float) -> str:
        if now > self._stop_deadline:
            return TOO_LATE
        return f'did not answer within {self._timeout:g} seconds (`env_timeout_seconds`)'

    def _give_up(self, index: int, failure: Failure, seconds: float = CLOSE_SECONDS) -> Failure:
        """Ends a worker, which has so many seconds to close its environment."""
        self._workers[index].send('close')
        self._workers[index].end(seconds)
        self._failed[index] = failure
        return failure


class Serial(Vector):
    """Environments in this thread, which step one after the other; one that hangs holds up the run."""

    worker = Inline


class Threads(Vector):
    """Environments in a thread each, which step at the same time as far as Python lets them."""

    worker = Thread


class Processes(Vector):
    """Environments in a process each, which step at the same time."""

    worker = Process
