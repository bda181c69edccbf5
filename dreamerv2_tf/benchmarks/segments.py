"""A run cut into segments, with pauses in which something else has the machine."""

import contextlib
import time
from typing import NamedTuple

from ..errors import UserError
from ..training.loop import Training
from ..training.parts import Parts
from .stopwatch import Call
from .timers import UPDATES_BEFORE_TIMING

WITHOUT_EVALUATIONS = {'eval_every': 10**9, 'eval_eps': 0}  # settings of a run


class Segment(NamedTuple):
    """A stretch of a run from the end of one update to that of a later one, so that it has whole cycles alone."""

    seconds: float
    frames: int
    updates: int


def run_in_segments(parts: Parts, seconds: float, count: int, pause: Call) -> list[Segment]:
    """Runs until so many segments are done, from the fifth update after pretraining on.

        prefill, pretraining, 5 updates | segment | pause | segment | pause

    Args:
      parts: of a run.
      seconds: that a segment takes at least.
      count: of segments, each of which a pause follows.
      pause: called while the run stands still, without updates in the background; may make some itself.

    Raises:
      UserError: the run ends before.
    """
    segments: list[Segment] = []
    begin: tuple[float, int, int] | None = None
    newest = 0  # update

    def stop() -> bool:
        nonlocal begin, newest
        done, before = parts.updates.done, newest
        newest = done
        if done == before or done < parts.config.pretrain + UPDATES_BEFORE_TIMING:
            return False
        if begin and time.perf_counter() < begin[0] + seconds:
            return False
        parts.updates.check(run.steps)
        if begin:
            since, frames, updates = begin
            segments.append(Segment(time.perf_counter() - since, run.frames - frames, done - updates))
            pause()
            newest = parts.updates.done
        begin = time.perf_counter(), run.frames, newest
        return len(segments) == count

    run = Training(parts, stop)
    with contextlib.closing(run):
        run.run()
    if len(segments) < count:
        raise UserError(
            f'the run ends after {len(segments)} of {count} segments of {seconds:g} seconds; raise `steps`, or lower '
            '`train_every` or `--seconds`'
        )
    return segments
