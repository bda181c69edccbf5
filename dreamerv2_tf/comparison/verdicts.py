"""Sets runs beside the published scores, task by task and over all games."""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from ..display.printable import brief
from ..errors import UserError
from ..scores import protocol, published
from ..scores.curves import Curve, Point
from ..scores.normalize import Aggregates, aggregates, normalized
from . import run_config
from .binning import is_gap, score_at
from .bootstrap import Interval, interval
from .published_curve import early_text
from .runs import Run

CURVE_END_FACTOR = 1.01  # a run that is longer than this times the published curve gets a remark
MAX_SETTINGS_SHOWN = 6


class Row(NamedTuple):
    """A method's runs of one task beside the published agent.

    Attributes:
      task, method: what the runs have in common.
      runs: those that have a return at `frames` or before.
      frames: where they are compared.
      width: frames before it whose returns are averaged.
      scores: raw score of each run, float64 [N].
      point: the published curve there, or None.
      verdict: 'inside', 'above' or 'below' the published seeds' range; '' if there is no verdict.
      reason: why there is no verdict, or what to bear in mind with it.
    """

    task: str
    method: str
    runs: list[Run]
    frames: int
    width: int
    scores: np.ndarray
    point: Point | None
    verdict: str
    reason: str

    @property
    def mean(self) -> float:
        """Mean raw score of the runs."""
        return float(self.scores.mean())

    @property
    def game(self) -> published.Game | None:
        """The `Game`, or None if the scores must not be normalised by published ones."""
        return published.game_of(self.task) if not any(run.refusal for run in self.runs) else None


class Overall(NamedTuple):
    """Scores over several games.

    Attributes:
      name: of the method, for people.
      games: number of games.
      runs: number of runs over all games; 0 for scores without seeds.
      aggregates: the paper's four aggregates.
      interval: interquartile mean of gamer-normalised scores and its interval, or None for scores without seeds.
    """

    name: str
    games: int
    runs: int
    aggregates: Aggregates
    interval: Interval | None


def compare(runs: Sequence[Run], width: int | None = None, frames: int | None = None) -> list[Row]:
    """Sets runs beside the published scores.

    Args:
      runs: of any tasks and methods.
      width: frames of a bin; None = those of the published curve, less for shorter runs of other tasks.
      frames: where to compare; None = where the shortest run of a row ends.

    Returns:
      A `Row` for each task and method, in this order.

    Raises:
      UserError: runs of one task repeat actions differently, or no run has a return at `frames` or before.
    """
    ordered = sorted(runs, key=lambda run: (run.task, run.method))
    for _, alike in itertools.groupby(ordered, lambda run: run.task):
        _check_action_repeat([run for run in alike if run.action_repeat is not None])
    rows = [
        _row(list(group), width, frames) for _, group in itertools.groupby(ordered, lambda run: (run.task, run.method))
    ]
    rows = [row for row in rows if row.runs]
    if not rows:
        first = min(int(run.frames[0]) for run in runs)
        raise UserError(f'no run has a return up to there; the first one is at {first:,}. Received: --at {frames}')
    return rows


def doubts(rows: Sequence[Row]) -> list[str]:
    """Returns sentences on runs that may not belong together: the same seed twice, or different settings."""
    sentences = []
    for row in rows:
        seeds = [run.seed for run in row.runs]
        name = f'{row.task}, {row.method}'
        again = sorted({seed for seed in seeds if seeds.count(seed) > 1})
        if again:
            sentences.append(f'{name}: several runs have seed {", ".join(again)}, and count as different ones')
        differing = run_config.differences([run.settings for run in row.runs if run.settings])
        if differing:
            listed = [f'{key} {", ".join(map(brief, values))}' for key, values in differing.items()]
            more = '; ...' if len(listed) > MAX_SETTINGS_SHOWN else ''
            shown = '; '.join(listed[:MAX_SETTINGS_SHOWN])
            sentences.append(f'{name}: settings of these runs differ: {shown}{more}')
    return sentences


def gamer_normalized(rows: Sequence[Row]) -> dict[str, np.ndarray]:
    """Returns {game: gamer-normalised scores of its runs, float64 [N]} of rows of one method."""
    return {row.game.name: normalized(row.scores, row.game, 'gamer') for row in rows if row.game}


def overall(rows: Sequence[Row]) -> list[tuple[list[published.Game], list[Overall]]]:
    """Groups methods with the same games.

    Returns:
      For each group its games and the scores over them, of its methods and of the published ones. The last group
      has all 55 games, with the published methods alone if no other has them all.
    """
    methods = dict.fromkeys(row.method for row in rows)
    groups: dict[tuple[str, ...], list[Overall]] = {}
    for method in methods:
        mine = [row for row in rows if row.method == method and row.game]
        if mine:
            groups.setdefault(tuple(row.game.name for row in mine if row.game), []).extend(_runs_overall(method, mine))
    everything = tuple(published.games())
    groups[everything] = groups.pop(everything, [])
    known = published.games()
    return [
        ([known[name] for name in names], scored + published_overall([known[name] for name in names]))
        for names, scored in groups.items()
    ]


def _runs_overall(method: str, rows: Sequence[Row]) -> list[Overall]:
    """Returns the scores over the games of a method's rows, and the published ones at the same frames."""
    scored = [_scored(f'{method}, these runs', {row.game.name: row.scores for row in rows if row.game})]
    published_means = {row.game.name: row.point.mean for row in rows if row.game and row.point}
    if len(published_means) == len(rows):
        scored.append(Overall('DreamerV2, same frames', len(rows), 0, aggregates(published_means), None))
    return scored


def published_overall(games: Sequence[published.Game]) -> list[Overall]:
    """Returns the scores of the published methods at their end over some games."""
    seeds = [
        _scored(f'{published.TITLES[variant]}, final', {game.name: game.finals[variant] for game in games})
        for variant in published.VARIANTS
    ]
    means = [
        Overall(
            published.TITLES[name], len(games), 0, aggregates({game.name: game.scores[name] for game in games}), None
        )
        for name in published.BASELINES
    ]
    return seeds + means


def _scored(name: str, scores: Mapping[str, np.ndarray]) -> Overall:
    """Returns the `Overall` of {game: raw scores of its seeds [N]}."""
    known = published.games()
    gamer = {game: normalized(values, known[game], 'gamer') for game, values in scores.items()}
    return Overall(name, len(scores), sum(map(len, scores.values())), aggregates(scores), interval(gamer))


def _row(runs: list[Run], width: int | None, frames: int | None) -> Row:
    """Returns the `Row` of a method's runs of one task."""
    task, at = runs[0].task, frames or int(min(run.frames[-1] for run in runs))
    curve = runs[0].curve
    width = width or _width(task, at, curve)
    begun = [run for run in runs if run.frames[0] <= at]
    scores = np.array([score_at(run, at, width) for run in begun])
    refusal = next((run.refusal for run in runs if run.refusal), '')
    point = curve.at(at) if curve and not refusal else None
    stale = sum(is_gap(run, at, width) for run in begun)
    verdict = point.verdict(float(scores.mean())) if point and begun and not stale else ''
    remarks = [refusal] if refusal or not curve else _remarks(begun, at, width, curve, point, stale, len(runs))
    return Row(task, runs[0].method, begun, at, width, scores, point, verdict, '; '.join(remarks))


def _width(task: str, at: int, curve: Curve | None) -> int:
    """Returns the frames of a bin: as published; if there is no published point, at most a tenth of the run."""
    usual = protocol.bin_frames_of(task)
    return usual if curve and at >= curve.first else min(usual, max(1, at // 10))


def _remarks(
    runs: Sequence[Run], at: int, width: int, curve: Curve, point: Point | None, stale: int, all_runs: int
) -> Iterator[str]:
    """Yields phrases on why there is no verdict, and on what to bear in mind."""
    if not point:
        yield f'nothing is published below {curve.first:,} frames{early_text(curve, at)}'
    yield from dict.fromkeys(remark for run in runs for remark in run.remarks)
    usual = protocol.bin_frames_of(runs[0].task) if runs else width
    if point and width != usual:
        yield f'mean of {width:,} frames, published means of {usual:,}'
    if at > curve.last * CURVE_END_FACTOR:
        yield f'the published curve ends at {curve.last:,} frames'
    early = sum(run.frames[-1] < at - usual for run in runs)
    if early:
        yield f'{early} of {len(runs)} runs stopped earlier and count with their last score'
    if stale:
        yield f'no verdict: {stale} of {len(runs)} runs have no return in these {width:,} frames, but one before'
    if len(runs) < all_runs:
        yield f'{all_runs - len(runs)} of {all_runs} runs have no return yet and are left out'


def _check_action_repeat(runs: Sequence[Run]) -> None:
    for run in runs:
        if run.action_repeat != runs[0].action_repeat:
            raise UserError(
                f'runs of {run.task} repeat actions differently, so their frames do not compare: '
                f'{runs[0].source} has action_repeat {runs[0].action_repeat}, {run.source} has {run.action_repeat}; '
                'compare them one by one'
            )
