"""Reads configs.yaml, stacks presets, and reads the config.yaml of a run (ours or the release's)."""

import functools
import pathlib

import ruamel.yaml

from ..errors import UserError, nearest
from . import release, schema
from .tree import Config

PATH = pathlib.Path(__file__).parent.parent / 'configs.yaml'
PLAIN = ('atari',)  # what `train` uses where no preset is named


@functools.cache
def load():
    """All presets of configs.yaml as {name: flat settings}, `defaults` first."""
    return {name: _flatten(section) for name, section in _parse(source(), PATH).items()}


def source():
    """The text of configs.yaml."""
    return _text(PATH)


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
            config, told = from_text(_text(pathlib.Path(name)), name, config)
            notices += told
        elif name in presets:
            config = config.updated(presets[name])
        else:
            raise UserError(
                f'unknown preset `{name}`{nearest(name, presets)}; presets are '
                f'{", ".join(list(presets)[1:])}, or the path of a .yaml file'
            )
    return config, notices


def from_text(text, name, base):
    """A YAML text's settings, ours or the release's, over a config. `name` is for messages.

    Returns (config, notices). Raises UserError.
    """
    try:
        changes, notices = release.translate(_flatten(_parse(text, name)))
        return base.updated(changes), notices
    except RecursionError:
        raise UserError(f'{name} is nested too deeply, or refers to itself') from None
    except UserError as error:
        told = str(error) if name in str(error) else f'{name}: {error}'
        raise UserError(told) from None


def defaults():
    """The defaults of configs.yaml."""
    return Config({k: schema.convert(k, v) for k, v in load()['defaults'].items()})


def _text(path):
    try:
        return path.read_text()
    except UnicodeDecodeError:
        raise UserError(f'{path} is not a text') from None
    except OSError as error:
        raise UserError(f'cannot read {path}: {error.strerror}') from None


def _parse(text, name):
    try:
        tree = ruamel.yaml.YAML(typ='safe', pure=True).load(text)
    except (ruamel.yaml.YAMLError, ValueError) as error:
        raise UserError(f'{name} is not YAML: {" ".join(str(error).split())}') from None
    if not isinstance(tree, dict):
        raise UserError(f'{name} holds no settings; expected lines such as `seed: 0`')
    return tree


def _flatten(tree, prefix=''):
    """{'rssm': {'deter': 1}, 'kl.free': 0} -> {'rssm.deter': 1, 'kl.free': 0}."""
    flat = {}
    for key, value in tree.items():
        nested = isinstance(value, dict)
        flat |= _flatten(value, f'{prefix}{key}.') if nested else {f'{prefix}{key}': value}
    return flat
