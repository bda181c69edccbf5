"""What a person presses, as actions."""

import re
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ..spec import ActionSpec

DIRECTIONS = {'UP': 'ArrowUp', 'DOWN': 'ArrowDown', 'LEFT': 'ArrowLeft', 'RIGHT': 'ArrowRight', 'FIRE': 'Space'}
LETTERS = '1234567890QWERTYUIOASFGHJKLZXCVM'  # keys of other moves, in this order; B, D, N and P are the page's own


class Move(NamedTuple):
    """Something that can be held down."""

    name: str  # for people
    key: str  # as browsers call it: ArrowUp, Space, Digit1, KeyQ; '' where there are no keys left


class Keyboard:
    """Makes an action vector of the moves that are held down.

    - A choice whose actions have meanings as in Atari ('UPRIGHTFIRE') has a move for each direction and for FIRE; the
      action is the one that has the most of them.
    - A choice without meanings has a move for each action; the last one pressed goes on where none is held.
    - Of several parts, each choice has a move for each action but its first, each number one for -1 and one for 1.

    Args:
      action: of the environment.
      meanings: of the actions, or none.

    Attributes:
      moves: all there are.
      names: of the actions, where they are one choice; else empty.
    """

    def __init__(self, action: ActionSpec, meanings: Sequence[str] = ()) -> None:
        self._spec, self._last = action, 0
        fits = action.is_choice and len(meanings) == action.size
        self.names = list(meanings) if fits else [f'action {index}' for index in range(action.size * action.is_choice)]
        self._tokens = [_tokens(name) for name in self.names] if fits else []
        self._by_meaning = bool(self._tokens) and all(tokens is not None for tokens in self._tokens)
        self._parts: dict[str, tuple[int, float]] = {}  # of several parts: {move: (place in the vector, number)}
        if self._by_meaning:
            used = {token for tokens in self._tokens if tokens for token in tokens}
            self.moves = [Move(name, key) for name, key in DIRECTIONS.items() if name in used]
        else:
            self._parts = {} if action.is_choice else _moves_of_parts(action)
            self.moves = [Move(name, _key(index)) for index, name in enumerate(self._parts or self.names)]

    def action(self, held: Sequence[str]) -> np.ndarray:
        """Returns the action vector [A] of the moves that are held down, in the order in which they were pressed."""
        if self._by_meaning:
            fitting = [len(tokens) if tokens and tokens <= set(held) else 0 for tokens in self._tokens]
            idle = next((index for index, tokens in enumerate(self._tokens) if not tokens), 0)
            return self.constant(int(np.argmax(fitting)) if any(fitting) else idle)
        if not self._parts:
            pressed = [self.names.index(name) for name in held if name in self.names]
            self._last = pressed[-1] if pressed else self._last
            return self.constant(self._last)
        vector, begin = self._spec.zeros(), 0
        for part in self._spec.parts:
            inside = [self._parts[name] for name in held if name in self._parts]
            here = [(place, number) for place, number in inside if begin <= place < begin + part.size]
            if part.discrete:
                vector[here[-1][0] if here else begin] = 1
            else:
                for place, number in here:
                    vector[place] += number
            begin += part.size
        return np.clip(vector, -1, 1)

    def constant(self, index: int) -> np.ndarray:
        """Returns the vector of an action of one choice, by its number."""
        vector = self._spec.zeros()
        vector[index] = 1
        return vector


def _tokens(meaning: str) -> frozenset[str] | None:
    """Returns the directions in a meaning; none of NOOP; None where it says something else."""
    rest = re.sub('|'.join(DIRECTIONS), '', meaning)
    return frozenset(re.findall('|'.join(DIRECTIONS), meaning)) if rest in ('', 'NOOP') else None


def _moves_of_parts(action: ActionSpec) -> dict[str, tuple[int, float]]:
    moves, begin = {}, 0
    for index, part in enumerate(action.parts):
        name = part.name or (f'part {index}' if len(action.parts) > 1 else 'number')
        for place in range(part.size):
            if part.discrete and place:
                moves[f'{name}: {place}'] = (begin + place, 1.0)
            elif not part.discrete:
                moves |= {f'{name} {place} {sign}': (begin + place, float(f'{sign}1')) for sign in '-+'}
        begin += part.size
    return moves


def _key(index: int) -> str:
    if index >= len(LETTERS):
        return ''
    letter = LETTERS[index]
    return f'Digit{letter}' if letter.isdigit() else f'Key{letter}'
