"""Settings on a command line: `--configs A B --section.key value --'pattern' value`."""

import re
from collections.abc import Collection, Sequence

from ..errors import UserError, nearest, shorten, shown
from . import presets, release, schema
from .tree import Config


def parse(words: Sequence[str]) -> tuple[Config, list[str]]:
    """Returns (the config that a command line describes, notices).

    A flag is `--key value`, `--key=value` or, for lists, `--key a b c`. Keys may be patterns. Notices are sentences
    on settings that were translated.

    Raises:
      UserError: an unknown preset or key, or a value that is not allowed.
    """
    values = values_of(words)
    names = values.pop('configs', list(presets.DEFAULT_PRESETS))
    if not names:
        raise UserError('`--configs` needs the names of presets, such as --configs atari')
    config, notices = presets.stack(names)
    changes, more = release.translate({key: each[0] if len(each) == 1 else each for key, each in values.items()})
    config = config.updated(changes)
    presets.check_task(config, changes.get('task'))
    schema.check_together(config.flat)
    return config, notices + more


def check_keys(words: Sequence[str], others: Collection[str]) -> None:
    """Checks the keys of a command line before their values are read.

    Args:
      words: of the settings.
      others: further flags of the command, which a user may have meant.

    Raises:
      UserError: a key that is neither a setting, a section, a pattern nor a name of the release; names the nearest
        setting or flag.
    """
    keys = dict.fromkeys(word[2:].partition('=')[0] for word in words if _is_flag(word))
    for key in release.translate(keys)[0]:
        is_section = any(name.startswith(f'{key}.') for name in schema.SCHEMA)
        if key != 'configs' and re.fullmatch(r'[\w.-]+', key) and not schema.setting_of(key) and not is_section:
            presets_flag = [] if '--configs' in others else ['configs']
            known = [*presets_flag, *others, *schema.SCHEMA]
            raise UserError(f'unknown key `{shorten(key)}`{nearest(key, known)}')


def check_offline(words: Sequence[str]) -> None:
    """Raises UserError where a command line names a setting of acting: nobody acts with --offline."""
    for key in values_of(words):
        if schema.needs_acting(key):
            raise UserError(
                f'`--{key}` means nothing with --offline: nobody acts there'
                f'{"; --updates says how long" if key == "steps" else ""}'
            )


def values_of(words: Sequence[str]) -> dict[str, list[str]]:
    """Returns {key: words of its value} of a command line; the last of two equal flags wins.

    >>> values_of(['--a', '1', '--b=2', '3'])
    {'a': ['1'], 'b': ['2', '3']}

    Raises:
      UserError: a word that belongs to no flag, or a flag without a value.
    """
    by_key: dict[str, list[str]] = {}
    values: list[str] | None = None
    for word in words:
        if _is_flag(word):
            key, equals, value = word[2:].partition('=')
            values = by_key.setdefault(key, [])
            values.clear()
            if equals:
                values.append(value)
        elif values is None:
            raise UserError(f'expected a flag such as --task atari_pong. Received: {shown(word)}')
        else:
            values.append(word)
    for key, values in by_key.items():
        if not values and key != 'configs':
            raise UserError(f'`--{shorten(key)}` needs a value')
    return by_key


def _is_flag(word: str) -> bool:
    return word.startswith('--') and len(word) > 2
