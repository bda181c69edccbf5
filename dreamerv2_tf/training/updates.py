"""Updates of a run: in turn with acting, or meanwhile."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from ..errors import RunError


class Updates:
    """Makes updates and looks whether their numbers are finite.

    Args:
      learner, dataset, recorder, progress, timing: of the run.
      overlap: the run goes on while an update is made; it waits for it before the next one.
      trace: called with the number of updates made so far by this process, before the next one.
    """

    def __init__(self, learner, dataset, recorder, progress, timing, overlap, trace):
        self._learner, self._dataset = learner, dataset
        self._recorder, self._progress, self._timing = recorder, progress, timing
        self._worker = ThreadPoolExecutor(1, thread_name_prefix='update') if overlap else None
        self._trace = trace
        self._running = None  # future of an update's metrics
        self._metrics = {}  # of the last update, until it is recorded
        self._numbers = {}  # of the last one that is recorded

    @property
    def done(self):
        """Of all processes of the run."""
        return int(self._learner.updates)

    def make(self, steps):
        """An update at so many agent steps. Raises RunError, see `check`."""
        self.check(steps)
        self._trace(self._progress.updates)
        with self._timing.part('replay'):
            batch = next(self._dataset)
        if self._worker:
            self._running = self._worker.submit(self._learner.update, batch, steps)
        else:
            with self._timing.part('update'):
                self._take(self._learner.update(batch, steps))

    def check(self, steps):
        """Waits for an update that is being made, and records the last one.

        Raises:
          RunError: one of its numbers is NaN or infinite.
        """
        if self._running:
            with self._timing.part('update'):
                running, self._running = self._running, None
                self._take(running.result())
        self.record()
        for name, value in self._numbers.items():
            if not np.isfinite(value):
                raise RunError(
                    f'{name} became {value} in update {self.done} at {steps:,} agent steps; '
                    'what was saved before is kept'
                )

    def record(self):
        """Hands the numbers of the last update that was made to the recorder, once."""
        if self._metrics:
            with self._timing.part('update'):  # which a GPU may not have ended yet
                self._numbers = {name: float(value) for name, value in self._metrics.items()}
            self._recorder.add(self._numbers)
            self._metrics = {}

    def _take(self, metrics):
        self._metrics = metrics
        self._progress.count_update()

    def close(self):
        """Waits for an update that is being made, and ends the trace."""
        if self._worker:
            self._worker.shutdown()
        self._trace.close()
