"""The films of runs, small enough to go into a page."""

import base64
from collections.abc import Sequence
from typing import NamedTuple

from ..display.printable import printable
from .runs import Run

MAX_FILM_BYTES = 4_000_000
MAX_PAGE_BYTES = 24_000_000  # of all films of a page together
TITLES = {  # {beginning of a file's name: what the film shows}
    'eval_policy': 'what the agent did',
    'open_loop': 'truth, prediction and error of the world model',
}


class Film(NamedTuple):
    """A film for a page.

    Attributes:
      title: the text below it.
      uri: the film itself as a data URI.
    """

    title: str
    uri: str


def newest(runs: Sequence[Run]) -> tuple[list[Film], int]:
    """Reads the newest film of each kind of each run.

    Returns:
      films: those that are small enough.
      left_out: how many are not.
    """
    films, left_out, free_bytes = [], 0, MAX_PAGE_BYTES
    for run in runs:
        for kind, title in TITLES.items():
            files = [path for path in (run.source / 'videos').glob(f'{kind}_*.gif') if path.is_file()]
            paths = sorted(files, key=lambda path: path.name.rpartition('-')[2])
            fits = paths and paths[-1].stat().st_size <= min(free_bytes, MAX_FILM_BYTES)
            data = paths[-1].read_bytes() if fits else b''
            if data.startswith(b'GIF8'):
                free_bytes -= len(data)
                uri = f'data:image/gif;base64,{base64.b64encode(data).decode()}'
                name = f'{run.task}, {run.method}, seed {run.seed}'
                films.append(Film(printable(f'{name}: {title} ({paths[-1].stem})'), uri))
            left_out += bool(paths) and not data
    return films, left_out
