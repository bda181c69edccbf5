"""Writes a report as Markdown, CSV, JSON, plots and a page."""

import csv
import io
import json
import pathlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from ..files import replacing, safe_name
from ..scores import published
from ..scores.normalize import normalized
from . import plots, verdicts
from .html import PagePlots, page
from .report import Report


def write(report: Report, folder: pathlib.Path) -> list[str]:
    """Makes a folder, writes all files into it and returns their names. Raises OSError."""
    curves = {
        task: plots.svg(plots.curves({task: by_method}, report.width)) for task, by_method in report.groups.items()
    }
    figures = _figures(report.rows)
    others = {title: plots.svg(figure) for title, figure in figures.items()}
    texts = {
        'report.html': page(report, PagePlots(curves, others)),
        'report.md': markdown(report),
        'scores.csv': _csv(report.records),
        'scores.json': _json(report),
    }
    contents = {name: text.encode(errors='replace') for name, text in texts.items()}
    contents |= {f'{_file_name(title)}.svg': svg for title, svg in others.items()}
    contents |= {f'{_file_name(title)}.png': plots.png(figure) for title, figure in figures.items()}
    contents |= {f'curves/{index:02}_{safe_name(task)}.svg': svg for index, (task, svg) in enumerate(curves.items())}
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


def _file_name(title: str) -> str:
    return safe_name(title.lower().replace(' ', '_'))


def _escaped(text: str) -> str:
    """Returns a text that Markdown shows as it is, within a cell."""
    for mark in '\\`*_|<>[]#':
        text = text.replace(mark, f'\\{mark}')
    return text
