"""Settings of a run in the form of the authors' release (package 2.2.0)."""

import pathlib
from collections.abc import Mapping
from typing import Any

from ...config import bounded_yaml
from ...config.tree import Config
from ...errors import UserError

FILES = ('configs.yaml', 'agent.py', 'common')  # of a checkout

Tree = dict[str, Any]


def read_defaults(folder: pathlib.Path) -> Tree:
    """Returns the release's own settings from the folder of its checkout.

    Raises:
      UserError: the folder is no checkout of the release.
    """
    missing = [name for name in FILES if not (folder / name).exists()]
    if missing:
        raise UserError(
            f'`--beside` {folder} is no checkout of the release: there is no {", ".join(missing)}. Expected is the '
            f'folder that holds {", ".join(FILES)}'
        )
    path = folder / 'configs.yaml'
    defaults = bounded_yaml.parse(bounded_yaml.read(path), str(path)).get('defaults')
    if not isinstance(defaults, dict):
        raise UserError(f'{path} has no section `defaults`, so it is not that of the release')
    return defaults


def check(config: Config) -> None:
    """Checks that the release can do what a config says.

    Raises:
      UserError: another task than an Atari game, or a setting that the release does not have.
    """
    if not config.task.startswith('atari_'):
        raise UserError(f'`--beside` plays Atari games, `--task atari_GAME`. Received: {config.task}')
    if not config.rssm.gru_norm:
        raise UserError('with `--beside`, `rssm.gru_norm` must be True: the release always has it')
    if not config.train_every:
        raise UserError('with `--beside`, `train_every` must be 1 or more')
    if config.train_ratio:
        raise UserError('with `--beside`, use `train_every` and `train_steps`: the release has no `train_ratio`')


def translate(config: Config, defaults: Tree) -> Tree:
    """Returns the release's settings, with the values of a config wherever both know a key; in float32.

    Args:
      config: all settings.
      defaults: the release's own, see `read_defaults`.
    """
    return {**_overlaid(defaults, config), 'precision': 32, 'jit': not config.eager}


def _overlaid(defaults: Tree, config: Mapping[str, Any]) -> Tree:
    tree: Tree = {}
    for name, default in defaults.items():
        value = config.get(name, default)
        tree[name] = _overlaid(default, value) if isinstance(default, dict) else value
    return tree
