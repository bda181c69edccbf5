"""Acts in environments: keeps the model's state up to date, and the actor chooses from it."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf
from tensorflow_probability import distributions as tfd

from ..nets.latent import ModelState
from ..seeding import tensor_seed
from ..spec import ActionSpec, State
from .actor_critic import ActorCritic
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

    Args:
      world_model, actor_critic: the agent.
      act: distribution and seed -> action [N, A], `sampled` or `greedy`.
      noise: adds exploration noise to actions, see `action_noise`.
      action_size: A.
      seed, purpose: of its draws, which follow from them and the number of calls before.
      latent_mode: the latent's mode is used instead of a sample (`eval_state_mean`).
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
    ) -> None:
        self._world_model, self._actor_critic = world_model, actor_critic
        self._act, self._noise = act, noise
        self._action_size = action_size
        self._seed, self._purpose = seed, purpose
        self._calls = 0
        self._latent_mode = latent_mode
        self._compiled = tf.function(self._step)

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
        seed = tensor_seed(self._seed, self._purpose, self._calls)
        self._calls += 1
        seen = {key: rows[key] for key in (*self._world_model.preprocess.keys, 'is_first')}
        action, after = self._compiled(seen, before, seed)
        return action.numpy(), after

    @property
    def traces(self) -> int:
        """How often the call was compiled: once for each number of environments."""
        return int(self._compiled.experimental_get_tracing_count())

    def get_state(self) -> State:
        """The number of calls, from which the next draws follow; see `Behaviour`."""
        return {'calls': self._calls}, {}

    def set_state(self, plain: Any, arrays: dict[str, np.ndarray]) -> None:
        """Goes on from a state."""
        self._calls = plain['calls']

    def _restored(self, state: Any, batch: int) -> PolicyState:
        """The state that arrays hold; the initial one where they are of another kind of policy."""
        zeros = self.initial(batch)
        names = {*zeros.latent._asdict(), 'action'}
        if not isinstance(state, dict) or set(state) != names:
            return zeros
        latent = {name: tf.cast(state[name], zero.dtype) for name, zero in zeros.latent._asdict().items()}
        return PolicyState(zeros.latent._replace(**latent), tf.cast(state['action'], zeros.action.dtype))

    def _step(self, rows: dict[str, tf.Tensor], state: PolicyState, seed: tf.Tensor) -> tuple[tf.Tensor, PolicyState]:
        latent_seed, act_seed, noise_seed = tf.unstack(tf.random.experimental.stateless_split(seed, 3))
        model = self._world_model
        embed = model.encoder(model.preprocess.observation(rows))
        latent = model.rssm.observe_step(
            state.latent, state.action, embed, rows['is_first'], None if self._latent_mode else latent_seed
        )
        distribution = self._actor_critic.policy(latent.feat, act_seed)
        action = self._noise(self._act(distribution, act_seed), noise_seed)
        return action, PolicyState(latent, action)


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
        seeds = tf.unstack(tf.random.experimental.stateless_split(seed, len(blocks)))
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
        return tfd.OneHotCategorical(probs=probs, dtype=tf.float32).sample(seed=seed)

    return noisy


def continuous_noise(amount: float) -> Noise:
    """Normal noise with standard deviation `amount`, clipped to [-1, 1]."""

    def noisy(action: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
        if not amount:
            return action
        return tf.clip_by_value(tfd.Normal(action, amount).sample(seed=seed), -1, 1)

    return noisy
