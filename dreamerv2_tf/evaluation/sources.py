"""Where a saved agent and its recorded episodes are.

folder of a run                        exported file, see `python -m dreamerv2_tf.export`
logdir/checkpoints/000000025000.npz    krull.npz
logdir/eval_episodes/                  krull_episodes/
logdir/train_episodes/
"""

import os
import pathlib
from typing import NamedTuple

from ..config import presets
from ..errors import UserError, nearest, shorten
from ..learning import checkpoint
from ..learning.card import Card
from ..learning.checkpoint_format import contents_of
from ..recordings.episodes import find

PREFIX = 'pretrained:'  # of the name of an agent that comes with the package
SHIPPED = pathlib.Path(__file__).parents[1] / 'pretrained'


class Pretrained(NamedTuple):
    """An agent that comes with the package.

    Attributes:
      name: for `load_agent('pretrained:NAME')` and `--agent NAME`.
      task: that it plays.
      frames: that it has learned from.
      card: how well it plays.
      megabytes: of its file.
    """

    name: str
    task: str
    frames: int
    card: Card
    megabytes: float


def pretrained() -> list[Pretrained]:
    """Returns the agents that come with the package, by name."""
    return [_describe(path) for path in sorted(SHIPPED.glob('*.npz'))]


def source_of(logdir: str | None, agent: str | None) -> str:
    """Returns which agent a command line means, for `located`.

    Args:
      logdir: of `--logdir`, the folder of a run.
      agent: of `--agent`, the name of an agent that comes with the package, or an exported file.

    Raises:
      UserError: both are given, or neither.
    """
    if (logdir is None) == (agent is None):
        raise UserError('give either `--logdir`, the folder of a run, or `--agent`, a name or an exported file')
    if agent is None:
        assert logdir is not None
        return logdir
    return agent if os.sep in agent or agent.endswith('.npz') else f'{PREFIX}{agent}'


def located(where: str | pathlib.Path) -> pathlib.Path:
    """Returns the folder of a run, or an exported file; the latter also for `pretrained:NAME`.

    Raises:
      UserError: no agent of that name comes with the package.
    """
    if not str(where).startswith(PREFIX):
        return pathlib.Path(where).expanduser()
    name = str(where).removeprefix(PREFIX)
    names = [path.stem for path in sorted(SHIPPED.glob('*.npz'))]
    if name not in names:
        raise UserError(
            f'no agent `{shorten(name)}` comes with the package{nearest(name, names)}; there are {", ".join(names)}'
        )
    return SHIPPED / f'{name}.npz'


def checkpoint_path(where: str | pathlib.Path, which: str) -> pathlib.Path:
    """Returns the path of a checkpoint.

    Args:
      where: folder of a run, an exported file, or `pretrained:NAME`.
      which: of a run: newest, best, agent steps, or a path. Of a file only newest.

    Raises:
      UserError: there is none; lists those that are there.
    """
    place = located(where)
    if place.suffix == '.npz' and not place.is_dir():
        if which != 'newest':
            raise UserError(f'{place} is one agent; there is no checkpoint `{shorten(which)}` to choose from it')
        return place
    folder = place / 'checkpoints'
    patterns = {'newest': '[0-9]*', 'best': 'best-*'}
    try:
        if which in patterns or which.isdecimal():
            paths = checkpoint.find(folder, patterns.get(which) or f'{int(which):012d}')
        else:
            paths = [path for path in [pathlib.Path(which).expanduser()] if path.is_file()]
    except (ValueError, RuntimeError, OSError):  # what no file can be called, or nobody's home
        paths = []
    if not paths:
        there = ', '.join(path.stem for path in checkpoint.find(folder, '*')) or 'none'
        raise UserError(
            f'no checkpoint `{shorten(which)}` of {place}; allowed are newest, best, agent steps, or the path of '
            f'a file. In {folder} there are: {there}'
        )
    return paths[-1]


def episodes_folder(where: str | pathlib.Path) -> pathlib.Path:
    """Returns the folder of the episodes that an agent was judged by; it need not exist."""
    place = located(where)
    return place.with_name(f'{place.stem}_episodes') if place.suffix == '.npz' else place / 'eval_episodes'


def episode_folders(where: str | pathlib.Path) -> list[pathlib.Path]:
    """Returns the folders of the episodes of an agent that are there: of evaluations, and of training."""
    folders = [episodes_folder(where), located(where) / 'train_episodes']
    return [folder for folder in folders if folder.is_dir() and find(folder)]


def newest_episodes(where: str | pathlib.Path) -> pathlib.Path:
    """Returns the folder with the newest evaluation episodes of an agent, or else with its training episodes.

    Raises:
      UserError: there are neither.
    """
    folders = episode_folders(where)
    if not folders:
        raise UserError(f'there is no episode in {episodes_folder(where)} or {located(where) / "train_episodes"}')
    return folders[0]


def _describe(path: pathlib.Path) -> Pretrained:
    contents = contents_of(checkpoint.read(path), path)
    config, _ = presets.from_text(contents.config, str(path), presets.defaults())
    card = Card.from_parts(contents.parts)
    assert card is not None, path
    return Pretrained(path.stem, config.task, card.steps * config.action_repeat, card, path.stat().st_size / 1e6)
