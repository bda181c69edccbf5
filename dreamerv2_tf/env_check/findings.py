"""What is wrong with what an environment gives, each kind told once, with the step where it was first met."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

import gymnasium
import numpy as np

from ..display.printable import brief

spaces = gymnasium.spaces


class Findings:
    """Collects sentences; of each kind the first one, and how often it was met."""

    def __init__(self) -> None:
        self._sentences: dict[object, str] = {}
        self._counts: Counter[object] = Counter()

    def add(self, sentence: str, kind: object = None) -> None:
        """Adds a sentence. `kind` is what counts as the same; None = the sentence itself."""
        self._sentences.setdefault(kind or sentence, sentence)
        self._counts[kind or sentence] += 1

    @property
    def sentences(self) -> list[str]:
        """All of them, in the order in which they were met."""
        return [
            f'{sentence} ({self._counts[kind]:,} times)' if self._counts[kind] > 1 else sentence
            for kind, sentence in self._sentences.items()
        ]

    def check_observation(self, space: gymnasium.Space, value: Any, key: str, when: str) -> None:
        """Compares an observation, or the part of one called `key`, with its space.

        when: names the moment, such as 'at step 3'.
        """
        if isinstance(space, spaces.Dict):
            self._check_dict(space, value, key, when)
        elif isinstance(space, spaces.Tuple):
            if not isinstance(value, (tuple, list)) or len(value) != len(space):
                self.add(f'{_name(key)} must be {len(space)} values. Received {when}: {brief(value)}', (key, 'parts'))
            else:
                for number, (part, each) in enumerate(zip(space, value)):
                    self.check_observation(part, each, f'{key}_{number}'.lstrip('_'), when)
        elif isinstance(space, (spaces.Box, spaces.Discrete, spaces.MultiDiscrete, spaces.MultiBinary)):
            self._check_numbers(space, value, _name(key), when)
        elif not space.contains(value):
            self.add(f'{_name(key)} is not in its space, {space}. Received {when}: {brief(value)}', (key, 'space'))

    def check_flag(self, name: str, value: Any, when: str) -> None:
        """Checks `terminated` or `truncated`."""
        if not isinstance(value, (bool, np.bool_)):
            self.add(f'`{name}` must be True or False. Received {when}: {brief(repr(value))}', name)

    def _check_dict(self, space: spaces.Dict, value: Any, key: str, when: str) -> None:
        if not isinstance(value, Mapping):
            self.add(f'{_name(key)} must be a dict. Received {when}: {brief(value)}', (key, 'dict'))
            return
        for name in dict.fromkeys([*space, *value]):
            inner = f'{key}_{name}' if key else str(name)
            if name not in value:
                self.add(f'there is no `{inner}` in the observation {when}', (inner, 'missing'))
            elif name not in space.spaces:
                self.add(f'`{inner}` is in the observation {when}, but not in its space', (inner, 'surplus'))
            else:
                self.check_observation(space[name], value[name], inner, when)

    def _check_numbers(self, space: Any, value: Any, name: str, when: str) -> None:
        array = np.asarray(value)
        if array.dtype.kind not in 'biuf':
            self.add(f'{name} must hold numbers. Received {when}: {brief(repr(value))}', (name, 'numbers'))
            return
        if array.shape != space.shape:
            self.add(f'{name} has the shape {array.shape} {when}; its space says {space.shape}', (name, 'shape'))
            return
        given = isinstance(value, (np.ndarray, np.generic))
        if given and not isinstance(space, spaces.Discrete) and array.dtype != space.dtype:
            self.add(f'{name} is {array.dtype} {when}; its space says {space.dtype}', (name, 'dtype'))
        finite = np.isfinite(array)
        if not finite.all():
            self.add(f'{name} holds {array[~finite].flat[0]} {when}', (name, 'finite'))
        elif isinstance(space, spaces.Box):
            self._check_bounds(space, array, name, when)
        elif not space.contains(array.astype(space.dtype) if space.shape else int(array)):
            self.add(f'{name} is not in its space, {space}. Received {when}: {brief(value)}', (name, 'space'))

    def _check_bounds(self, space: spaces.Box, array: np.ndarray, name: str, when: str) -> None:
        for bound, outside, word in (
            (space.low, array < space.low, 'begins'),
            (space.high, array > space.high, 'ends'),
        ):
            if outside.any():
                number, limit = array[outside].flat[0], bound[outside].flat[0]
                self.add(f'{name} holds {number:.6g} {when}; its space {word} at {limit:.6g}', (name, word))


def _name(key: str) -> str:
    return f'`{key}`' if key else 'the observation'
