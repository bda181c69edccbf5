"""Reads configs.yaml, stacks presets, and reads the config.yaml of a run (ours or the release's)."""

import pathlib

import ruamel.yaml

from ..errors import UserError, nearest
from . import release, schema
from .tree import Config

PATH = pathlib.Path(__file__).parent.parent / 'configs.yaml'
PLAIN = ('atari',)  # what `train` uses where no preset is named


def load():
    """All presets of configs.yaml as {name: flat settings}, `defaults` first."""
    return {name: _flatten(section) for name, section in _read(PATH).items()}


def stack(names):
    """The defaults under the named presets, later ones win. A name may be a path to a YAML file.

    Returns (config, notices), where notices are sentences on settings that were translated.

    Raises:
      UserError: an unknown preset or a file that holds no settings.
    """
    presets, notices = load(), []
    config = defaults()
    for name in names:
        if name.endswith(('.yaml', '.yml')):
            changes, told = release.translate(_flatten(_read(pathlib.Path(name))))
            notices += told
        elif name in presets:
            changes = presets[name]
        else:
            raise UserError(f'unknown preset `{name}`{nearest(name, presets)}; presets are '
                            f'{", ".join(list(presets)[1:])}, or the path of a .yaml file')
        config = config.updated(changes)
    return config, notices


def defaults():
    """The defaults of configs.yaml."""
    return Config({k: schema.convert(k, v) for k, v in load()['defaults'].items()})


def _read(path):
    try:
        tree = ruamel.yaml.YAML(typ='safe', pure=True).load(path.read_text())
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f'cannot read {path}: {error}') from None
    except (ruamel.yaml.YAMLError, ValueError) as error:
        raise UserError(f'{path} is not YAML: {" ".join(str(error).split())}') from None
    if not isinstance(tree, dict):
        raise UserError(f'{path} holds no settings; expected lines such as `seed: 0`')
    return tree


def _flatten(tree, prefix=''):
    """{'rssm': {'deter': 1}, 'kl.free': 0} -> {'rssm.deter': 1, 'kl.free': 0}."""
    flat = {}
    for key, value in tree.items():
        nested = isinstance(value, dict)
        flat |= _flatten(value, f'{prefix}{key}.') if nested else {f'{prefix}{key}': value}
    return flat
