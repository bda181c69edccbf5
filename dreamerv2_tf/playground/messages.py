"""What a browser and the page's server say to each other."""

import json
import re
from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from .saving import WHAT
from .sides import MAX_BRANCHES

MAX_MESSAGE_BYTES = 2048  # of a browser
MAX_MESSAGES_PER_SECOND = 100
MAX_HELD = 16  # moves held down at once
MAX_SPEED = 60  # agent steps per second


class BadMessage(Exception):
    """A message that no page of ours sends. The text says what is wrong."""


class Message(NamedTuple):
    """What a browser asks for."""

    do: str
    value: Any = None


class Rules(NamedTuple):
    """What messages may hold."""

    moves: Collection[str]
    actions: int  # that can be kept constant; 0 where they are not one choice
    episodes: Collection[str]  # names of files that may be watched

    def parse(self, text: str) -> Message:
        """Returns the message that a text holds, `{"do": ..., "value": ...}`.

        Raises:
          BadMessage: it is none.
        """
        if len(text.encode('utf-8', 'replace')) > MAX_MESSAGE_BYTES:
            raise BadMessage(f'a message of more than {MAX_MESSAGE_BYTES} bytes')
        try:
            tree = json.loads(text)
        except (ValueError, RecursionError):
            raise BadMessage('a message that is no JSON') from None
        if not isinstance(tree, dict) or not isinstance(tree.get('do'), str) or set(tree) - {'do', 'value'}:
            raise BadMessage('a message without `do`, or with more than `do` and `value`')
        message = Message(tree['do'], tree.get('value'))
        if not self._allows(*message):
            raise BadMessage('a message that asks for something unknown')
        return message

    def _allows(self, do: str, value: Any) -> bool:
        if do in ('step', 'back', 'dream', 'new'):
            return value is None
        if do in ('go', 'sample'):
            return isinstance(value, bool)
        if do in ('speed', 'branch'):
            return _is_whole(value, 1, MAX_SPEED if do == 'speed' else MAX_BRANCHES)
        if do == 'look':
            return _is_whole(value, 0, 10**9)
        if do in ('left', 'right'):
            return isinstance(value, str) and self._drives(do, value)
        if do == 'hold':
            return (
                isinstance(value, list) and len(value) <= MAX_HELD and all(_is_in(each, self.moves) for each in value)
            )
        return (do == 'watch' and _is_in(value, self.episodes)) or (do == 'save' and _is_in(value, WHAT))

    def _drives(self, side: str, who: str) -> bool:
        constant = re.fullmatch(r'constant:([0-9]{1,5})', who)
        if constant:
            return int(constant[1]) < self.actions
        return who in ('you', 'agent', 'random') or (who == 'same' and side == 'right')


def packed(header: dict[str, Any], pictures: Sequence[bytes]) -> bytes:
    """Returns a message for the browser: the length of the header (4 bytes), the header as JSON, the pictures.

    `sizes` in the header says how long each picture is.
    """
    text = json.dumps({**header, 'sizes': [len(picture) for picture in pictures]}).encode()
    return b''.join([len(text).to_bytes(4, 'little'), text, *pictures])


def _is_whole(value: Any, least: int, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def _is_in(value: Any, names: Collection[str]) -> bool:
    return isinstance(value, str) and value in names
