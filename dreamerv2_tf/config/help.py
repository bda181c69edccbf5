"""The text of `--help`: the presets, and every setting with its default and what it is."""

import re
import textwrap

from . import presets
from .schema import SCHEMA

_SECTION = re.compile(r'  # ([A-Z][\w ]*)\.?')  # of configs.yaml, a comment of its own
_KEY = re.compile(r'( +)([\w.]+):(?: [^#]*)?(?:# (.*))?')


def describe(usage):
    """`usage`, the presets, then all settings by the sections of configs.yaml."""
    names = ', '.join(list(presets.load())[1:])
    lines = [
        usage.strip(),
        '',
        'presets for --configs (atari if there is none); they change these defaults:',
        *textwrap.wrap(names, 96, initial_indent='  ', subsequent_indent='  '),
    ]
    flat, told = presets.defaults().flat, _told()
    section = None
    for key in SCHEMA:
        here, text = told[key]
        if here != section:
            lines += ['', f'{here}:']
            section = here
        lines.append(f'  --{key:<26} {_text(flat[key]):<24} {SCHEMA[key].kind.allowed}')
        lines.append(f'      {text}')
    return '\n'.join(lines)


def _told():
    """{key: (section, comment)} of the defaults in configs.yaml."""
    told, section, outer = {}, 'Run', ''
    for line in presets.source().partition('defaults:')[2].splitlines():
        if line.startswith('# '):
            break  # the presets of tasks
        heading, key = _SECTION.match(line), _KEY.match(line)
        if heading:
            section = heading.group(1)
        elif key:
            indent, name, comment = key.groups()
            outer = name if len(indent) == 2 else outer
            told[name if len(indent) == 2 else f'{outer}.{name}'] = section, comment or ''
    return told


def _text(value):
    return ' '.join(map(str, value)) if isinstance(value, tuple) else str(value)
