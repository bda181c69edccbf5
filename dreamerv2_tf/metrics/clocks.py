"""Decides when something is due."""

import time
from collections.abc import Callable

import numpy as np

from ..spec import State


class Every:
    """Fires on its first call, then whenever `step` reaches the last time + `every`; never if that is 0.

    Times that were missed are made up, one at each call, also after a run was resumed. Where it resumes
    with another period, nothing is made up: its next time is less than one new period away.

        period 25,000, last time 100,000    resumed at step 120,000 with period 1,000
        next times                          121,000, 122,000, ...
    """

    def __init__(self, every: int):
        self._every = every
        self._last: int | None = None  # step
        self._period = every  # that `_last` belongs to

    def at(self, step: int) -> bool:
        """Whether it fires at this step."""
        self._align(step)
        return bool(self._every) and (self._last is None or step >= self._last + self._every)

    def __call__(self, step: int) -> bool:
        """Whether it fires at this step; if so, it is due again one period later."""
        fires = self.at(step)
        if fires:
            self._last = step if self._last is None else self._last + self._every
        return fires

    def skip_to(self, step: int) -> None:
        """Steps up to here count as done by others: what would have fired meanwhile is not made up."""
        self._period = self._every
        if self._every and self._last is not None:
            self._last += max(0, step - self._last) // self._every * self._every

    def get_state(self) -> State:
        """({'last': step or None, 'every': its period}, no arrays)."""
        return {'last': self._last, 'every': self._period}, {}

    def set_state(self, plain: dict[str, int | None], arrays: dict[str, np.ndarray]) -> None:
        """Goes on from the state of a clock, whose period may be another one."""
        self._last = plain['last']
        self._period = plain['every'] or 0

    def _align(self, step: int) -> None:
        """After a change of the period: the last time becomes the latest one that is not after `step`."""
        if self._period != self._every:
            self.skip_to(step)


class Bursts(Every):
    """Several at once, every so many steps: `train_steps` updates every `train_every` agent steps.

    Attributes:
      stride: steps after which the next ones are due.
    """

    def __init__(self, every: int, count: int):
        super().__init__(every)
        self._count, self.stride = count, every

    def due(self, step: int) -> int:
        """Returns how many are due at this step; they count as done."""
        return self._count if self(step) else 0


class Ratio:
    """As many as a ratio asks for, spread evenly: so many rows are replayed for each step.

        4 rows a step, 10 rows an update    one is due at the first step, then after 3, 5, 8, 10, ... steps

    Args:
      rows_per_step: rows to be replayed for a step.
      rows_per_update: rows that an update replays.

    Attributes:
      stride: after so many steps something may be due.
    """

    stride = 1

    def __init__(self, rows_per_step: int, rows_per_update: int):
        self._rows_per_step, self._rows_per_update = rows_per_step, rows_per_update
        self._last: int | None = None  # step
        self._owed = 0  # rows, up to there

    def due(self, step: int) -> int:
        """Returns how many are due at this step; they count as done."""
        if self._last is None:
            self._last = step
            return 1
        self._owed += (step - self._last) * self._rows_per_step
        self._last = step
        updates, self._owed = divmod(self._owed, self._rows_per_update)
        return updates

    def get_state(self) -> State:
        """({'last': step or None, 'owed': rows, 'every': 0 = it has no period}, no arrays)."""
        return {'last': self._last, 'owed': self._owed, 'every': 0}, {}

    def set_state(self, plain: dict[str, int | None], arrays: dict[str, np.ndarray]) -> None:
        """Goes on from a state, of `Bursts`, too, which owes nothing."""
        self._last, self._owed = plain['last'], plain.get('owed') or 0


class Since:
    """Fires when so many frames or so many minutes have gone by since `restart`; 0 = never."""

    def __init__(self, frames: int, minutes: float, clock: Callable[[], float] = time.monotonic):
        self._frames, self._seconds, self._clock = frames, 60 * minutes, clock
        self.restart(0)

    def restart(self, frames: int) -> None:
        """Counts anew from here."""
        self._last = frames, self._clock()

    def __call__(self, frames: int) -> bool:
        """Whether it fires at this number of frames."""
        before, then = self._last
        return bool(
            self._frames and frames >= before + self._frames or self._seconds and self._clock() >= then + self._seconds
        )
