"""The films of runs, small enough to go into a page."""

import base64
from typing import NamedTuple

LARGEST_BYTES, ALL_BYTES = 4_000_000, 24_000_000  # of a film, and of all films of a page
KINDS = {'eval_policy': 'what the agent did', 'open_loop': 'truth, prediction and error of the world model'}


class Film(NamedTuple):
    """Attributes: title: text. uri: the film itself as a data URI."""

    title: str
    uri: str


def newest(runs):
    """(`Film`s, how many were left out for their size): the newest of each kind of each run."""
    films, left_out, room = [], 0, ALL_BYTES
    for run in runs:
        for kind, told in KINDS.items():
            paths = sorted((run.source / 'videos').glob(f'{kind}_*.gif'), key=lambda path: path.name.rpartition('-')[2])
            fits = paths and paths[-1].stat().st_size <= min(room, LARGEST_BYTES)
            data = paths[-1].read_bytes() if fits else b''
            if data.startswith(b'GIF8'):
                room -= len(data)
                uri = f'data:image/gif;base64,{base64.b64encode(data).decode()}'
                name = f'{run.task}, {run.method}, seed {run.seed}'
                films.append(Film(f'{name}: {told} ({paths[-1].stem})', uri))
            left_out += bool(paths) and not data
    return films, left_out
