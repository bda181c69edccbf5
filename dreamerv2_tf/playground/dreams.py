"""Dreams: episodes that the world model makes up, N side by side."""

from typing import Any, NamedTuple

import gymnasium
import numpy as np
import tensorflow as tf

from ..errors import UserError, shown
from ..inspection.beliefs import take
from ..inspection.saved_agent import SavedAgent
from ..nets.latent import CategoricalState, GaussianState
from ..spec import Spec
from .model_steps import ModelSteps, Moment
from .starts import DreamState, checked_state, start_states

ENDS = ('draw', 'threshold', 'never')
THRESHOLD = 0.5  # probability from which on a dream ends, with `threshold`


class Outcome(NamedTuple):
    """What a step of N dreams led to."""

    moment: Moment
    terminated: np.ndarray  # [N] bool
    truncated: np.ndarray  # [N] bool


class Dreams:
    """N dreams of an agent's world model.

    Args:
      agent: a `SavedAgent`.
      start: where dreams begin, see `start_states`.
      horizon: agent steps after which a dream is truncated.
      ends: `draw` draws whether a dream ends from the discount head, `threshold` ends it where that says so with more
        than one half, `never` leaves it to the horizon.

    Attributes:
      observation_space, action_space: of one dream.

    Raises:
      UserError: a value that is not allowed, or a model that decodes no observation.
    """

    def __init__(self, agent: SavedAgent, start: Any, horizon: int, ends: str) -> None:
        if ends not in ENDS:
            raise UserError(f'`ends` must be one of {", ".join(ENDS)}. Received: {shown(ends)}')
        check_whole('horizon', horizon, 1)
        if not isinstance(agent, SavedAgent):
            raise UserError(f'`agent` must be what dv2.load_agent returns. Received: {shown(agent)}')
        self._steps = ModelSteps(agent)
        self._agent, self._translator, self._horizon, self._ends = agent, agent.translator, int(horizon), ends
        self._starts = start_states(agent, start)
        boxes: dict[str, gymnasium.Space] = {key: _box(spec) for key, spec in self._steps.observation.items()}
        self.observation_space: gymnasium.Space = (
            next(iter(boxes.values())) if len(boxes) == 1 else gymnasium.spaces.Dict(boxes)
        )
        self.action_space = self._translator.action_space

    @property
    def traces(self) -> int:
        """How often the step was compiled."""
        return self._steps.traces

    def begin(self, count: int, generator: np.random.Generator) -> tuple[DreamState, Outcome]:
        """Begins N dreams; see `step`."""
        nowhere = DreamState(self._steps.initial(count), np.zeros(count, int))
        nothing = np.zeros((count, self._agent.spaces.action.size), np.float32)
        return self.step(nowhere, nothing, np.ones(count, bool), generator)

    def step(
        self, before: DreamState, actions: np.ndarray, begins: np.ndarray, generator: np.random.Generator
    ) -> tuple[DreamState, Outcome]:
        """Steps N dreams; those that begin take a start instead, whatever their action.

        Args:
          before: of N dreams.
          actions: [N, A] as vectors, see `vectors`.
          begins: [N] bool.
          generator: of all that is drawn.
        """
        count = len(begins)
        picked = take(self._starts, generator.integers(len(self._starts.deter), size=count))
        seed = generator.integers(2**31, size=2).astype(np.int32)
        moment = self._steps.imagine(before.latent, actions, picked, begins, seed)
        steps = np.where(begins, 0, before.steps + 1)
        certain = {'draw': generator.random(count), 'threshold': THRESHOLD, 'never': 1.0}[self._ends]
        terminated = ~begins & (moment.end > certain)
        truncated = ~begins & (steps >= self._horizon)
        return DreamState(moment.state, steps), Outcome(moment, terminated, truncated)

    def placed(self, state: object) -> tuple[DreamState, Outcome]:
        """Returns a state of one dream that somebody gives, and what is seen there.

        Raises:
          UserError: it is none of this agent's.
        """
        given, steps = state if isinstance(state, DreamState) else (state, np.zeros(1, int))
        if not isinstance(given, (CategoricalState, GaussianState)):
            raise UserError(
                f'`state` must be that of a dream, or agent.observe(episode).at(row). Received: {shown(state)}'
            )
        latent, steps = checked_state(self._agent, given, 'state'), np.asarray(steps)
        if len(latent.deter) != 1 or steps.shape != (1,) or steps.dtype.kind not in 'iu' or steps[0] < 0:
            raise UserError('`state` must be that of one dream, with the number of its steps')
        going_on = np.zeros(1, bool)
        outcome = Outcome(self._steps.place(latent, np.zeros(2, np.int32)), going_on, going_on)
        return DreamState(latent, steps.copy()), outcome

    def vectors(self, actions: Any, single: bool) -> np.ndarray:
        """Returns action vectors [N, A] of an action of the task, or of a batch of them.

        Raises:
          UserError: there is no such action.
        """
        return self._translator.vectors(actions, single)

    def observations(self, moment: Moment) -> Any:
        """Returns observations [N, ...]: an array, or {key: array} where the model decodes several."""
        arrays = moment.observation
        return next(iter(arrays.values())) if len(arrays) == 1 else dict(arrays)

    def image(self, moment: Moment) -> np.ndarray | None:
        """Returns the first decoded image of the first dream, uint8 [H, W, 3], or None."""
        for array in moment.observation.values():
            if array.dtype == np.uint8 and array.ndim == 4:
                return np.broadcast_to(array[0], (*array.shape[1:3], 3)) if array.shape[-1] == 1 else array[0, ..., :3]
        return None


def info_of(moment: Moment) -> dict[str, np.ndarray]:
    """Returns what the `info` of N dreams holds, [N, ...]."""
    return {
        'value': moment.value,
        'entropy': moment.entropy,
        'end_probability': moment.end,
        'latent': moment.state.stoch,
        'feat': moment.feat,
        'agent_action': moment.choice,
    }


def copied(state: DreamState) -> DreamState:
    """Returns a state that nobody else holds."""
    copy: DreamState = tf.nest.map_structure(np.array, state)
    return copy


def check_whole(name: str, number: object, least: int) -> None:
    """Raises UserError unless a number is a whole one, and not below the least."""
    if not isinstance(number, (int, np.integer)) or isinstance(number, bool) or number < least:
        raise UserError(f'`{name}` must be a whole number, {least} or more. Received: {shown(number)}')


def _box(spec: Spec) -> gymnasium.spaces.Box:
    if spec.dtype == np.uint8:
        return gymnasium.spaces.Box(0, 255, spec.shape, np.uint8)
    return gymnasium.spaces.Box(-np.inf, np.inf, spec.shape, np.float32)
