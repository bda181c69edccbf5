"""Reads configs.yaml, stacks presets, and reads the config.yaml of a run (ours or the release's)."""

import functools
import logging
import pathlib
from collections.abc import Iterable, Mapping
from typing import Any

from ..errors import UserError, nearest, shorten
from . import bounded_yaml, release, schema
from .tree import Config

PATH = pathlib.Path(__file__).parent.parent / 'configs.yaml'
DEFAULT_PRESETS = ('atari',)  # where none is named
_LOG = logging.getLogger(__name__)


def load_config(*names: str, **changes: object) -> Config:
    r"""Returns the settings of a run: presets, later ones win, then changes.

    >>> load_config('atari', 'cpu', seed=1, rssm={'deter': 200}, **{'kl.free': 1.0})

    Args:
      names: presets of configs.yaml or paths of YAML files; `atari` if there are none.
      changes: {key: value}; a section may be a dict, and a key may be a pattern such as `.*\.norm`.

    Raises:
      UserError: an unknown preset or key, a value that is not allowed, or settings that do not fit each other.
    """
    config, notices = stack(names or DEFAULT_PRESETS)
    translated, more_notices = release.translate(flatten(changes))
    for notice in notices + more_notices:
        _LOG.warning(notice)
    config = config.updated(translated)
    check_task(config, translated.get('task'))
    schema.check_together(config.flat)
    return config


@functools.cache
def load() -> dict[str, dict[str, Any]]:
    """Returns all presets of configs.yaml as {name: {key: value}}, `defaults` first."""
    return {name: flatten(section) for name, section in bounded_yaml.parse(source(), str(PATH)).items()}


def source() -> str:
    """Returns the text of configs.yaml."""
    return bounded_yaml.read(PATH)


def stack(names: Iterable[str]) -> tuple[Config, list[str]]:
    """Puts the named presets over the defaults; later ones win. A name may be a path to a YAML file.

    Returns:
      config: the settings.
      notices: sentences on settings that were translated.

    Raises:
      UserError: an unknown preset, a file that holds no settings, or a value that is not allowed.
    """
    presets = load()
    config, notices = defaults(), []
    for name in map(str, names):
        if name.endswith(('.yaml', '.yml')):
            config, more_notices = from_text(bounded_yaml.read(pathlib.Path(name)), name, config)
            notices += more_notices
        elif name in presets:
            config = config.updated(presets[name])
        else:
            raise UserError(
                f'unknown preset `{shorten(name)}`{nearest(name, presets)}; presets are '
                f'{", ".join(list(presets)[1:])}, or the path of a .yaml file'
            )
    return config, notices


def from_text(text: str, name: str, base: Config) -> tuple[Config, list[str]]:
    """Puts the settings of a YAML text, ours or the release's, over a config.

    Args:
      text: the YAML.
      name: where it is from, for messages.
      base: the config below it.

    Returns:
      config: the settings.
      notices: sentences on settings that were translated.

    Raises:
      UserError: the text holds no settings, an unknown key, or a value that is not allowed.
    """
    try:
        changes, notices = release.translate(parse(text, name))
        return base.updated(changes), notices
    except UserError as error:
        raise UserError(str(error) if name in str(error) else f'{name}: {error}') from None


def defaults() -> Config:
    """Returns the defaults of configs.yaml."""
    return Config({key: schema.convert(key, value) for key, value in load()['defaults'].items()})


def check_task(config: Config, named: object) -> None:
    """Checks that a file's task, `gym_MODULE:ID`, imports no module that the user did not name.

    Args:
      config: settings, some of which may be a file's.
      named: the task that the user gave, or None.

    Raises:
      UserError: it would.
    """
    if ':' in config.task and config.task != named:
        raise UserError(
            f'the task `{shorten(config.task)}` imports a module; name it to allow that: --task {shorten(config.task)}'
        )


def parse(text: str, name: str) -> dict[str, Any]:
    """Returns the settings of a YAML text as {key: value}, not yet translated or checked.

    Args:
      text: the YAML.
      name: where it is from, for messages.

    Raises:
      UserError: the text is not YAML, holds no settings, or is too large or nested too deeply for settings.
    """
    return flatten(bounded_yaml.parse(text, name))


def flatten(tree: Mapping[str, Any], prefix: str = '') -> dict[str, Any]:
    """Turns sections into dots: {'rssm': {'deter': 1}, 'kl.free': 0} -> {'rssm.deter': 1, 'kl.free': 0}."""
    flat: dict[str, Any] = {}
    for key, value in tree.items():
        nested = isinstance(value, Mapping)
        flat |= flatten(value, f'{prefix}{key}.') if nested else {f'{prefix}{key}': value}
    return flat
