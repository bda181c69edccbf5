"""Experience as it is outside of networks, and THE convention of time.

A row holds what an environment gave after an action, together with that action:

    row      0            1              2              L
    action   zeros        a_1            a_2            a_L        led to this row
    image    x_0          x_1            x_2            x_L
    reward   0            r_1            r_2            r_L
    flags    is_first                                   is_last (and is_terminal, if it truly ended)

An episode of L steps has L+1 rows. A time limit sets is_last but not is_terminal.
"""

import itertools
import json
import math
from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol

import numpy as np

FLAGS = ('is_first', 'is_last', 'is_terminal')
NOT_OBSERVED = ('action', 'reward', *FLAGS)
MOMENT = 'log_moment'  # a key of evaluated rows for policies alone: (seed of the episode, agent steps since it began)
MAX_PARTS_SHOWN = 8  # of an action, in texts

Row = dict[str, np.ndarray]  # {key: one value}, as above
State = tuple[Any, dict[str, np.ndarray]]  # (plain data for JSON, {name: array})


class Stateful(Protocol):
    """A part of a run that can go on in another process."""

    def get_state(self) -> State:
        """Returns (plain data for JSON, {name: array}), all that its next step depends on."""

    def set_state(self, plain: Any, arrays: dict[str, np.ndarray]) -> None:
        """Goes on from what `get_state` returned."""


class Spec(NamedTuple):
    """Shape and dtype of one key of a row."""

    shape: tuple[int, ...]
    dtype: np.dtype


class ActionPart(NamedTuple):
    """A stretch of an action vector: a choice among `size` as a one-hot vector, or `size` numbers in [-1, 1]."""

    size: int
    discrete: bool
    name: str = ''  # for people; '' where the action has one part alone

    def random(self, generator: np.random.Generator) -> np.ndarray:
        """Draws one uniformly, [size]."""
        if self.discrete:
            return np.eye(self.size, dtype=np.float32)[generator.integers(self.size)]
        return generator.uniform(-1, 1, self.size).astype(np.float32)


class ActionBlock(NamedTuple):
    """Neighbouring parts of an action that are alike, and are drawn and drawn from together."""

    begin: int  # where it begins in the vector
    discrete: bool
    shape: tuple[int, ...]  # [choices, size] of one-hot vectors, or [size]
    names: tuple[str, ...]  # of its parts

    @property
    def end(self) -> int:
        """Where the next block begins in the vector."""
        return self.begin + math.prod(self.shape)


class ActionSpec(NamedTuple):
    """Actions are vectors [A] of parts, one after the other: of one part in most environments.

    parts     walk: 3 choices   jump: 2 choices   aim: 2 numbers
    action    0 1 0             1 0               -0.5 0.25
    """

    parts: tuple[ActionPart, ...]

    @classmethod
    def choice(cls, size: int) -> 'ActionSpec':
        """Returns actions that are one choice among `size`."""
        return cls((ActionPart(size, True),))

    @classmethod
    def numbers(cls, size: int) -> 'ActionSpec':
        """Returns actions that are `size` numbers in [-1, 1]."""
        return cls((ActionPart(size, False),))

    @property
    def size(self) -> int:
        """A, the length of the vector."""
        return sum(part.size for part in self.parts)

    @property
    def discrete(self) -> bool:
        """Whether all parts are choices."""
        return all(part.discrete for part in self.parts)

    @property
    def continuous(self) -> bool:
        """Whether no part is a choice. An action may have parts of both kinds."""
        return not any(part.discrete for part in self.parts)

    @property
    def is_choice(self) -> bool:
        """Whether actions are one choice, which a single number can name."""
        return len(self.parts) == 1 and self.discrete

    @property
    def blocks(self) -> tuple[ActionBlock, ...]:
        """Runs of neighbouring parts that are choices among equally many, or all numbers."""
        blocks: list[ActionBlock] = []
        begin = 0
        for classes, run in itertools.groupby(self.parts, lambda part: part.size if part.discrete else None):
            parts = tuple(run)
            shape = (len(parts), classes) if classes else (sum(part.size for part in parts),)
            blocks.append(ActionBlock(begin, bool(classes), shape, tuple(part.name for part in parts)))
            begin = blocks[-1].end
        return tuple(blocks)

    def zeros(self) -> np.ndarray:
        """Returns the action of row 0, [A]."""
        return np.zeros(self.size, np.float32)

    def random(self, generator: np.random.Generator) -> np.ndarray:
        """Draws a uniform action, [A]."""
        return np.concatenate([part.random(generator) for part in self.parts])

    def describe(self) -> str:
        """Returns a text for people: '18 discrete actions', or '3 + 2 choices and 2 numbers as one action'."""
        if len(self.parts) == 1:
            return f'{self.size} {"discrete actions" if self.discrete else "action dimensions"}'
        choices = [str(part.size) for part in self.parts if part.discrete]
        if len(choices) > MAX_PARTS_SHOWN:
            choices = [*choices[:MAX_PARTS_SHOWN], '...']
        numbers = sum(part.size for part in self.parts if not part.discrete)
        kinds = [f'{" + ".join(choices)} choices'] * bool(choices) + [f'{numbers} numbers'] * bool(numbers)
        return f'{" and ".join(kinds)} as one action'

    def to_plain(self) -> dict[str, Any]:
        """Returns plain data for JSON that `from_plain` reads; actions of one part as they always were."""
        if len(self.parts) == 1:
            return {'size': self.size, 'discrete': self.discrete}
        return {'parts': [part._asdict() for part in self.parts]}

    @classmethod
    def from_plain(cls, tree: Any) -> 'ActionSpec':
        """Reads what `to_plain` returned. Raises KeyError, TypeError or ValueError if it is something else."""
        return cls(tuple(ActionPart(**part) for part in tree['parts']) if 'parts' in tree else (ActionPart(**tree),))


class Spaces(NamedTuple):
    """What an environment gives and takes."""

    observation: dict[str, Spec]
    action: ActionSpec

    def describe(self) -> str:
        """Returns a text for people, such as 'image (64, 64, 1); 18 discrete actions'."""
        observations = ', '.join(f'{key} {tuple(spec.shape)}' for key, spec in self.observation.items())
        return f'{observations}; {self.action.describe()}'

    def to_json(self) -> str:
        """Returns a text that `from_json` reads."""
        shapes = {key: [spec.shape, np.dtype(spec.dtype).name] for key, spec in self.observation.items()}
        return json.dumps({'observation': shapes, 'action': self.action.to_plain()})

    @classmethod
    def from_json(cls, text: str) -> 'Spaces':
        """Reads what `to_json` wrote. Raises KeyError, TypeError or ValueError if the text is another one."""
        tree = json.loads(text)
        observation = {key: Spec(tuple(shape), np.dtype(name)) for key, (shape, name) in tree['observation'].items()}
        return cls(observation, ActionSpec.from_plain(tree['action']))


def kept_dtype(dtype: np.dtype) -> np.dtype:
    """Returns the dtype in which numbers are kept: floats as float32, integers as int32, uint8 and bool as they are."""
    if dtype in (np.uint8, np.bool_):
        return dtype
    return np.dtype(np.float32 if dtype.kind == 'f' else np.int32)


def observed(specs: Mapping[str, Spec]) -> dict[str, tuple[int, ...]]:
    """Returns {key: shape} of what networks may see: neither action, reward and flags nor `log_` keys."""
    return {
        key: tuple(spec.shape) for key, spec in specs.items() if key not in NOT_OBSERVED and not key.startswith('log_')
    }


def by_environment(arrays: Mapping[str, np.ndarray]) -> dict[int, dict[str, np.ndarray]]:
    """Returns the arrays of several environments by their numbers: {'0/a': x, '0/b': y} -> {0: {'a': x, 'b': y}}."""
    groups: dict[int, dict[str, np.ndarray]] = {}
    for path, array in arrays.items():
        index, _, name = path.partition('/')
        groups.setdefault(int(index), {})[name] = array
    return groups


def episode_length(episode: Mapping[str, np.ndarray]) -> int:
    """Returns L, the agent steps of an episode {key: [L+1, ...]}."""
    return len(episode['reward']) - 1


def episode_return(episode: Mapping[str, np.ndarray]) -> float:
    """Returns the sum of an episode's raw rewards."""
    return float(np.asarray(episode['reward'], np.float64).sum())
