"""Experience as it is outside of networks, and THE convention of time.

A row holds what an environment gave after an action, together with that action:

    row      0            1              2              L
    action   zeros        a_1            a_2            a_L        led to this row
    image    x_0          x_1            x_2            x_L
    reward   0            r_1            r_2            r_L
    flags    is_first                                   is_last (and is_terminal, if it truly ended)

An episode of L steps has L+1 rows. A time limit sets is_last but not is_terminal.
"""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol

import numpy as np

FLAGS = ('is_first', 'is_last', 'is_terminal')
NOT_OBSERVED = ('action', 'reward', *FLAGS)

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


class ActionSpec(NamedTuple):
    """Actions are vectors: one-hot where `discrete`, else in [-1, 1]."""

    size: int
    discrete: bool

    def zeros(self) -> np.ndarray:
        """Returns the action of row 0, [A]."""
        return np.zeros(self.size, np.float32)

    def random(self, generator: np.random.Generator) -> np.ndarray:
        """Draws a uniform action, [A]."""
        if self.discrete:
            return np.eye(self.size, dtype=np.float32)[generator.integers(self.size)]
        return generator.uniform(-1, 1, self.size).astype(np.float32)


class Spaces(NamedTuple):
    """What an environment gives and takes."""

    observation: dict[str, Spec]
    action: ActionSpec

    def describe(self) -> str:
        """Returns a text for people, such as 'image (64, 64, 1); 18 discrete actions'."""
        observations = ', '.join(f'{key} {tuple(spec.shape)}' for key, spec in self.observation.items())
        kind = 'discrete actions' if self.action.discrete else 'action dimensions'
        return f'{observations}; {self.action.size} {kind}'

    def to_json(self) -> str:
        """Returns a text that `from_json` reads."""
        shapes = {key: [spec.shape, np.dtype(spec.dtype).name] for key, spec in self.observation.items()}
        return json.dumps({'observation': shapes, 'action': self.action._asdict()})

    @classmethod
    def from_json(cls, text: str) -> 'Spaces':
        """Reads what `to_json` wrote. Raises KeyError, TypeError or ValueError if the text is another one."""
        tree = json.loads(text)
        observation = {key: Spec(tuple(shape), np.dtype(name)) for key, (shape, name) in tree['observation'].items()}
        return cls(observation, ActionSpec(**tree['action']))


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
