"""Reads the config.yaml of a run, ours or the authors' release's, and compares such settings by value."""

import functools
import pathlib
import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from ..config import presets, release
from ..config.bounded_yaml import MAX_CHARACTERS
from ..config.schema import convert, setting_of
from ..display.printable import brief
from ..errors import UserError

NOT_SET = 'not set'
MAX_SECTIONS = 300  # that are parsed one by one
MAX_SECTIONS_CHARACTERS = 2**14
MAX_NAME_CHARACTERS = 200  # of a task, a method or a seed
MAX_VALUE_CHARACTERS = 1000  # that are kept of a setting
_SECTION_START = re.compile(r'(?<=\n)(?=\w)')  # a line that begins a key at column 0


class Settings(NamedTuple):
    """The settings of a run.

    Attributes:
      task, method, seed: which run it is.
      values: {key: value} of all its settings, in today's names; values too large to be shown are cut.
    """

    task: str
    method: str
    seed: str
    values: dict[str, Any]

    @property
    def action_repeat(self) -> int | None:
        """Frames of an agent step, or None if that is not known."""
        return self.values.get('action_repeat')


def is_name(text: str) -> bool:
    """Whether a text can be the name of a task, a method or a seed: 1 to 200 printable characters."""
    return 0 < len(text) <= MAX_NAME_CHARACTERS and text.isprintable()


def read(path: pathlib.Path) -> Settings:
    """Returns the `Settings` of a config.yaml.

    The method is the second to last part of the setting `logdir` if that ends in <task>/<method>/<seed>, else
    dreamerv2. In files of the release the seed is the last part, since its code did not read its key `seed`.

    Raises:
      ValueError: the file is not YAML, names no task, or holds something that no run can have.
    """
    with path.open(encoding='utf-8', errors='replace') as file:
        text = file.read(MAX_CHARACTERS + 1)  # of which `presets.parse` refuses the last
    try:
        in_file = _parse(text)
    except UserError as error:
        raise ValueError(str(error)) from None
    values, _ = release.translate(in_file)
    task = values.get('task')
    if not isinstance(task, str) or not is_name(task):
        raise ValueError(f'config.yaml names no task: {brief(task)}')
    repeat = values.get('action_repeat')
    if repeat is not None and type(repeat) is not int:
        raise ValueError(f'`action_repeat` in config.yaml must be a whole number. Received: {brief(repeat)}')
    parts = pathlib.PurePath(str(values.get('logdir', ''))).parts
    method, seed = 'dreamerv2', brief(values.get('seed', 0), MAX_NAME_CHARACTERS)
    if len(parts) >= 3 and parts[-3] == task and is_name(parts[-2]) and is_name(parts[-1]):
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
                value = _typed(key, run.values.get(key, defaults.get(key, NOT_SET)))
                if value not in values:
                    values.append(value)
            if len(values) > 1:
                differing[key] = values
    return differing


def _typed(key: str, value: object) -> object:
    """A value as the schema has it, so that `2e-3` is 0.002; as it is where the schema does not allow it."""
    try:
        return convert(key, value) if setting_of(key) else value
    except UserError:
        return value


def _parse(text: str) -> dict[str, object]:
    """Returns the settings of a YAML text as {key: value}. Raises UserError.

    Runs of a sweep have most of their lines in common, and parsing YAML is slow: each section is parsed by itself
    and once. Where that cannot be done, or there are too many for settings, the whole text is parsed, and its
    errors count.
    """
    values: dict[str, object] = {}
    sections = _SECTION_START.split(text)
    if len(sections) > MAX_SECTIONS or len(text) > MAX_SECTIONS_CHARACTERS:
        return presets.parse(text, 'config.yaml')
    try:
        for section in sections:
            settings = _parse_section(section)
            if values.keys() & settings.keys():
                raise UserError('a key stands twice')
            values |= settings
    except UserError:
        return _bounded(presets.parse(text, 'config.yaml'))
    return values


@functools.lru_cache(maxsize=4096)
def _parse_section(text: str) -> dict[str, object]:
    """Returns the settings of one section; they are shared and must not be changed."""
    return _bounded(presets.parse(text, 'config.yaml'))


def _bounded(settings: dict[str, Any]) -> dict[str, object]:
    """Returns settings whose keys are printable, with a text in place of each value that is too large to be shown."""
    return {
        brief(key): value if _is_small(value) else brief(value, MAX_VALUE_CHARACTERS) for key, value in settings.items()
    }


def _is_small(value: object) -> bool:
    try:
        return len(str(value)) <= MAX_VALUE_CHARACTERS
    except (ValueError, RecursionError):  # an integer of thousands of digits, a list of thousands of levels
        return False
