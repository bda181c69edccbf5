"""Updates of a run: in turn with acting, or at the same time."""

import logging
import math
import pathlib
from concurrent.futures import Future, ThreadPoolExecutor

from ..agent.held_weights import HeldWeights
from ..display.progress import Progress
from ..errors import RunError
from ..learning.learner import Learner
from ..learning.profiler import Profiler
from ..metrics.recorder import Recorder
from ..metrics.timing import Timing
from ..replay.dataset import Dataset

MUST_BE_FINITE = ('_loss', '_grad_norm')  # ends of the names of numbers without which learning cannot go on

CHARACTERS_SHOWN = 24  # of the name of an episode's file: its time and 8 digits of its digest

_log = logging.getLogger(__name__)


class Updates:
    """Makes updates and checks that their numbers are finite.

    Args:
      learner, dataset, recorder, progress, timing: of the run.
      held: with them the run acts while an update is made, and waits for it before the next one; None = updates and
        acting come in turn.
      profiler: called with the number of updates made so far by this process, before the next one.
    """

    def __init__(
        self,
        learner: Learner,
        dataset: Dataset,
        recorder: Recorder,
        progress: Progress,
        timing: Timing,
        held: HeldWeights | None,
        profiler: Profiler,
    ) -> None:
        self._learner, self._dataset = learner, dataset
        self._recorder, self._progress, self._timing = recorder, progress, timing
        self._held = held
        self._worker = ThreadPoolExecutor(1, thread_name_prefix='update')  # begins no thread before it is needed
        self._profiler = profiler
        self._running: Future | None = None  # an update's metrics
        self._done_before = 0  # updates before the one that is running
        self._metrics: dict = {}  # of the last update, until it is recorded
        self._numbers: dict[str, float] = {}  # of the last one that is recorded
        self._warned: set[str] = set()  # names of numbers that were not finite

    @property
    def done(self) -> int:
        """Updates made by all processes of the run; one that is running does not count."""
        return self._done_before if self._running else int(self._learner.updates)

    def make(self, steps: int) -> None:
        """Makes an update at so many agent steps. Raises RunError, see `check`."""
        self.check(steps)
        self._profiler(self._progress.updates)
        with self._timing.part('replay'):
            batch = next(self._dataset)
        if self._held:
            self._held.hold()
            self._done_before = self.done
            self._running = self._worker.submit(self._learner.update, batch, steps)
        else:
            with self._timing.part('update'):
                self._take(self._learner.update(batch, steps))

    def check(self, steps: int) -> None:
        """Waits for an update that is being made, and records the last one.

        Raises:
          RunError: a loss or a gradient norm is NaN or infinite. Other numbers are recorded as null, with a warning
            at the first time.
        """
        if self._running:
            with self._timing.part('update'):
                running, self._running = self._running, None
                self._take(running.result())
        self.record()
        for name, value in self._numbers.items():
            if math.isfinite(value):
                continue
            if name.endswith(MUST_BE_FINITE):
                raise RunError(
                    f'{name} became {value} in update {self.done} at {steps:,} agent steps; '
                    f'what was saved before is kept. {self._cause()}'
                )
            if name not in self._warned:
                self._warned.add(name)
                _log.warning(
                    '%s became %s in update %d at %d agent steps; it is recorded as null', name, value, self.done, steps
                )

    def record(self) -> None:
        """Hands the numbers of the last update that was made to the recorder, once."""
        if self._metrics:
            with self._timing.part('update'):  # which a GPU may not have ended yet
                self._numbers = {name: float(value) for name, value in self._metrics.items()}
            self._recorder.add(self._numbers)
            self._metrics = {}

    def close(self) -> None:
        """Waits for an update that is being made, and ends the profile."""
        self._worker.shutdown()
        self._profiler.close()

    def _cause(self) -> str:
        """Returns a sentence on where the numbers of the last update are from."""
        names: dict[pathlib.Path, list[str]] = {}
        for path in self._dataset.newest_batch:
            names.setdefault(path.parent, []).append(path.name[:CHARACTERS_SHOWN])
        folders = '; '.join(f'{", ".join(begins)} in {folder}' for folder, begins in names.items())
        return f'Its batch was drawn from the files that begin with {folders or "no name: all of them go on"}'

    def _take(self, metrics: dict) -> None:
        self._metrics = metrics
        self._progress.count_update()
