"""The world model as environments: `gymnasium.Env`, and N of them in one compiled call."""

from typing import TYPE_CHECKING, Any, Self

import gymnasium
import numpy as np

from ..errors import UserError, shown
from ..nets.latent import ModelState
from .dreams import Dreams, Outcome, check_whole, copied, info_of
from .starts import DreamState

if TYPE_CHECKING:
    from ..inspection.saved_agent import SavedAgent

HORIZON = 50  # agent steps of a dream, where nothing else is said


class DreamEnv(gymnasium.Env):
    """The dream of an agent as an environment, with the actions of its task.

        env = dv2.DreamEnv(dv2.load_agent('pretrained:toy_catch'))
        image, info = env.reset(seed=0)
        image, reward, terminated, truncated, info = env.step(1)

    Observations are decoded means, images as uint8; rewards are as the task gives them. `info` has the value, entropy
    and action of the agent, the probability of the end, latent and feat.

    Args:
      agent: what `dreamerv2_tf.load_agent` returns.
      start: episodes, or states such as `agent.observe(episode).at(10)`, of which each dream begins at one; None = the
        newest recorded episodes of the agent.
      horizon: agent steps after which a dream is truncated.
      ends: `draw` draws from the discount head whether a dream ends, `threshold` ends it where that is more likely than
        not, `never` leaves it to the horizon.
      seed: of all that is drawn, until `reset` gets one.
      render_mode: None, or rgb_array for `render`.

    Raises:
      UserError: a value that is not allowed, or a model that decodes no observation.
    """

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
        return copied(self._begun())

    @state.setter
    def state(self, state: DreamState | ModelState) -> None:
        self._state, self._outcome = self._dreams.placed(state)

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        """Begins a dream; all that is drawn in it follows from the seed."""
        super().reset(seed=seed)
        self._state, self._outcome = self._dreams.begin(1, self.np_random)
        return self._observation(self._outcome), _single(info_of(self._outcome.moment))

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        """Dreams what an action leads to.

        Raises:
          UserError: the task has no such action, or no dream has begun.
        """
        vectors = self._dreams.vectors(action, single=True)
        self._state, outcome = self._dreams.step(self._begun(), vectors, np.zeros(1, bool), self.np_random)
        self._outcome = outcome
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
        other._state, other._outcome = copied(self._begun()), self._outcome
        return other

    def render(self) -> np.ndarray | None:
        """Returns the image of now, uint8 [H, W, 3], where the model decodes one and `render_mode` is rgb_array."""
        return self._dreams.image(self._outcome.moment) if self._outcome and self.render_mode else None

    def _observation(self, outcome: Outcome) -> Any:
        batch = self._dreams.observations(outcome.moment)
        return _single(batch) if isinstance(batch, dict) else batch[0]

    def _begun(self) -> DreamState:
        if self._state is None:
            raise UserError('no dream has begun: reset() begins one, or set `state`')
        return self._state


class DreamVectorEnv(gymnasium.vector.VectorEnv):
    """N dreams of an agent, which are stepped in one compiled call; see `DreamEnv`.

    A dream that has ended begins anew with its next step, whose action is not used (Gymnasium's NEXT_STEP).

    Args:
      agent: what `dreamerv2_tf.load_agent` returns.
      num_envs: N.
      The rest: as of `DreamEnv`.

    Raises:
      UserError: a value that is not allowed, or a model that decodes no observation.
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
        self._state, outcome = self._dreams.begin(self.num_envs, self.np_random)
        self._ended = np.zeros(self.num_envs, bool)
        return self._dreams.observations(outcome.moment), _batched(info_of(outcome.moment))

    def step(self, actions: Any) -> tuple[Any, np.ndarray, np.ndarray, np.ndarray, dict[str, Any]]:
        """Dreams what actions lead to. Raises UserError where the task has no such action."""
        vectors = self._dreams.vectors(actions, single=False)
        if len(vectors) != self.num_envs:
            raise UserError(f'there must be {self.num_envs} actions. Received: {len(vectors)}')
        if self._state is None:
            raise UserError('no dream has begun: reset() begins them')
        begins = self._ended
        self._state, outcome = self._dreams.step(self._state, vectors, begins, self.np_random)
        self._ended = outcome.terminated | outcome.truncated
        rewards = np.where(begins, 0, outcome.moment.reward).astype(np.float64)
        observations, infos = self._dreams.observations(outcome.moment), _batched(info_of(outcome.moment))
        return observations, rewards, outcome.terminated, outcome.truncated, infos

    @property
    def traces(self) -> int:
        """How often the step was compiled: once, whatever is done."""
        return self._dreams.traces


def _single(arrays: dict[str, np.ndarray]) -> dict[str, Any]:
    """Returns {name: array of the first}, numbers as floats."""
    return {name: float(array[0]) if array.ndim == 1 else array[0] for name, array in arrays.items()}


def _batched(arrays: dict[str, np.ndarray]) -> dict[str, Any]:
    """Returns {name: [N, ...]}, with the masks that vector environments of Gymnasium add."""
    return {**arrays, **{f'_{name}': np.ones(len(array), bool) for name, array in arrays.items()}}
