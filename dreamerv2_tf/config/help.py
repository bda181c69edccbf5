"""The part of `--help` that is about settings: the presets, and every setting with its default and its meaning."""

import re
import textwrap

from . import presets, schema

_SECTION = re.compile(r'  # ([A-Z][\w ]*)\.?')  # of configs.yaml, a comment of its own
_KEY = re.compile(r'( +)([\w.]+):(?: [^#]*)?(?:# (.*))?')


def describe_settings() -> str:
    """Returns the names of the presets, then all settings by the sections of configs.yaml."""
    names = ', '.join(list(presets.load())[1:])
    lines = [
        'presets for --configs (atari if there is none); they change these defaults:',
        *textwrap.wrap(names, 96, initial_indent='  ', subsequent_indent='  '),
    ]
    defaults, comments = presets.defaults().flat, _comments()
    previous = None
    for key, setting in schema.SCHEMA.items():
        section, comment = comments[key]
        if section != previous:
            lines += ['', f'{section}:']
            previous = section
        lines.append(f'  --{key:<26} {_text(defaults[key]):<24} {setting.kind.allowed}')
        lines.append(f'      {comment}')
    return '\n'.join(lines)


def _comments() -> dict[str, tuple[str, str]]:
    """Returns {key: (section, comment)} of the defaults in configs.yaml."""
    comments, section, outer = {}, 'Run', ''
    for line in presets.source().partition('defaults:')[2].splitlines():
        if line.startswith('# '):
            break  # the presets of tasks
        heading, key = _SECTION.match(line), _KEY.match(line)
        if heading:
            section = heading.group(1)
        elif key:
            indent, name, comment = key.groups()
            is_outer = len(indent) == 2
            outer = name if is_outer else outer
            comments[name if is_outer else f'{outer}.{name}'] = section, comment or ''
    return comments


def _text(value: object) -> str:
    return ' '.join(map(str, value)) if isinstance(value, tuple) else str(value)
