"""The two sides of the page: what really happens, and what the model dreams."""

import abc
import copy
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from ..envs.row_env import RowEnv
from ..errors import StateError
from ..inspection.beliefs import Rows, take
from ..nets.latent import ModelState
from ..replay.open_episode import OpenEpisode
from ..spec import ActionSpec, Row
from .dreams import THRESHOLD
from .model_steps import Belief, ModelSteps, Moment, rows_of

MAX_BRANCHES = 9


class RealSide(abc.ABC):
    """Rows that come one after the other, with what the model believes of each.

    Args:
      steps: of the model.
      action: an `ActionSpec`.

    Attributes:
      row: that is shown.
      belief: of the model.
    """

    def __init__(self, steps: ModelSteps, action: ActionSpec) -> None:
        self._steps, self._action = steps, action
        self.row: Row = {}
        self.belief: Belief

    @property
    def over(self) -> bool:
        """Whether the episode has ended."""
        return bool(self.row['is_last'])

    @property
    def recorded(self) -> np.ndarray | None:
        """The next action [A], where it is given."""
        return None

    @abc.abstractmethod
    def begin(self, seed: object) -> None:
        """Begins an episode. seed: of latents, see `ModelSteps`."""

    @abc.abstractmethod
    def step(self, action: np.ndarray, seed: object) -> None:
        """Goes on with an action [A], unless it is over."""

    @abc.abstractmethod
    def mark(self) -> Any:
        """Returns what `go_back` needs to come here again, or None if that cannot be done."""

    @abc.abstractmethod
    def go_back(self, mark: Any) -> None:
        """Goes back to where `mark` was made."""

    def _see(self, row: Row, action: np.ndarray, seed: object) -> None:
        before = self._steps.initial(1) if row['is_first'] else self.belief.moment.state
        self.row, self.belief = row, self._steps.observe(before, action[None], rows_of(row), seed)


class LiveGame(RealSide):
    """A real environment.

    Args:
      env: as of `SavedAgent.make_env`; is closed in the end.
      generator: of the seeds of its episodes.

    Attributes:
      episode: the `OpenEpisode` that goes on.
    """

    def __init__(self, env: RowEnv, steps: ModelSteps, generator: np.random.Generator) -> None:
        super().__init__(steps, env.action)
        self._env, self._generator = env, generator

    def begin(self, seed: object) -> None:
        """Begins an episode."""
        row = self._env.reset(int(self._generator.integers(2**31)))
        self.episode = OpenEpisode('')
        self._keep(row, self._action.zeros(), seed)

    def step(self, action: np.ndarray, seed: object) -> None:
        """Takes an action in the environment, unless its episode is over."""
        if not self.over:
            self._keep(self._env.step(action), action, seed)

    def mark(self) -> Any:
        """Returns the state of the environment; None where it can neither be saved nor copied."""
        try:
            state = self._env.get_state() if self._env.resumable else copy.deepcopy(self._env)
        except Exception:  # of any kind: not every environment can be copied
            return None
        return state, self.row, self.belief, self.episode.rows

    def go_back(self, mark: Any) -> None:
        """Goes back; what came after is forgotten."""
        state, self.row, self.belief, self.episode.rows = mark
        if not self._env.resumable:
            self._env = copy.deepcopy(state)
            return
        try:
            self._env.set_state(*state)
        except StateError as error:  # it was saved by this very process
            raise AssertionError from error

    def close(self) -> None:
        """Closes the environment."""
        self._env.close()

    def _keep(self, row: Row, action: np.ndarray, seed: object) -> None:
        self.episode.add({**row, 'action': action})
        self._see(row, action, seed)


class Watched(RealSide):
    """A saved episode, row by row, with the actions that were taken in it."""

    def __init__(self, episode: Rows, steps: ModelSteps, action: ActionSpec) -> None:
        super().__init__(steps, action)
        self._columns = {key: np.asarray(episode[key]) for key in episode.keys()}
        self._at = 0

    @property
    def over(self) -> bool:
        """Whether its last row is shown."""
        return self._at + 1 >= len(self._columns['action'])

    @property
    def recorded(self) -> np.ndarray | None:
        """The action that leads to the next row."""
        return None if self.over else self._columns['action'][self._at + 1]

    def begin(self, seed: object) -> None:
        """Shows the first row."""
        self._show(0, seed)

    def step(self, action: np.ndarray, seed: object) -> None:
        """Shows the next row; the action is the recorded one."""
        if not self.over:
            self._show(self._at + 1, seed)

    def mark(self) -> Any:
        """Returns the place."""
        return self._at, self.row, self.belief

    def go_back(self, mark: Any) -> None:
        """Goes back to a place."""
        self._at, self.row, self.belief = mark

    def _show(self, at: int, seed: object) -> None:
        self._at = at
        row = {key: column[at] for key, column in self._columns.items()}
        if at == 0:
            row['is_first'] = np.bool_(True)
        self._see(row, row['action'], seed)


class Dreaming(NamedTuple):
    """What the dreams have come to."""

    moment: Moment  # of N dreams
    ended: np.ndarray  # [N] bool


class DreamSide:
    """One dream, or up to nine from one state.

    Args:
      steps: of the model.
      generator: draws whether dreams end.

    Attributes:
      now: the `Dreaming`.
    """

    def __init__(self, steps: ModelSteps, generator: np.random.Generator) -> None:
        self._steps, self._generator = steps, generator
        self.now: Dreaming

    @property
    def count(self) -> int:
        """How many dreams there are."""
        return len(self.now.ended)

    def begin(self, state: ModelState, seed: object, count: int = 1) -> None:
        """Begins dreams in a state [1, ...]."""
        repeated = tf.nest.map_structure(lambda array: np.repeat(array, count, 0), state)
        self.now = Dreaming(self._steps.place(repeated, seed), np.zeros(count, bool))

    def branch(self, count: int, seed: object) -> None:
        """Goes on from the first dream with so many."""
        self.begin(take(self.now.moment.state, np.s_[:1]), seed, count)

    def step(self, actions: np.ndarray, seed: object) -> None:
        """Dreams on with actions [N, A]; dreams that have ended stay as they are."""
        before = self.now
        moment = self._steps.imagine(before.moment.state, actions, before.moment.state, before.ended, seed)
        certain = self._generator.random(self.count) if seed is not None else np.full(self.count, THRESHOLD)
        self.now = Dreaming(moment, before.ended | (moment.end > certain))
