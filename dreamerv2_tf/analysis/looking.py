"""What `python -m dreamerv2_tf.episodes` does: each function prints and returns the exit code."""

import pathlib
import sys

import rich.console

from ..display.progress import bar
from ..errors import UserError, nearest
from ..recordings import integrity, tables
from ..recordings.episodes import find, load_episodes

WIDE = 160  # characters of a line, where no terminal says how many
SORTS = {
    'time': lambda episode: episode.path.name,
    'return': lambda episode: episode.total_return,
    'length': lambda episode: episode.length,
}


def show_all(where, sort='time'):
    """A row per episode."""
    if sort not in SORTS:
        raise UserError(f'`--sort` must be one of {", ".join(SORTS)}. Received: {sort!r}{nearest(sort, SORTS)}')
    return _print(tables.listing(load_episodes(where), SORTS[sort]))


def show_one(where, episode=None):
    """What one episode holds."""
    return _print(tables.single(_picked(where, episode)))


def statistics(where):
    """Returns, lengths, rewards and actions of all."""
    return _print(tables.summary(load_episodes(where)))


def plot(where, out='episodes.png'):
    """The same as a picture."""
    from ..recordings import plots

    if pathlib.Path(out).suffix not in plots.ENDINGS:
        raise UserError(f'`--out` must end in one of {", ".join(plots.ENDINGS)}. Received: {out}')
    plots.save(plots.overview(load_episodes(where)), pathlib.Path(out))
    return _say(f'written to {out}')


def video(where, out='episode.gif', episode=None, key='image'):
    """One episode as a film, or as a sheet of pictures."""
    from ..recordings import film

    shown = _picked(where, episode)[0]
    film.save(shown, out, key)
    return _say(f'{shown.length:,} steps with return {shown.total_return:g} of {shown.path} are written to {out}')


def check(where):
    """Reads every file to its end; 1 if any is broken."""
    paths = find(where, named=False)
    if not paths:
        raise UserError(f'{where} holds no .npz file')
    broken = {path: why for path, why in bar(integrity.check(paths), 'reading', len(paths)) if why}
    if broken:
        print('\n'.join(f'{path}: {why}' for path, why in broken.items()))
        print(f'{len(broken):,} of {len(paths):,} files are broken')
        return 1
    return _say(f'{len(paths):,} files are whole')


def write_minari(where, minari=None):
    """Writes a Minari dataset."""
    from ..recordings.minari import export

    episodes = load_episodes(where)
    folder = export(episodes, _name(minari))
    return _say(f'{len(episodes):,} episodes are written to {folder}, read again and the same')


def read_minari(where, minari=None):
    """Writes the episodes of a Minari dataset into a new folder."""
    from ..recordings.minari import bring_in

    count = bring_in(_name(minari), where)
    return _say(f'{count:,} episodes are written to {where}')


def _picked(where, number):
    """`Episodes` with one alone: that of a number, or the newest."""
    episodes = load_episodes(where)
    number = len(episodes) - 1 if number is None else number
    if number >= len(episodes):
        raise UserError(f'`--episode` must be at most {len(episodes) - 1}, as `list` numbers them. Received: {number}')
    return episodes[number : number + 1]


def _name(minari):
    if not minari:
        raise UserError('`--minari` must name the dataset, such as --minari pong/mine-v0')
    return minari


def _print(table):
    rich.console.Console(width=None if sys.stdout.isatty() else WIDE).print(table)
    return 0


def _say(text):
    print(text)
    return 0
