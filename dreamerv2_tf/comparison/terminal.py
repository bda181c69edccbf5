"""Reports in a terminal."""

import rich.box
import rich.cells
import rich.console
import rich.table
import rich.text

from . import tables

COLOURS = {'inside': 'green', 'above': 'cyan', 'below': 'red'}
NOT_A_TERMINAL = 200  # columns, where the output goes to a file or a pipe


def show(report, console=None):
    """Prints the tables of a `Report`, its summary and its notices."""
    console = console or rich.console.Console()
    if not console.is_terminal:
        console = rich.console.Console(file=console.file, width=NOT_A_TERMINAL)
    for table in report.tables:
        if table.rows:
            _print(console, table)
    for line in report.summary:
        console.print(rich.text.Text(line))
    for notice in report.notices:
        console.print(rich.text.Text(f'note: {notice}', style='yellow'))


def _print(console, table):
    """A `Table`; its remarks, which would make it too wide, are lines below it."""
    remarks = table.head[-1] == tables.REMARKS
    count = len(table.head) - remarks
    console.print(rich.text.Text(table.title, style='bold'))
    for columns in _parts(table, count, console.width):
        shown = rich.table.Table(box=rich.box.SIMPLE_HEAD, padding=(0, 1), collapse_padding=True)
        for index in columns:
            shown.add_column(rich.text.Text(table.head[index]), justify='right' if index else 'left', no_wrap=True)
        for row in table.rows:
            shown.add_row(*(rich.text.Text(row[index], style=COLOURS.get(row[index], '')) for index in columns))
        console.print(shown)
    if remarks:
        for row in table.rows:
            if row[-1]:
                console.print(rich.text.Text(f'{row[0]}: {row[-1]}'))
    console.print(rich.text.Text(table.note, style='dim'))
    console.print()


def _parts(table, count, width):
    """Lists of column numbers that fit into a width, each with column 0, which names the rows."""
    widths = [max(rich.cells.cell_len(row[index]) for row in (table.head, *table.rows)) + 2 for index in range(count)]
    parts = [[0]]
    for index in range(1, count):
        if len(parts[-1]) > 1 and sum(widths[i] for i in (*parts[-1], index)) + 2 > width:
            parts.append([0])
        parts[-1].append(index)
    return parts
