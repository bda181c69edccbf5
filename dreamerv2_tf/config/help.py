"""The text of `--help`: all settings with their defaults, and the names of the presets."""

import textwrap

from . import presets
from .schema import SCHEMA


def describe(usage):
    """`usage`, the presets, then every key, its default and what it may be, by section."""
    flat, names = presets.defaults().flat, list(presets.load())[1:]
    lines = [usage.strip(), '', 'presets for --configs:',
             *textwrap.wrap(', '.join(names), 96, initial_indent='  ', subsequent_indent='  ')]
    sections = {}
    for key in SCHEMA:
        sections.setdefault(key.rpartition('.')[0], []).append(key)
    for section, keys in sections.items():
        lines += ['', f'{section or "general"}:']
        lines += [f'  --{key:<26} {_text(flat[key]):<24} {SCHEMA[key].allowed}' for key in keys]
    return '\n'.join(lines)


def _text(value):
    return ' '.join(map(str, value)) if isinstance(value, tuple) else str(value)
