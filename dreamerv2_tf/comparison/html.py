"""Writes a report as one HTML page that opens from disk and needs nothing else."""

import base64
import html
from collections.abc import Sequence
from typing import NamedTuple

from .embedded_films import Film
from .report import Report
from .tables import Table

STYLE = """
:root { color-scheme: light; --line: #d8dde3; --soft: #5b6570; --accent: #0072b2 }
* { box-sizing: border-box }
body { font: 15px/1.5 system-ui, sans-serif; color: #1c2127; background: #fff;
  margin: 0 auto; padding: 1rem; max-width: 1280px }
h1 { font-size: 1.5rem; line-height: 1.25; margin: .5rem 0 }
h2 { font-size: 1.15rem; margin: 2.2rem 0 .5rem; border-bottom: 2px solid var(--line); padding-bottom: .2rem }
p, li, figcaption { color: var(--soft); font-size: .9rem; max-width: 75ch; overflow-wrap: anywhere }
.scroll { overflow-x: auto; border: 1px solid var(--line); border-radius: 6px }
table { border-collapse: collapse; width: 100%; font-size: .85rem; font-variant-numeric: tabular-nums }
th, td { padding: .35rem .6rem; text-align: right; white-space: nowrap; border-bottom: 1px solid var(--line) }
th { background: #f3f5f7; font-weight: 600; white-space: normal; vertical-align: bottom }
tr:last-child td { border-bottom: 0 }
th:first-child, td:first-child { text-align: left; position: sticky; left: 0; background: #f8f9fa }
td.long { white-space: normal; text-align: left; min-width: 16rem; overflow-wrap: anywhere }
.inside, .above, .below { font-weight: 600 }
.inside { color: #00714f } .above { color: #005a8c } .below { color: #a8410c }
.grid { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fill, minmax(min(300px, 100%), 1fr)) }
figure { margin: 0 } figure img { max-width: 100%; height: auto; display: block }
.films img { width: 100%; max-width: 420px; image-rendering: pixelated; background: #eef0f2 }
details { margin-top: 2rem } summary { cursor: pointer; color: var(--accent) }
"""
MAX_LINE_CHARACTERS = 30  # of a cell; longer texts may break into lines


class PagePlots(NamedTuple):
    """The plots of a page, as bytes of SVG.

    Attributes:
      curves: {task: its learning curves}.
      others: {title: plot}.
    """

    curves: dict[str, bytes]
    others: dict[str, bytes]


def page(report: Report, plots: PagePlots) -> str:
    """Returns the text of the page of a report with its plots."""
    parts = [
        f'<h1>{_text(report.title)}</h1>',
        *(f'<p>{_text(line)}</p>' for line in report.summary),
        _notices(report.notices),
    ]
    parts += [_table(table) for table in report.tables]
    curves = ''.join(_plot(task, svg) for task, svg in plots.curves.items())
    parts.append(f'<h2>Learning curves</h2><div class="grid">{curves}</div>')
    parts += [f'<h2>{_text(name)}</h2>{_plot(name, svg)}' for name, svg in plots.others.items()]
    if report.films:
        films = ''.join(_film(film) for film in report.films)
        parts.append(f'<h2>Films</h2><div class="grid films">{films}</div>')
    sources = ''.join(map(_table, report.appendix))
    parts.append(f'<details><summary>Runs and sources</summary>{sources}</details>')
    body = '\n'.join(parts)
    return f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy"
  content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<title>{_text(report.title)}</title><style>{STYLE}</style></head>
<body>
{body}
</body></html>
"""


def _text(text: str) -> str:
    return html.escape(text)


def _notices(notices: Sequence[str]) -> str:
    return f'<ul>{"".join(f"<li>{_text(notice)}</li>" for notice in notices)}</ul>' if notices else ''


def _table(table: Table) -> str:
    head = ''.join(f'<th>{_text(name)}</th>' for name in table.head)
    rows = ''.join(f'<tr>{"".join(map(_cell, row))}</tr>' for row in table.rows)
    note = f'<p>{_text(table.note)}</p>' if table.note else ''
    return (
        f'<h2>{_text(table.title)}</h2><div class="scroll"><table><thead><tr>{head}</tr></thead>'
        f'<tbody>{rows}</tbody></table></div>{note}'
    )


def _cell(text: str) -> str:
    kind = text if text in ('inside', 'above', 'below') else 'long' if len(text) > MAX_LINE_CHARACTERS else ''
    return f'<td class="{kind}">{_text(text)}</td>' if kind else f'<td>{_text(text)}</td>'


def _plot(name: str, svg: bytes) -> str:
    data = base64.b64encode(svg).decode()
    return f'<figure><img alt="{_text(name)}" src="data:image/svg+xml;base64,{data}"></figure>'


def _film(film: Film) -> str:
    return (
        f'<figure><img alt="{_text(film.title)}" loading="lazy" src="{film.uri}">'
        f'<figcaption>{_text(film.title)}</figcaption></figure>'
    )
