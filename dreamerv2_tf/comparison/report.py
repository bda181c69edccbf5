"""Gathers a comparison into a report, and writes it as Markdown, CSV, JSON, plots and a page."""

import csv
import io
import json
import pathlib
import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from matplotlib.figure import Figure

from ..files import replacing
from ..scores import published
from ..scores.normalize import normalized
from . import embedded_films, plots, tables, verdicts
from .html import PagePlots, page
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
        notices=notices,
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


def write(report: Report, folder: pathlib.Path) -> list[str]:
    """Makes a folder, writes all files into it and returns their names. Raises OSError."""
    curves = {
        task: plots.svg(plots.curves({task: by_method}, report.width)) for task, by_method in report.groups.items()
    }
    figures = _figures(report.rows)
    others = {name: plots.svg(figure) for name, figure in figures.items()}
    texts = {
        'report.html': page(report, PagePlots(curves, others)),
        'report.md': markdown(report),
        'scores.csv': _csv(report.records),
        'scores.json': _json(report),
    }
    contents = {name: text.encode(errors='replace') for name, text in texts.items()}
    contents |= {f'{_file_name(name)}.svg': svg for name, svg in others.items()}
    contents |= {f'{_file_name(name)}.png': plots.png(figure) for name, figure in figures.items()}
    contents |= {f'curves/{index:02}_{_file_name(task)}.svg': svg for index, (task, svg) in enumerate(curves.items())}
    contents['curves.png'] = plots.png(plots.curves(report.groups, report.width))
    (folder / 'curves').mkdir(parents=True, exist_ok=True)
    for name, content in contents.items():
        with replacing(folder / name) as file:
            file.write(content)
    return sorted(name for name in contents if '/' not in name) + ['curves/']


def markdown(report: Report) -> str:
    """Returns all tables as a text of Markdown."""
    parts = [f'# {_escaped(report.title)}', *map(_escaped, report.summary)]
    if report.notices:
        parts.append('\n'.join(f'- {_escaped(notice)}' for notice in report.notices))
    for table in (*report.tables, *report.appendix):
        lines = [table.head, ['---'] * len(table.head), *table.rows]
        cells = ['| ' + ' | '.join(map(_escaped, line)) + ' |' for line in lines]
        parts += [f'## {_escaped(table.title)}', '\n'.join(cells)]
        parts += [_escaped(table.note)] if table.note else []
    return '\n\n'.join(parts) + '\n'


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


def _figures(rows: Sequence[verdicts.Row]) -> dict[str, Figure]:
    """Returns {title: plot} of the runs of Atari games."""
    figures: dict[str, Figure] = {}
    of_games = [row for row in rows if row.game]
    if of_games:
        scores = {
            method: verdicts.gamer_normalized([row for row in of_games if row.method == method])
            for method in dict.fromkeys(row.method for row in of_games)
        }
        games = [row.game for row in of_games if row.game]
        finals = {game.name: normalized(game.finals['dreamerv2'], game, 'gamer') for game in games}
        figures['Performance profiles'] = plots.profiles(scores | {'published DreamerV2, final': finals})
        figures['Normalised scores'] = plots.bars(of_games)
    return figures


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


def _csv(records: Sequence[Mapping[str, Any]]) -> str:
    file = io.StringIO()
    columns = list(dict.fromkeys(key for record in records for key in record))
    writer = csv.DictWriter(file, columns, lineterminator='\n')
    writer.writeheader()
    writer.writerows(
        {key: ' '.join(map(str, value)) if isinstance(value, list) else value for key, value in record.items()}
        for record in records
    )
    return file.getvalue()


def _json(report: Report) -> str:
    overall = [
        {'games': [game.name for game in games], 'methods': [_method_record(one) for one in methods]}
        for games, methods in report.overall
    ]
    return (
        json.dumps(
            {
                'scores': report.records,
                'overall': overall,
                'notices': report.notices,
                'provenance': published.provenance(),
            },
            indent=1,
            default=_plain,
        )
        + '\n'
    )


def _method_record(one: verdicts.Overall) -> dict[str, Any]:
    return {
        **one._asdict(),
        'aggregates': one.aggregates._asdict(),
        'interval': one.interval and one.interval._asdict(),
    }


def _plain(value: object) -> object:
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(value)


def _file_name(text: str) -> str:
    return re.sub(r'[^\w-]', '_', text)[:80].lower()


def _escaped(text: str) -> str:
    """Returns a text that Markdown shows as it is, within a cell."""
    for mark in '\\`*_|<>[]#':
        text = text.replace(mark, f'\\{mark}')
    return text
