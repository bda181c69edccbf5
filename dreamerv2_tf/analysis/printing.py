"""Reports in a terminal."""

import rich.console
import rich.table
import rich.text

COLOURS = {'inside': 'green', 'above': 'cyan', 'below': 'red'}
NOT_A_TERMINAL = 200  # columns, where the output goes to a file or a pipe


def show(report, console=None):
    """Prints the tables of a `Report`, its summary and its notices."""
    console = console or rich.console.Console()
    if not console.is_terminal:
        console = rich.console.Console(file=console.file, width=NOT_A_TERMINAL)
    for table in report.tables:
        if table.rows:
            console.print(_table(table))
            console.print(rich.text.Text(table.note, style='dim'))
            console.print()
    for line in report.summary:
        console.print(rich.text.Text(line))
    for notice in report.notices:
        console.print(rich.text.Text(f'note: {notice}', style='yellow'))


def _table(table):
    shown = rich.table.Table(title=rich.text.Text(table.title, style='bold'), title_justify='left')
    for index, name in enumerate(table.head):
        words = index == 0 or name.startswith('why')
        shown.add_column(rich.text.Text(name), justify='left' if words else 'right', overflow='fold')
    for row in table.rows:
        shown.add_row(*(rich.text.Text(cell, style=COLOURS.get(cell, '')) for cell in row))
    return shown
