"""The world model as environments: `gymnasium.Env`, and N of them in one compiled call."""

from typing import TYPE_CHECKING, Any, Self

import gymnasium
import numpy as np

from ..errors import UserError, shown
from ..nets.latent import ModelState
from .dreams import Dreams, Outcome, check_whole, info_of, picked_dream
from .starts import DreamState

if TYPE_CHECKING:
    from ..inspection.saved_agent import SavedAgent

HORIZON = 50  # agent steps of a dream, where nothing else is said


class DreamEnv(gymnasium.Env):
    """The dream of an agent as an environment, with the actions of its task; see `dreamerv2_tf.DreamEnv`."""

    metadata = {'render_modes': ['rgb_array'], 'render_fps': 15}

    def __init__(
        self,
        agent: 'SavedAgent',
        start: Any = None,
        horizon: int = HORIZON,
        ends: str = 'draw',
        seed: int = 0,
        render_mode: str | None = None,
    ) -> None:
        if render_mode not in (None, 'rgb_array'):
            raise UserError(f'`render_mode` must be None or rgb_array. Received: {shown(render_mode)}')
        check_whole('seed', seed, 0)
        self._set_up(Dreams(agent, start, horizon, ends), seed, render_mode)

    def _set_up(self, dreams: Dreams, seed: int, render_mode: str | None) -> None:
        self._dreams, self.render_mode = dreams, render_mode
        self.observation_space, self.action_space = dreams.observation_space, dreams.action_space
        self._state: DreamState | None = None
        self._outcome: Outcome | None = None
        self._np_random = np.random.default_rng(seed)
        self._np_random_seed = seed

    @property
    def state(self) -> DreamState:
        """Where the dream is; may be set, also to the state of another dream or to a `ModelState` of one."""
        return picked_dream(self._begun())

    @state.setter
    def state(self, state: DreamState | ModelState) -> None:
        self._state, self._outcome = self._dreams.placed(state)

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        """Begins a dream; all that is drawn in it follows from the seed."""
        super().reset(seed=seed)
        self._outcome = self._advance(self._dreams.zeros(1), self._no_action(), begins=True)
        return self._observation(self._outcome), _single(info_of(self._outcome.moment))

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        """Dreams what an action leads to.

        Raises:
          UserError: the task has no such action, or no dream has begun.
        """
        vectors = self._dreams.vectors(action, single=True)
        outcome = self._outcome = self._advance(self._begun(), vectors, begins=False)
        return (
            self._observation(outcome),
            float(outcome.moment.reward[0]),
            bool(outcome.terminated[0]),
            bool(outcome.truncated[0]),
            _single(info_of(outcome.moment)),
        )

    def branch(self) -> Self:
        """Returns another dream in the same state, which goes its own way from here."""
        other = type(self).__new__(type(self))
        other._set_up(self._dreams, int(self.np_random.integers(2**31)), self.render_mode)
        other._state, other._outcome = picked_dream(self._begun()), self._outcome
        return other

    def render(self) -> np.ndarray | None:
        """Returns the image of now, uint8 [H, W, 3], where the model decodes one and `render_mode` is rgb_array."""
        return self._dreams.image(self._outcome.moment) if self._outcome and self.render_mode else None

    def _advance(self, before: DreamState, vectors: np.ndarray, begins: bool) -> Outcome:
        self._state, outcome = self._dreams.step(before, vectors, np.array([begins]), self.np_random)
        return outcome

    def _observation(self, outcome: Outcome) -> Any:
        batch = self._dreams.observations(outcome.moment)
        return _single(batch) if isinstance(batch, dict) else batch[0]

    def _no_action(self) -> np.ndarray:
        return np.zeros((1, self._dreams.action_size), np.float32)

    def _begun(self) -> DreamState:
        if self._state is None:
            raise UserError('no dream has begun: reset() begins one, or set `state`')
        return self._state


class DreamVectorEnv(gymnasium.vector.VectorEnv):
    """N dreams that are stepped in one compiled call; see `dreamerv2_tf.DreamVectorEnv`.

    A dream that has ended begins anew with its next step, whose action is not used (Gymnasium's NEXT_STEP).
    """

    metadata = {'autoreset_mode': gymnasium.vector.AutoresetMode.NEXT_STEP}

    def __init__(
        self,
        agent: 'SavedAgent',
        num_envs: int = 1,
        start: Any = None,
        horizon: int = HORIZON,
        ends: str = 'draw',
        seed: int = 0,
    ) -> None:
        check_whole('num_envs', num_envs, 1)
        check_whole('seed', seed, 0)
        self._dreams, self.num_envs = Dreams(agent, start, horizon, ends), int(num_envs)
        self.single_observation_space = self._dreams.observation_space
        self.single_action_space = self._dreams.action_space
        batch = gymnasium.vector.utils.batch_space
        self.observation_space = batch(self.single_observation_space, self.num_envs)
        self.action_space = batch(self.single_action_space, self.num_envs)
        self._np_random, self._np_random_seed = np.random.default_rng(seed), seed
        self._state: DreamState | None = None

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        """Begins N dreams; all that is drawn in them follows from the seed."""
        super().reset(seed=seed)
        self._state, self._ended = self._dreams.zeros(self.num_envs), np.ones(self.num_envs, bool)
        outcome = self._advance(self._state, np.zeros((self.num_envs, self._dreams.action_size), np.float32))
        return self._dreams.observations(outcome.moment), _batched(info_of(outcome.moment))

    def step(self, actions: Any) -> tuple[Any, np.ndarray, np.ndarray, np.ndarray, dict[str, Any]]:
        """Dreams what actions lead to. Raises UserError where the task has no such action."""
        vectors = self._dreams.vectors(actions, single=False)
        if len(vectors) != self.num_envs:
            raise UserError(f'there must be {self.num_envs} actions. Received: {len(vectors)}')
        if self._state is None:
            raise UserError('no dream has begun: reset() begins them')
        begins = self._ended
        outcome = self._advance(self._state, vectors)
        rewards = np.where(begins, 0, outcome.moment.reward).astype(np.float64)
        observations, infos = self._dreams.observations(outcome.moment), _batched(info_of(outcome.moment))
        return observations, rewards, outcome.terminated, outcome.truncated, infos

    @property
    def traces(self) -> int:
        """How often the step was compiled: once, whatever is done."""
        return self._dreams.traces

    def _advance(self, before: DreamState, vectors: np.ndarray) -> Outcome:
        self._state, outcome = self._dreams.step(before, vectors, self._ended, self.np_random)
        self._ended = outcome.terminated | outcome.truncated
        return outcome


def _single(arrays: dict[str, np.ndarray]) -> dict[str, Any]:
    """Returns {name: array of the first}, numbers as floats."""
    return {name: float(array[0]) if array.ndim == 1 else array[0] for name, array in arrays.items()}


def _batched(arrays: dict[str, np.ndarray]) -> dict[str, Any]:
    """Returns {name: [N, ...]}, with the masks that vector environments of Gymnasium add."""
    return {**arrays, **{f'_{name}': np.ones(len(array), bool) for name, array in arrays.items()}}
