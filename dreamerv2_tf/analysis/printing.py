"""Reports in a terminal."""

import rich.box
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
    shown = rich.table.Table(title=rich.text.Text(table.title, style='bold'), title_justify='left',
                             box=rich.box.SIMPLE_HEAD, padding=(0, 1), collapse_padding=True)
    for index, name in enumerate(table.head[:count]):
        shown.add_column(rich.text.Text(name), justify='right' if index else 'left', no_wrap=not index)
    for row in table.rows:
        shown.add_row(*(rich.text.Text(cell, style=COLOURS.get(cell, '')) for cell in row[:count]))
    console.print(shown)
    if remarks:
        for row in table.rows:
            if row[-1]:
                console.print(rich.text.Text(f'{row[0]}: {row[-1]}'))
    console.print(rich.text.Text(table.note, style='dim'))
    console.print()
