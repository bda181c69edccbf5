"""Makes rows from any gymnasium environment, and takes vectors as actions."""

from typing import Any

import gymnasium
import numpy as np

from ..errors import StateError
from ..spec import Row, State
from .actions import ActionAdapter
from .observations import Observer
from .space_text import to_text


class RowEnv:
    """Steps one environment; every call returns a row without its action (see spec.py).

    `Observer` says what becomes of observations, `ActionAdapter` what becomes of actions.

    Args:
      env: its running episodes can be saved if it has an attribute `resumable` that is true, and the
        methods of `spec.Stateful`.
      image_layout: where images have their channels, see `Observer`.

    Attributes:
      observation: {key: `Spec`}.
      action: an `ActionSpec`.
      observer: an `Observer`, which makes {key: array} of what the environment shows.
      action_adapter: an `ActionAdapter`, which makes what the environment takes of action vectors.
      gym_spaces: the spaces of the environment, as `space_text.from_text` reads them.
      notes: sentences for people about what the agent sees or does in another form than the environment.
      action_meanings: what its actions mean, such as UPFIRE, as ALE says it; empty where that is not known.
      resumable: whether running episodes can be saved and go on in another process.

    Raises:
      UserError: an action or observation space that is not supported.
    """

    def __init__(self, env: gymnasium.Env, image_layout: str = 'auto'):
        self._env: Any = env  # has the methods of `Stateful` if it is resumable
        self.resumable, self._seeded = getattr(env, 'resumable', False), False
        self.observer = Observer(env.observation_space, image_layout)
        self.action_adapter = ActionAdapter(env.action_space)
        self.observation, self.action = self.observer.specs, self.action_adapter.spec
        self.gym_spaces = to_text(env.observation_space, env.action_space)
        meanings = getattr(getattr(env, 'unwrapped', env), 'get_action_meanings', None)
        self.action_meanings = [str(meaning) for meaning in meanings()] if meanings else []
        self.notes = [*getattr(env, 'notes', ()), *self.observer.notes, *self.action_adapter.notes]

    def reset(self, seed: int) -> Row:
        """Returns row 0 of a new episode, whose random draws follow from the seed.

        An environment that can be saved carries its random state along: it takes its first seed alone,
        which in ALE also spares loading the game again.
        """
        observation, _ = self._env.reset(seed=None if self.resumable and self._seeded else seed)
        self._seeded = True
        return row_of(self.observer.arrays(observation), 0.0, first=True)

    def step(self, action: np.ndarray) -> Row:
        """Returns the row that an action [A] leads to."""
        observation, reward, terminated, truncated, _ = self._env.step(self.action_adapter.to_env(action))
        return row_of(self.observer.arrays(observation), reward, last=terminated or truncated, terminal=terminated)

    def get_state(self) -> State:
        """Returns ({}, {name: array}) of the running episode; no arrays if it cannot be saved or there is none."""
        return self._env.get_state() if self.resumable and self._seeded else ({}, {})

    def set_state(self, plain: dict[str, Any], arrays: dict[str, np.ndarray]) -> None:
        """Goes on with a saved episode.

        Raises:
          StateError: it does not fit; a new episode can be begun.
        """
        if not self.resumable:
            raise StateError('episodes of this environment cannot be saved while they go on')
        try:
            self._env.set_state(plain, arrays)
        except StateError:
            raise
        except KeyError as error:
            raise StateError(f'it was saved without {error}') from None
        except Exception as error:  # of any kind: environments read their states in ways of their own
            raise StateError(f'its state cannot be read: {error!r}') from error
        self._seeded = True

    def close(self) -> None:
        """Closes the environment."""
        self._env.close()


def row_of(
    arrays: dict[str, np.ndarray], reward: float, first: bool = False, last: bool = False, terminal: bool = False
) -> Row:
    """Returns the row with these observations {key: array}, a reward and flags."""
    row: dict[str, Any] = {**arrays, 'reward': np.float32(reward)}
    row['is_first'], row['is_last'], row['is_terminal'] = map(np.bool_, (first, last, terminal))
    return row
