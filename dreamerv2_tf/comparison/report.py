"""What a comparison says: its tables, curves, films and numbers."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from ..display.printable import printable
from ..scores import published
from ..scores.normalize import normalized
from . import embedded_films, tables, verdicts
from .runs import Run


class Report(NamedTuple):
    """A comparison, ready to be written.

    Attributes:
      title: one line.
      summary: sentences below the title.
      notices: sentences on what to bear in mind.
      tables: for the terminal and for files.
      appendix: tables for files alone.
      groups: {task: {method: its runs}}, whose learning curves are drawn.
      width: frames of the bins of these curves; None = those of the published curve, less for short runs.
      rows: for the other plots.
      films: for the page.
      records: {column: unrounded number or text} for each row of the first table.
      overall: games and the methods' scores over them, as from `verdicts.overall`.
    """

    title: str
    summary: list[str]
    notices: list[str]
    tables: list[tables.Table]
    appendix: list[tables.Table]
    groups: dict[str, dict[str, list[Run]]]
    width: int | None
    rows: list[verdicts.Row]
    films: list[embedded_films.Film]
    records: list[dict[str, Any]]
    overall: list[tuple[list[published.Game], list[verdicts.Overall]]]


def of_runs(rows: list[verdicts.Row], notices: list[str], width: int | None = None) -> Report:
    """Returns the report on runs.

    Args:
      rows: of the comparison.
      notices: sentences on what to bear in mind.
      width: frames of the bins of learning curves; None = those of the published curve, less for short runs.
    """
    overall = verdicts.overall(rows)
    runs = [run for row in rows for run in row.runs]
    films, left_out = embedded_films.newest(runs)
    if left_out:
        notices = [*notices, f'{left_out} films are too large for the page; they are in videos/ of the runs']
    return Report(
        title='Runs beside the published DreamerV2',
        summary=[_summary(rows)],
        notices=list(map(printable, notices)),
        tables=[tables.verdicts(rows), tables.finals(rows), *(tables.overall(*group) for group in overall)],
        appendix=[tables.listing(runs), tables.provenance()],
        groups=_groups(rows),
        width=width,
        rows=rows,
        films=films,
        records=[_record(row) for row in rows],
        overall=overall,
    )


def of_published(game: str | None = None) -> Report:
    """Returns the report on the published scores alone.

    Args:
      game: name of a task in the published data; None = all tasks.
    """
    all_games = published.games()
    atari_game = published.game_of(game) if game else None
    names = [atari_game.name] if atari_game else [] if game else list(all_games)
    shown = [tables.table_1()]
    shown += [tables.games(names)] if names else []
    shown += [tables.curve(game)] if game else [tables.control()]
    tasks = [game] if game else list(published.curves())
    return Report(
        title=f'Published scores of {game or "DreamerV2"}',
        summary=[],
        notices=[],
        tables=shown,
        appendix=[tables.provenance()],
        groups={task: {} for task in tasks},
        width=None,
        rows=[],
        films=[],
        records=[_published_record(all_games[name]) for name in names],
        overall=[(list(all_games.values()), verdicts.published_overall(list(all_games.values())))],
    )


def _summary(rows: Sequence[verdicts.Row]) -> str:
    of_rows = [row.verdict for row in rows]
    counts = {verdict: of_rows.count(verdict) for verdict in ('inside', 'above', 'below', '')}
    return (
        f'{len(rows)} sets of runs: {counts["inside"]} inside the range of the published seeds, '
        f'{counts["above"]} above it, {counts["below"]} below it, {counts[""]} without a verdict.'
    )


def _groups(rows: Sequence[verdicts.Row]) -> dict[str, dict[str, list[Run]]]:
    groups: dict[str, dict[str, list[Run]]] = {}
    for row in rows:
        groups.setdefault(row.task, {})[row.method] = row.runs
    return groups


def _record(row: verdicts.Row) -> dict[str, Any]:
    point = row.point._asdict() if row.point else {}
    return {
        'task': row.task,
        'method': row.method,
        'seeds': [run.seed for run in row.runs],
        'frames': row.frames,
        'bin_frames': row.width,
        'metric': row.runs[0].metric,
        'scores': row.scores.tolist(),
        'mean': row.mean,
        'std': float(row.scores.std()),
        **{f'published_{key}': point.get(key) for key in ('mean', 'std', 'low', 'high', 'seeds', 'how')},
        'verdict': row.verdict or None,
        'reason': row.reason,
        **(
            {f'{one}_normalized': normalized(row.mean, row.game, one) for one in ('gamer', 'record')}
            | _finals(row.game)
            if row.game
            else {}
        ),
    }


def _published_record(game: published.Game) -> dict[str, Any]:
    return {'task': game.task, 'scores': game.finals['dreamerv2'].tolist(), **_finals(game)}


def _finals(game: published.Game) -> dict[str, float]:
    finals = {f'final_{name}': game.scores[name] for name in published.BASELINES}
    references = {name: game.scores[name] for name in tables.REFERENCES}
    return {'final_dreamerv2': float(game.finals['dreamerv2'].mean())} | finals | references
