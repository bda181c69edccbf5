"""Tables of rich on standard output."""

import rich.console

COLUMNS_WITHOUT_TERMINAL = 160  # of a line in a file or a pipe


def show(renderable: rich.console.RenderableType) -> None:
    """Prints what rich can draw, as wide as the terminal."""
    console = rich.console.Console()
    if not console.file.isatty():
        console = rich.console.Console(file=console.file, width=COLUMNS_WITHOUT_TERMINAL)
    console.print(renderable)
