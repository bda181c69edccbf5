"""The command line: `--configs A B --section.key value --'pattern' value`."""

from ..errors import UserError
from . import presets, release, schema


def parse(argv):
    """The config that a command line asks for.

    A flag is `--key value`, `--key=value` or, for lists, `--key a b c`. Keys may be patterns.

    Returns (config, notices), where notices are sentences on settings that were translated.

    Raises:
      UserError: unknown preset or key, or a value that is not allowed.
    """
    flags = _split(argv)
    names = flags.pop('configs', list(presets.PLAIN))
    if not names:
        raise UserError('`--configs` needs the names of presets, such as --configs atari')
    config, notices = presets.stack(names)
    changes, told = release.translate({key: values[0] if len(values) == 1 else values for key, values in flags.items()})
    config = config.updated(changes)
    presets.check_task(config, changes.get('task'))
    schema.check_together(config.flat)
    return config, notices + told


def take(argv, defaults):
    """Takes flags with whole numbers, such as {'repeats': 10}, out of a command line.

    Returns (their values, the other words).

    Raises:
      UserError: a value that is no whole number above 0.
    """
    numbers, rest, words = dict(defaults), [], iter(argv)
    for word in words:
        name, _, value = word.removeprefix('--').partition('=')
        if not word.startswith('--') or name not in defaults:
            rest.append(word)
            continue
        value = value or next(words, '')
        if not value.isdecimal() or int(value) < 1:
            raise UserError(f'`--{name}` must be a whole number, 1 or more. Received: {value!r}')
        numbers[name] = int(value)
    return numbers, rest


def take_text(argv, name):
    """Takes a flag with a text, such as `--offline DIR`, out of a command line.

    Returns (its text, or None, and the other words). Raises UserError where the text is missing.
    """
    for index, word in enumerate(argv):
        flag, equals, value = word.partition('=')
        if flag == f'--{name}':
            end = index + (1 if equals else 2)
            value = value if equals else ''.join(argv[index + 1 : end])
            if not value or value.startswith('--'):
                raise UserError(f'`--{name}` needs a value')
            return value, [*argv[:index], *argv[end:]]
    return None, argv


def check_offline(argv):
    """Raises UserError where a command line names a setting of acting: nobody acts with --offline."""
    for key in _split(argv):
        if schema.needs_acting(key):
            raise UserError(
                f'`--{key}` means nothing with --offline: nobody acts there'
                f'{"; --updates says how long" if key == "steps" else ""}'
            )


def _split(argv):
    """['--a', '1', '--b=2', '3'] -> {'a': ['1'], 'b': ['2', '3']}."""
    flags, values = {}, None
    for word in argv:
        if word.startswith('--') and len(word) > 2:
            key, equals, value = word[2:].partition('=')
            values = flags.setdefault(key, [])
            values.clear()
            if equals:
                values.append(value)
        elif values is None:
            raise UserError(f'expected a flag such as --task atari_pong. Received: {word!r}')
        else:
            values.append(word)
    for key, values in flags.items():
        if not values and key != 'configs':
            raise UserError(f'`--{key}` needs a value')
    return flags
