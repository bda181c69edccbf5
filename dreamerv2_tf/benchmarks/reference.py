"""Update, policy call and loop in multiples of a reference workload: they hold at whatever speed a machine has."""

from collections.abc import Mapping, Sequence

import numpy as np

from . import timers
from .flops import Convolution, Product
from .segments import run_in_segments
from .stopwatch import Call, seconds_of
from .timed import Timed, temporary_run

REFERENCE = (
    Product(rows=1024, inputs=1024, outputs=1024, times=1, passes=1),
    Convolution(images=256, size=(64, 64), kernel=(4, 4, 8, 16)),
)
ROUNDS = 20  # in each of which all take turns
SEGMENT_SECONDS = 2.0  # of the loop
CALLS = {'update': 3, 'reference': 10, 'policy': 100}  # of a round


def in_references(made: Timed) -> dict[str, float]:
    """Returns {'update' | 'policy' | 'loop': seconds / seconds of the reference}, medians over rounds.

    The reference is a matrix product and a convolution, one after the other. `update` and `policy` are a call each,
    `loop` is a frame of acting and learning. Within a round means are taken: where another process has the core half of
    the time, long and short calls become twice as slow in the mean, but not in the median.

        segment of the loop | updates, references, policy calls | segment of the loop | ...

    Raises:
      UserError: the run ends before.
    """
    product, convolution = (each.calls()[0] for each in REFERENCE)
    rows = timers.random_rows(made.config, made.envs.observation, made.envs.action)
    calls: dict[str, Call] = {
        'update': timers.update_call(made.agent, rows),
        'reference': lambda: (product().numpy(), convolution().numpy()),
        'policy': timers.policy_call(made.agent, made.envs),
    }
    for call in calls.values():
        call()
    rounds: list[dict[str, float]] = []

    def measure() -> None:
        rounds.append({name: float(np.mean(seconds_of(call, CALLS[name]))) for name, call in calls.items()})

    with temporary_run(made) as run:
        segments = run_in_segments(run, SEGMENT_SECONDS, ROUNDS, measure)
    loops = [segment.seconds / segment.frames for segment in segments]
    return median_ratios([{**each, 'loop': loop} for each, loop in zip(rounds, loops)])


def median_ratios(rounds: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Returns {name: median over rounds of seconds / seconds of the `reference` of the same round}."""
    names = [name for name in rounds[0] if name != 'reference']
    return {name: float(np.median([each[name] / each['reference'] for each in rounds])) for name in names}
