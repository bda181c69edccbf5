"""Reads the config.yaml of a run, ours or the authors' release's, and compares such settings by value."""

import functools
import pathlib
import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from ..config import presets, release
from ..config.schema import setting_of
from ..errors import UserError

NOT_SET = 'not set'
_SECTION_START = re.compile(r'(?<=\n)(?=\w)')  # a line that begins a key at column 0


class Settings(NamedTuple):
    """The settings of a run.

    Attributes:
      task, method, seed: which run it is.
      values: {key: value} of all its settings, in today's names.
    """

    task: str
    method: str
    seed: str
    values: dict[str, Any]


def read(path: pathlib.Path) -> Settings:
    """Returns the `Settings` of a config.yaml.

    The method is the second to last part of the setting `logdir` if that ends in <task>/<method>/<seed>, else
    dreamerv2. In files of the release the seed is the last part, since its code did not read its key `seed`.

    Raises:
      ValueError: the file is not YAML or names no task.
    """
    text = path.read_text(encoding='utf-8', errors='replace')
    try:
        in_file = _parse(text)
    except UserError as error:
        raise ValueError(str(error)) from None
    values, _ = release.translate(in_file)
    task = values.get('task')
    if not isinstance(task, str) or not task.isprintable():
        raise ValueError('config.yaml names no task')
    parts = pathlib.PurePath(str(values.get('logdir', ''))).parts
    method, seed = 'dreamerv2', str(values.get('seed', 0))
    if len(parts) >= 3 and parts[-3] == task and parts[-2].isprintable():
        method = parts[-2]
        seed = parts[-1] if release.is_whole(in_file) else seed
    return Settings(task, method, seed, values)


def differences(runs: Sequence[Settings]) -> dict[str, list[object]]:
    """Returns {key: its different values} for keys in which runs differ, although they are of one method.

    Keys that belong to a single run, such as `seed`, do not count. A run whose file lacks a key, since an older
    version wrote it, has the default there, or 'not set' if this version does not know the key.
    """
    defaults = presets.load()['defaults']
    differing = {}
    for key in sorted({key for run in runs for key in run.values}):
        setting = setting_of(key)
        if setting is None or not setting.per_run:
            values: list[object] = []
            for run in runs:
                value = run.values.get(key, defaults.get(key, NOT_SET))
                if value not in values:
                    values.append(value)
            if len(values) > 1:
                differing[key] = values
    return differing


def _parse(text: str) -> dict[str, object]:
    """Returns the settings of a YAML text as {key: value}. Raises UserError.

    Runs of a sweep have most of their lines in common, and parsing YAML is slow: each section is parsed by itself
    and once. Where that cannot be done, the whole text is parsed, and its errors count.
    """
    values: dict[str, object] = {}
    try:
        for section in _SECTION_START.split(text):
            settings = _parse_section(section)
            if values.keys() & settings.keys():
                raise UserError('a key stands twice')
            values |= settings
    except UserError:
        return presets.parse(text, 'config.yaml')
    return values


@functools.lru_cache(maxsize=4096)
def _parse_section(text: str) -> dict[str, object]:
    """Returns the settings of one section; they are shared and must not be changed."""
    return presets.parse(text, 'config.yaml')
