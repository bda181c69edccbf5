"""Makes tables of text from comparisons and from the published scores."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ..display.format import score_text
from ..display.printable import printable
from ..scores import published
from ..scores.curves import Curve, Point
from ..scores.normalize import normalized
from .runs import Run
from .verdicts import Overall, Row, published_overall

REFERENCES = ('random', 'gamer', 'record')
REMARKS_HEAD = 'why, or remarks'  # of a column of sentences
MAX_GAMES_IN_TITLE = 5


class Table(NamedTuple):
    """A table of text.

    Attributes:
      title: the line above it.
      head: the names of the columns.
      rows: a text for each column of each row.
      note: the text below it, or ''.
    """

    title: str
    head: list[str]
    rows: list[list[str]]
    note: str = ''


def verdicts(rows: Sequence[Row]) -> Table:
    """Sets each row beside the published agent at the same number of frames."""
    return Table(
        'Runs beside the published agent at the same frames',
        ['task', 'verdict', 'score', 'published', 'min..max of seeds', 'frames', 'runs', 'method', REMARKS_HEAD],
        [
            [
                row.task,
                row.verdict or 'none',
                _spread(row.scores),
                *_published(row.point),
                f'{row.frames:,}',
                str(len(row.scores)),
                row.method,
                row.reason,
            ]
            for row in rows
        ],
        'Score: mean and standard deviation over runs of the mean return in the last bin of frames. The verdict '
        'is where the mean lies relative to the range of the published seeds, 8 on Atari; (i): interpolated, (end): '
        'behind the last point.',
    )


def finals(rows: Sequence[Row]) -> Table:
    """Sets each row beside what published methods reach at their end."""
    lines = []
    for row in rows:
        game, curve = row.game, row.runs[0].curve
        if game:
            lines.append([row.task, row.method, score_text(row.mean), *_game(game)])
        elif curve and row.point:
            lines.append([row.task, row.method, score_text(row.mean), score_text(curve.mean[-1]), *[''] * 7])
    return Table(
        'Runs beside published finals',
        ['task', 'method', 'score', 'DreamerV2', *map(_title, (*published.BASELINES, *REFERENCES))],
        lines,
        'DreamerV2 of Atari at 199M frames, mean of 8 seeds; IQN, Rainbow, C51 and DQN at 200M frames; '
        'dm_control at the last published frames.',
    )


def overall(games: Sequence[published.Game], methods: Sequence[Overall]) -> Table:
    """Lists the paper's four aggregates and interquartile means of methods over some games."""
    lines = []
    for one in methods:
        mean = one.interval
        between = ''
        if mean and mean.low is not None and mean.high is not None:
            between = f'{score_text(mean.low)} to {score_text(mean.high)}'
        lines.append(
            [
                one.name,
                *map(ratio, one.aggregates),
                score_text(mean.value) if mean else '',
                between,
                str(one.runs or ''),
            ]
        )
    names = f': {", ".join(game.name for game in games)}' if len(games) <= MAX_GAMES_IN_TITLE else ''
    return Table(
        f'Over {len(games)} game{"s" * (len(games) > 1)}{names}',
        [
            'method',
            'gamer median',
            'gamer mean',
            'record mean',
            'clipped record mean',
            'gamer IQM',
            '95 % interval',
            'runs',
        ],
        lines,
        'Normalised scores: 0 is random play, 1 the human gamer or record; over games of seed means, as in Table 1 '
        'of the paper. IQM: interquartile mean over all runs, with a stratified bootstrap over seeds.',
    )


def listing(runs: Sequence[Run]) -> Table:
    """Lists runs one by one."""
    return Table(
        'Runs',
        ['task', 'method', 'seed', 'frames', 'returns', 'metric', 'last return', 'from'],
        [
            [
                run.task,
                run.method,
                run.seed,
                f'{run.frames[-1]:,}',
                f'{len(run.frames):,}',
                run.metric,
                score_text(run.returns[-1]),
                printable(str(run.source)),
            ]
            for run in runs
        ],
    )


def table_1() -> Table:
    """Computes the paper's Table 1 from the shipped scores."""
    games = list(published.games().values())
    return overall(games, published_overall(games))._replace(title='Table 1, over 55 games')


def games(names: Sequence[str]) -> Table:
    """Lists the published finals of Atari games: the columns of the paper's Table K.1, and more."""
    known = published.games()
    lines = [[name, *_game(known[name]), *_normalized(known[name])] for name in names]
    return Table(
        'Atari finals',
        ['game', 'DreamerV2', *map(_title, (*published.BASELINES, *REFERENCES)), 'of gamer', 'of record'],
        lines,
        'DreamerV2 at 199M frames, mean of 8 seeds (Table K.1); the others at 200M; all with sticky actions.',
    )


def control() -> Table:
    """Lists the ends of all published curves but those of the 55 games with the usual settings."""
    lines = [
        [task, method, *_curve_line(curve, curve.last)[:-1]]
        for task, methods in sorted(published.curves().items())
        for method, curve in methods.items()
        if task.startswith('dmc_') or method != 'dreamerv2'
    ]
    return Table(
        "dm_control, humanoid and Montezuma's Revenge",
        ['task', 'method', 'frames', 'mean', 'std', 'min..max', 'seeds'],
        lines,
        'dm_control from pixels: returns of training episodes. appendix_a: humanoid of Appendix A. '
        'discount_0.99: Appendix B.',
    )


def curve(task: str) -> Table:
    """Lists all points of a task's published curves."""
    lines = [
        [*_curve_line(one, frames), method] for method, one in published.curves()[task].items() for frames in one.frames
    ]
    return Table(
        f'Published curve of {task}', ['frames', 'mean', 'std', 'min..max', 'seeds', 'still running', 'method'], lines
    )


def provenance() -> Table:
    """Lists where each published column comes from."""
    keys = ('paper', 'table', 'frames', 'seeds', 'protocol', 'figures')
    lines = []
    for file, columns in published.provenance().items():
        for column, source in columns.items():
            others = '; '.join(
                text if key == 'what' else f'{key}: {text}' for key, text in source.items() if key not in keys
            )
            lines.append([file, column, *(str(source.get(key, '')) for key in keys), others])
    return Table('Where the published numbers come from', ['file', 'column', *keys, 'what'], lines)


def ratio(value: float) -> str:
    """Returns a normalised score with two decimals, as the paper prints them."""
    return f'{value:.2f}'


def _title(name: str) -> str:
    return published.TITLES[name]


def _game(game: published.Game) -> list[str]:
    return [
        score_text(game.finals['dreamerv2'].mean()),
        *(score_text(game.scores[name]) for name in (*published.BASELINES, *REFERENCES)),
    ]


def _normalized(game: published.Game) -> list[str]:
    final = game.finals['dreamerv2'].mean()
    return [ratio(normalized(final, game, reference)) for reference in ('gamer', 'record')]


def _spread(scores: np.ndarray) -> str:
    mean = score_text(scores.mean())
    return f'{mean} ± {score_text(scores.std())}' if len(scores) > 1 else mean


def _published(point: Point | None) -> list[str]:
    if point is None:
        return ['', '']
    mark = {'interpolated': ' (i)', 'last': ' (end)', 'published': ''}[point.how]
    return [
        f'{score_text(point.mean)} ± {score_text(point.std)}{mark}',
        f'{score_text(point.low)} .. {score_text(point.high)}',
    ]


def _curve_line(curve: Curve, frames: float) -> list[str]:
    """Returns the cells of a published point."""
    point = curve.at(frames)
    assert point is not None
    running = curve.running[np.searchsorted(curve.frames, frames)]
    return [
        f'{int(frames):,}',
        score_text(point.mean),
        score_text(point.std),
        f'{score_text(point.low)} .. {score_text(point.high)}',
        str(point.seeds),
        f'{running:.0f}',
    ]
