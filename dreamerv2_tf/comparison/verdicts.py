"""Runs set beside the published scores, game by game and over all games."""

import itertools
from typing import NamedTuple

import numpy as np

from ..errors import UserError
from ..scores import protocol, published
from ..scores.curves import Point
from ..scores.normalize import Aggregates, aggregates, normalized
from .binning import is_gap, score_at
from .bootstrap import Interval, interval

LATE = 1.01  # times the last published frames, from which on it is said that the curve ended before
SHOWN = 6  # lines of settings that differ


class Row(NamedTuple):
    """A method's runs of one task beside the published agent.

    Attributes:
      task, method: what the runs have in common.
      runs: list of `Run`.
      frames: where they are compared.
      width: frames before it whose returns are averaged.
      scores: raw score of each run [N].
      point: the published curve's `Point` there, or None.
      verdict: 'inside', 'above' or 'below' the published seeds' range; '' where there is none.
      reason: why there is no verdict, or what to bear in mind with it.
    """

    task: str
    method: str
    runs: list
    frames: int
    width: int
    scores: np.ndarray
    point: Point | None
    verdict: str
    reason: str

    @property
    def mean(self):
        return float(self.scores.mean())

    @property
    def game(self):
        """The `Game`, or None where the scores must not be normalised by published ones."""
        return published.game_of(self.task) if not any(run.refusal for run in self.runs) else None


class Overall(NamedTuple):
    """Scores over several games.

    Attributes:
      name: for people.
      games: how many.
      runs: how many over all games; 0 for scores without seeds.
      aggregates: `Aggregates`.
      interval: `Interval` of the interquartile mean of gamer-normalised scores, or None without seeds.
    """

    name: str
    games: int
    runs: int
    aggregates: Aggregates
    interval: Interval | None


def compare(runs, width=None, frames=None):
    """A list of `Row`, by task and method.

    Args:
      runs: `Run`s.
      width: frames of a bin; None = those of the published curve, less for shorter runs of other tasks.
      frames: where to compare; None = where the shortest run of a row has got to.

    Raises:
      UserError: runs of one task repeat actions differently.
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


def doubts(rows):
    """Sentences on runs that may not belong together: the same seed twice, or different settings."""
    said = []
    for row in rows:
        seeds = [run.seed for run in row.runs]
        name = f'{row.task}, {row.method}'
        again = sorted({seed for seed in seeds if seeds.count(seed) > 1})
        if again:
            said.append(f'{name}: several runs have seed {", ".join(again)}, and count as different ones')
        texts = [set(run.settings.rest.splitlines()) for run in row.runs if run.settings]
        differing = (
            sorted(line.strip() for line in set().union(*texts) - set.intersection(*texts) if not line.endswith(':'))
            if texts
            else []
        )
        if differing:
            more = ', ...' if len(differing) > SHOWN else ''
            said.append(f'{name}: settings of these runs differ: {", ".join(differing[:SHOWN])}{more}')
    return said


def gamer_normalized(rows):
    """{game: gamer-normalised scores of its runs [N]} of rows of one method."""
    return {row.game.name: normalized(row.scores, row.game, 'gamer') for row in rows if row.game}


def overall(rows):
    """[(list of `Game`, list of `Overall`)]: methods with the same games, and published ones over these.

    The last one is over all 55 games, of published ones alone if no method has them all.
    """
    methods, groups = dict.fromkeys(row.method for row in rows), {}
    for method in methods:
        mine = [row for row in rows if row.method == method and row.game]
        if mine:
            groups.setdefault(tuple(row.game.name for row in mine), []).extend(_runs_overall(method, mine))
    everything = tuple(published.games())
    groups[everything] = groups.pop(everything, [])
    known = published.games()
    return [
        ([known[name] for name in names], found + published_overall([known[name] for name in names]))
        for names, found in groups.items()
    ]


def _runs_overall(method, rows):
    found = [_scored(f'{method}, these runs', {row.game.name: row.scores for row in rows})]
    if all(row.point for row in rows):
        at_the_same = {row.game.name: row.point.mean for row in rows}
        found.append(Overall('DreamerV2, same frames', len(rows), 0, aggregates(at_the_same), None))
    return found


def published_overall(games):
    """`Overall`s of the published methods at their end over some `Game`s."""
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


def _scored(name, scores):
    known = published.games()
    gamer = {game: normalized(np.asarray(values), known[game], 'gamer') for game, values in scores.items()}
    return Overall(name, len(scores), sum(map(len, scores.values())), aggregates(scores), interval(gamer))


def _row(runs, width, frames):
    task, at = runs[0].task, frames or int(min(run.frames[-1] for run in runs))
    curve = runs[0].curve
    width = width or _width(task, at, curve)
    begun = [run for run in runs if run.frames[0] <= at]
    scores = np.array([score_at(run, at, width) for run in begun])
    refused = next((run.refusal for run in runs if run.refusal), '')
    point = curve.at(at) if curve and not refused else None
    stale = sum(is_gap(run, at, width) for run in begun)
    verdict = point.verdict(float(scores.mean())) if point and begun and not stale else ''
    return Row(
        task,
        runs[0].method,
        begun,
        at,
        width,
        scores,
        point,
        verdict,
        '; '.join(_reasons(begun, at, width, curve, point, refused, stale, len(runs))),
    )


def _width(task, at, curve):
    """That of the published curve; where it cannot be compared with, a tenth of the run if that is less."""
    usual = protocol.bin_frames_of(task)
    return usual if curve and at >= curve.first else min(usual, max(1, at // 10))


def _reasons(runs, at, width, curve, point, refused, stale, all_runs):
    """Yields phrases on why there is no verdict, and on what to bear in mind."""
    if refused:
        yield refused
        return
    if not point:
        yield f'nothing is published below {curve.first:,} frames'
    yield from dict.fromkeys(remark for run in runs for remark in run.remarks)
    usual = protocol.bin_frames_of(runs[0].task) if runs else width
    if point and width != usual:
        yield f'mean of {width:,} frames, published means of {usual:,}'
    if at > curve.last * LATE:
        yield f'the published curve ends at {curve.last:,} frames'
    early = sum(run.frames[-1] < at - usual for run in runs)
    if early:
        yield f'{early} of {len(runs)} runs stopped earlier and count with their last score'
    if stale:
        yield f'no verdict: {stale} of {len(runs)} runs have no return in these {width:,} frames, but one before'
    if len(runs) < all_runs:
        yield f'{all_runs - len(runs)} of {all_runs} runs have no return yet and are left out'


def _check_action_repeat(runs):
    for run in runs:
        if run.action_repeat != runs[0].action_repeat:
            raise UserError(
                f'runs of {run.task} repeat actions differently, so their frames do not compare: '
                f'{runs[0].source} has action_repeat {runs[0].action_repeat}, {run.source} has {run.action_repeat}; '
                'compare them one by one'
            )
