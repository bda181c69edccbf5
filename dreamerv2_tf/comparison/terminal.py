"""Prints reports to a terminal."""

import rich.box
import rich.cells
import rich.console
import rich.table

from ..display.printable import plain
from . import tables
from .report import Report

VERDICT_COLOURS = {'inside': 'green', 'above': 'cyan', 'below': 'red'}
FILE_WIDTH_CHARACTERS = 200  # if the output goes to a file or a pipe


def show(report: Report, console: rich.console.Console | None = None) -> None:
    """Prints the tables of a report, its summary and its notices."""
    console = console or rich.console.Console()
    if not console.is_terminal:
        console = rich.console.Console(file=console.file, width=FILE_WIDTH_CHARACTERS)
    for table in report.tables:
        if table.rows:
            _print(console, table)
    for line in report.summary:
        console.print(plain(line))
    for notice in report.notices:
        console.print(plain(f'note: {notice}', style='yellow'))


def _print(console: rich.console.Console, table: tables.Table) -> None:
    """Prints a table; its remarks, which would make it too wide, are lines below it."""
    has_remarks = table.head[-1] == tables.REMARKS_HEAD
    count = len(table.head) - has_remarks
    console.print(plain(table.title, style='bold'))
    for columns in _parts(table, count, console.width):
        shown = rich.table.Table(box=rich.box.SIMPLE_HEAD, padding=(0, 1), collapse_padding=True)
        for index in columns:
            shown.add_column(plain(table.head[index]), justify='right' if index else 'left', no_wrap=True)
        for row in table.rows:
            shown.add_row(*(plain(row[index], style=VERDICT_COLOURS.get(row[index], '')) for index in columns))
        console.print(shown)
    if has_remarks:
        for row in table.rows:
            if row[-1]:
                console.print(plain(f'{row[0]}: {row[-1]}'))
    console.print(plain(table.note, style='dim'))
    console.print()


def _parts(table: tables.Table, count: int, width: int) -> list[list[int]]:
    """Returns lists of column numbers that fit into a width, each with column 0, which names the rows."""
    widths = [max(rich.cells.cell_len(row[index]) for row in (table.head, *table.rows)) + 2 for index in range(count)]
    parts = [[0]]
    for index in range(1, count):
        if len(parts[-1]) > 1 and sum(widths[i] for i in (*parts[-1], index)) + 2 > width:
            parts.append([0])
        parts[-1].append(index)
    return parts
