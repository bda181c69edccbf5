"""The actions of the command `episodes`; each function returns what is to be printed."""

import pathlib
from collections.abc import Callable
from typing import NamedTuple

import rich.console

from ..display.printable import printable
from ..display.progress import bar
from ..errors import UserError
from . import integrity, tables
from .episodes import Episode, Episodes, find, load_episodes

ORDERS: dict[str, Callable[[Episode], str | float]] = {
    'time': lambda episode: episode.path.name,
    'return': lambda episode: episode.total_return,
    'length': lambda episode: episode.length,
}


class Check(NamedTuple):
    """The outcome of reading files to their end."""

    files: int
    broken: dict[pathlib.Path, str]  # {path: what is wrong with it}

    def text(self) -> str:
        """Returns a line per broken file, then how many there are."""
        if not self.broken:
            return f'{self.files:,} files are whole'
        lines = [printable(f'{path}: {reason}') for path, reason in self.broken.items()]
        return '\n'.join([*lines, f'{len(self.broken):,} of {self.files:,} files are broken'])


def show_list(where: str, sort: str = 'time') -> rich.console.RenderableType:
    """Returns a table with a row per episode, in one of `ORDERS`."""
    return tables.listing(load_episodes(where), ORDERS[sort])


def show_one(where: str, episode: int | None = None) -> rich.console.RenderableType:
    """Returns tables of what one episode holds, the newest without a number."""
    return tables.single(_one(where, episode))


def show_stats(where: str) -> rich.console.RenderableType:
    """Returns tables of returns, lengths, rewards and actions of all episodes."""
    return tables.summary(load_episodes(where))


def plot(where: str, out: str = 'episodes.png') -> str:
    """Writes the statistics of all episodes as a plot; returns a sentence."""
    from . import plots  # takes a second

    if pathlib.Path(out).suffix not in plots.ENDINGS:
        raise UserError(f'`--out` must end in one of {", ".join(plots.ENDINGS)}. Received: {out}')
    plots.save(plots.overview(load_episodes(where)), pathlib.Path(out))
    return printable(f'written to {out}')


def film(where: str, out: str = 'episode.gif', episode: int | None = None, key: str = 'image') -> str:
    """Writes one episode as a film or as a sheet of frames; returns a sentence."""
    from .film import save

    shown = _one(where, episode)[0]
    save(shown, out, key)
    outcome = f'{shown.length:,} steps with return {shown.total_return:g}'
    return printable(f'{outcome} of {shown.path} are written to {out}')


def check(where: str) -> Check:
    """Reads every file to its end.

    Raises:
      UserError: there is no file.
    """
    paths = find(where, named=False)
    if not paths:
        raise UserError(f'{where} holds no .npz file')
    results = bar(integrity.check(paths), 'reading', len(paths))
    return Check(len(paths), {path: reason for path, reason in results if reason})


def export_minari(where: str, minari: str | None = None) -> str:
    """Writes all episodes as a Minari dataset; returns a sentence."""
    from .minari import export

    episodes = load_episodes(where)
    folder = export(episodes, _dataset(minari))
    return printable(f'{len(episodes):,} episodes are written to {folder}, read again and the same')


def import_minari(where: str, minari: str | None = None) -> str:
    """Writes the episodes of a Minari dataset into a new folder; returns a sentence."""
    from .minari import bring_in

    count = bring_in(_dataset(minari), where)
    return printable(f'{count:,} episodes are written to {where}')


def _one(where: str, number: int | None) -> Episodes:
    """Returns `Episodes` with one alone: that of a number, or the newest."""
    episodes = load_episodes(where)
    number = len(episodes) - 1 if number is None else number
    if number >= len(episodes):
        raise UserError(f'`--episode` must be at most {len(episodes) - 1}, as `list` numbers them. Received: {number}')
    return episodes[number : number + 1]


def _dataset(name: str | None) -> str:
    if not name:
        raise UserError('`--minari` must name the dataset, such as --minari pong/mine-v0')
    return name
