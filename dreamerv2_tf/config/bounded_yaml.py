"""Reads YAML that may be hostile: what takes long, or expands without end, is refused before it does."""

import pathlib
from typing import Any

import ruamel.yaml
from ruamel.yaml.composer import Composer, ComposerError
from ruamel.yaml.events import AliasEvent, ScalarEvent

from ..errors import UserError, shorten

MAX_CHARACTERS = 2**17  # of a text; ruamel.yaml takes up to 5 microseconds for each
MAX_SCALAR_CHARACTERS = 3000  # of a key or a value; so many hexadecimal digits can still be printed
MAX_NODES = 4000  # keys, values and sections, those behind aliases counted wherever they are used
MAX_DEPTH = 20  # of sections and lists
MAX_BRACKETS_PER_LINE = 200  # ruamel.yaml looks ahead to the end of a line, in a time quadratic in its brackets


def read(path: pathlib.Path) -> str:
    """Returns the text of a file. Raises UserError where there is none, or it is too long for settings."""
    try:
        if not path.is_file():
            raise UserError(f'cannot read {path}: {"it is no file" if path.exists() else "No such file or directory"}')
        with path.open(encoding='utf-8') as file:
            text = file.read(MAX_CHARACTERS + 1)
    except UnicodeDecodeError:
        raise UserError(f'{path} is not a text') from None
    except OSError as error:
        raise UserError(f'cannot read {path}: {error.strerror or error}') from None
    _check_length(text, str(path))
    return text


def parse(text: str, name: str) -> dict[Any, Any]:
    """Returns the sections and keys of a YAML text.

    Args:
      text: the YAML.
      name: where it is from, for messages.

    Raises:
      UserError: the text is not YAML, holds no settings, or is too large or nested too deeply for settings.
    """
    _check_length(text, name)
    if any(line.count('[') + line.count('{') > MAX_BRACKETS_PER_LINE for line in text.splitlines()):
        raise UserError(f'{name} holds no settings: a line has more than {MAX_BRACKETS_PER_LINE} brackets')
    reader = ruamel.yaml.YAML(typ='safe', pure=True)
    reader.Composer = _BoundedComposer
    try:
        tree = reader.load(text)
    except Exception as error:  # of any kind: a number, a date or a tag that Python refuses is no setting either
        raise UserError(f'{name} is not YAML: {shorten(" ".join(str(error).split()))}') from None
    if not isinstance(tree, dict):
        raise UserError(f'{name} holds no settings; expected lines such as `seed: 0`')
    return tree


def _check_length(text: str, name: str) -> None:
    if len(text) > MAX_CHARACTERS:
        raise UserError(f'{name} holds no settings: it has more than {MAX_CHARACTERS:,} characters')


class _BoundedComposer(Composer):
    """Makes a tree of nodes, and refuses one that is too large once its aliases are followed."""

    def __init__(self, loader: Any = None) -> None:
        super().__init__(loader)
        self.warn_double_anchors = False
        self._depth = self._nodes = 0
        self._sizes: dict[str, int] = {}  # nodes below each anchor; none while it is being read

    def compose_node(self, parent: Any, index: Any) -> Any:
        event = self.parser.peek_event()
        begin = self._nodes
        if isinstance(event, AliasEvent):
            if event.anchor in self.anchors and event.anchor not in self._sizes:
                raise ComposerError(None, None, 'it refers to itself', None)
            self._nodes += self._sizes.get(event.anchor, 0)
        else:
            self._nodes += 1
        self._depth += 1
        if self._nodes > MAX_NODES:
            raise ComposerError(None, None, f'it has more than {MAX_NODES:,} keys and values', None)
        if self._depth > MAX_DEPTH:
            raise ComposerError(None, None, f'it is nested more than {MAX_DEPTH} deep', None)
        if isinstance(event, ScalarEvent) and len(event.value) > MAX_SCALAR_CHARACTERS:
            raise ComposerError(None, None, f'a value has more than {MAX_SCALAR_CHARACTERS:,} characters', None)
        if not isinstance(event, AliasEvent) and event.anchor is not None:
            self._sizes.pop(event.anchor, None)
        node = super().compose_node(parent, index)
        self._depth -= 1
        if not isinstance(event, AliasEvent) and event.anchor is not None:
            self._sizes[event.anchor] = self._nodes - begin
        return node
