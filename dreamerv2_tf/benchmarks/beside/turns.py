"""Cases of `scripts/bench --beside`: this project and the authors' release in turns; one waits for the other."""

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from ...config.tree import Config
from ...errors import UserError
from .. import timers
from ..cases import POLICY_CALLS
from ..segments import WITHOUT_EVALUATIONS, Segment, run_in_segments
from ..stopwatch import Call, seconds_of
from ..timed import Row, Timed, temporary_run, timed
from .process import Checkout, Process, started

SEGMENTS = 6  # of a loop on each side
UNTIMED_TURNS = 1  # until a call takes its usual time again


def train(config: Config, repeats: int, checkout: Checkout) -> Iterator[Row]:
    """Yields the row of an update on random rows on either side."""
    with _float32(config) as ours, started(checkout, 'update', config) as release:
        rows = timers.random_rows(config, ours.envs.observation, ours.envs.action)
        figures = compare_calls(timers.update_call(ours.agent, rows), release, 1, repeats)
        yield _row(ours, 'train', checkout, figures)


def policy(config: Config, repeats: int, checkout: Checkout) -> Iterator[Row]:
    """Yields the row of a policy call for all environments on either side."""
    with _float32(config) as ours, started(checkout, 'policy', config) as release:
        call = timers.policy_call(ours.agent, ours.envs)
        yield _row(ours, 'policy', checkout, compare_calls(call, release, POLICY_CALLS, repeats))


def loop(config: Config, seconds: int, checkout: Checkout) -> Iterator[Row]:
    """Yields the row of acting and learning on either side, without evaluations, for so many seconds each."""
    config, each = config.updated(WITHOUT_EVALUATIONS), seconds / SEGMENTS
    theirs: list[Segment] = []
    with _float32(config) as ours, started(checkout, 'loop', config) as release, temporary_run(ours) as run:
        segments = run_in_segments(run, each, SEGMENTS, lambda: theirs.append(Segment(*release.ask(seconds=each))))
        yield _row(ours, 'loop', checkout, compare_segments(segments, theirs))


def compare_calls(call: Call, release: Process, calls: int, turns: int) -> dict[str, float]:
    """Returns medians in seconds and their ratio.

    Args:
      call: of this project.
      release: that answers with the seconds of as many calls.
      calls: of a turn.
      turns: of either side; more come before, which are not counted.
    """
    seconds_of(call, 1 + timers.UNTIMED_CALLS)
    ours: list[float] = []
    theirs: list[float] = []
    for turn in range(UNTIMED_TURNS + turns):
        pair = seconds_of(call, calls), release.ask(calls=calls)
        if turn >= UNTIMED_TURNS:
            ours += pair[0]
            theirs += pair[1]
    medians = float(np.median(ours)), float(np.median(theirs))
    return {
        'median_seconds': round(medians[0], 5),
        'release_median_seconds': round(medians[1], 5),
        'ratio': round(medians[0] / medians[1], 3),
        'turns': turns,
    }


def compare_segments(ours: list[Segment], theirs: list[Segment]) -> dict[str, Any]:
    """Returns frames per second and updates of all segments of either side, how they compare, and each segment's."""
    rates = [sum(each.frames for each in side) / sum(each.seconds for each in side) for side in (ours, theirs)]
    return {
        'frames_per_second': round(rates[0], 1),
        'release_frames_per_second': round(rates[1], 1),
        'times_release': round(rates[0] / rates[1], 3),
        'updates': sum(each.updates for each in ours),
        'release_updates': sum(each.updates for each in theirs),
        'segments': [[round(each.frames / each.seconds, 1) for each in pair] for pair in zip(ours, theirs)],
    }


@contextlib.contextmanager
def _float32(config: Config) -> Iterator[Timed]:
    with timed(config) as ours:
        if ours.device.precision != 'float32':
            raise UserError(f'`--beside` needs --precision float32. Received: {ours.device.precision}')
        yield ours


def _row(ours: Timed, case: str, checkout: Checkout, figures: Mapping[str, Any]) -> Row:
    return ours.row(case, {**figures, 'release_onednn': checkout.onednn})
