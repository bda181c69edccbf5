"""Acts in environments: keeps the model's state up to date, and the actor chooses from it."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import keras
import numpy as np
import tensorflow as tf
from tensorflow_probability import distributions as tfd

from ..distributions.draws import for_rows, split
from ..distributions.one_hot import draw
from ..nets.latent import ModelState
from ..seeding import tensor_seed
from ..spec import MOMENT, ActionSpec, State
from .actor_critic import ActorCritic
from .compiled import Compiled
from .world_model import WorldModel

Act = Callable[[tfd.Distribution, tf.Tensor], tf.Tensor]  # distribution and seed [2] -> action [N, A]
Noise = Callable[[tf.Tensor, tf.Tensor], tf.Tensor]  # action [N, A] and seed [2] -> action [N, A]


class PolicyState(NamedTuple):
    """The state of the policy in each of N environments."""

    latent: ModelState  # posterior [N, ...]
    action: tf.Tensor  # last action after noise [N, A]

    def to_arrays(self) -> dict[str, np.ndarray]:
        """{name: [N, ...] float32}, to be saved; `Policy` goes on from them."""
        tensors = {**self.latent._asdict(), 'action': self.action}
        return {name: tf.cast(tensor, tf.float32).numpy() for name, tensor in tensors.items()}


class Policy:
    """Maps observations of N environments to actions, in one compiled call.

    Draws follow from the seed and the number of calls before. Where rows have a `MOMENT` [N, 2] they follow from the
    seed and the moment, each row for itself, so that it does not matter which rows are beside it.

    Args:
      world_model, actor_critic: the agent.
      act: distribution and seed -> action [N, A], `sampled` or `greedy`.
      noise: adds exploration noise to actions, see `action_noise`.
      action_size: A.
      seed, purpose: of its draws.
      latent_mode: the latent's mode is used instead of a sample (`eval_state_mean`).
      jit_compile: compile with XLA.
    """

    def __init__(
        self,
        world_model: WorldModel,
        actor_critic: ActorCritic,
        act: Act,
        noise: Noise,
        action_size: int,
        seed: int,
        purpose: str,
        latent_mode: bool = False,
        jit_compile: bool = False,
    ) -> None:
        self._world_model, self._actor_critic = world_model, actor_critic
        self._act, self._noise = act, noise
        self._action_size = action_size
        self._seed, self._purpose = seed, purpose
        self._calls = 0
        self._latent_mode = latent_mode
        layers = world_model.encoder, world_model.rssm, actor_critic.actor
        self._variables = [variable for layer in layers for variable in layer.variables]
        self._held: list[tf.Tensor] = []  # values of the variables; none = those of now
        self._compiled = Compiled(self._step, jit_compile)

    def initial(self, batch: int) -> PolicyState:
        """The state before the first row: zeros, [batch, ...]."""
        return PolicyState(self._world_model.rssm.initial(batch), tf.zeros([batch, self._action_size]))

    def __call__(self, rows: dict[str, np.ndarray], state: Any) -> tuple[np.ndarray, PolicyState]:
        """Chooses an action in each environment. Where is_first is true, its state is zeroed before.

        Args:
          rows: {key: [N, ...]} as they come from environments.
          state: from the call before, or its `to_arrays`; None in the first call.

        Returns (actions [N, A], state).
        """
        before = state if isinstance(state, PolicyState) else self._restored(state, len(rows['is_first']))
        seed = self._next_seed(rows)
        seen = {key: rows[key] for key in (*self._world_model.preprocess.keys, 'is_first')}
        action, after = self._compiled(seen, before, seed, self._held)
        return action.numpy(), after

    def hold(self, weights: Mapping[str, np.ndarray] | None = None) -> None:
        """Acts with the weights of now until the next call, whatever becomes of the variables.

        Args:
          weights: {path: array} to act with instead, as `held` gave them.

        Raises:
          KeyError: one of them is missing.
        """
        values = [variable.value if weights is None else weights[variable.path] for variable in self._variables]
        self._held = [tf.convert_to_tensor(value) for value in values]

    def held(self) -> dict[str, np.ndarray]:
        """{path: array} of the weights that are held; empty where they are those of now."""
        return {variable.path: value.numpy() for variable, value in zip(self._variables, self._held)}

    @property
    def weights(self) -> dict[str, tf.Variable]:
        """{path: variable} of all weights that it acts with."""
        return {variable.path: variable.value for variable in self._variables}

    @property
    def traces(self) -> int:
        """How often the call was compiled: once for each number of environments, and anew once weights are held."""
        return self._compiled.traces

    def get_state(self) -> State:
        """The number of calls, from which the next draws follow; see `Behaviour`."""
        return {'calls': self._calls}, {}

    def set_state(self, plain: Any, arrays: dict[str, np.ndarray]) -> None:
        """Goes on from a state."""
        self._calls = plain['calls']

    def _next_seed(self, rows: dict[str, np.ndarray]) -> np.ndarray:
        """Returns a seed [2], or one for each row, [N, 2]."""
        if MOMENT in rows:
            return np.stack([tensor_seed(self._seed, self._purpose, *map(int, moment)) for moment in rows[MOMENT]])
        self._calls += 1
        return tensor_seed(self._seed, self._purpose, self._calls - 1)

    def _restored(self, state: Any, batch: int) -> PolicyState:
        """The state that arrays hold; the initial one where they are of another kind of policy."""
        zeros = self.initial(batch)
        names = {*zeros.latent._asdict(), 'action'}
        if not isinstance(state, dict) or set(state) != names:
            return zeros
        latent = {name: tf.cast(state[name], zero.dtype) for name, zero in zeros.latent._asdict().items()}
        return PolicyState(zeros.latent._replace(**latent), tf.cast(state['action'], zeros.action.dtype))

    def _step(
        self, rows: dict[str, tf.Tensor], state: PolicyState, seed: tf.Tensor, weights: list[tf.Tensor]
    ) -> tuple[tf.Tensor, PolicyState]:
        with keras.StatelessScope(list(zip(self._variables, weights))):
            return self._act_once(rows, state, seed)

    def _act_once(
        self, rows: dict[str, tf.Tensor], state: PolicyState, seed: tf.Tensor
    ) -> tuple[tf.Tensor, PolicyState]:
        latent_seed, action_seed = tf.unstack(split(seed, 2))
        model = self._world_model
        embed = model.encoder(model.preprocess.observation(rows))
        latent = model.rssm.observe_step(
            state.latent, state.action, embed, rows['is_first'], None if self._latent_mode else latent_seed
        )
        parameters = self._actor_critic.actor(latent.feat)
        action = for_rows(self._choose, parameters, action_seed)
        return action, PolicyState(latent, action)

    def _choose(self, *arguments: tf.Tensor) -> tf.Tensor:
        *parameters, seed = arguments
        act_seed, noise_seed = tf.unstack(split(seed, 2))
        distribution = self._actor_critic.policy_from(tuple(parameters), act_seed)
        return self._noise(self._act(distribution, act_seed), noise_seed)


def sampled(distribution: tfd.Distribution, seed: tf.Tensor) -> tf.Tensor:
    """Training: an action drawn from the policy."""
    return distribution.sample(seed=seed)


def greedy(distribution: tfd.Distribution, seed: tf.Tensor) -> tf.Tensor:
    """Evaluation: the mode of the policy."""
    return distribution.mode()


def action_noise(action: ActionSpec, amount: float) -> Noise:
    """Returns noise for all parts of actions: `discrete_noise` for each choice, `continuous_noise` for numbers."""
    makers = {True: discrete_noise, False: continuous_noise}
    if len(action.parts) == 1:
        return makers[action.discrete](amount)
    blocks = [(block, makers[block.discrete](amount)) for block in action.blocks]

    def noisy(action: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
        seeds = tf.unstack(split(seed, len(blocks)))
        pieces = []
        for (block, noise), block_seed in zip(blocks, seeds):
            piece = action[:, block.begin : block.end]
            shaped = noise(tf.reshape(piece, [-1, *block.shape]), block_seed)
            pieces.append(tf.reshape(shaped, tf.shape(piece)))
        return tf.concat(pieces, -1)

    return noisy


def discrete_noise(amount: float) -> Noise:
    """With probability `amount` a uniform action: one-hot ~ amount / A + (1 - amount) * action."""

    def noisy(action: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
        if not amount:
            return action
        probs = amount / action.shape[-1] + (1 - amount) * action
        return draw(tf.math.log(probs), seed)

    return noisy


def continuous_noise(amount: float) -> Noise:
    """Normal noise with standard deviation `amount`, clipped to [-1, 1]."""

    def noisy(action: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
        if not amount:
            return action
        return tf.clip_by_value(tfd.Normal(action, amount).sample(seed=seed), -1, 1)

    return noisy
