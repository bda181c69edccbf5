"""Writes what was played: an episode, a film, a strip of pictures."""

import datetime
import pathlib
from typing import TYPE_CHECKING

from ..files import replacing
from ..replay import episode_file
from ..replay.store import Store
from .pictures import film, strip

if TYPE_CHECKING:
    from .session import Session

WHAT = ('episode', 'film', 'strip')


def save(session: 'Session', what: str, folder: pathlib.Path) -> pathlib.Path:
    """Writes an episode in the replay's format, a film (GIF) or a strip (PNG), and returns the path of the file.

    Episodes are those that `replay.read_dirs` and `--offline` read: `FOLDER/episodes`.

    Raises:
      UserError: nothing has been played.
      OSError: it cannot be written.
    """
    stamp = datetime.datetime.now().strftime('%Y%m%dT%H%M%S%f')
    if what == 'episode':
        episode = session.episode()
        store = Store(folder / 'episodes', compress=True, action=session.action)
        digest = episode_file.digest(f'played {stamp}', 0, 0)
        store.write(digest, episode)
        return store.path(digest)
    moments = [shown.pictures for shown in session.shown]
    if what == 'film':
        return _write(folder / f'film-{stamp}.gif', film(moments))
    return _write(folder / f'strip-{stamp}.png', strip(moments, [shown.numbers['time'] for shown in session.shown]))


def _write(path: pathlib.Path, content: bytes) -> pathlib.Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as file:
        file.write(content)
    return path
