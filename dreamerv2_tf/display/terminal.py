"""Tables of rich on standard output."""

import sys

import rich.console

COLUMNS_WITHOUT_TERMINAL = 160  # of a line in a file or a pipe


def show(renderable: rich.console.RenderableType) -> None:
    """Prints what rich can draw, as wide as the terminal."""
    rich.console.Console(width=None if sys.stdout.isatty() else COLUMNS_WITHOUT_TERMINAL).print(renderable)
