"""One step in the world model at a time, compiled: what a dream and a page on which people play need."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from ..agent.compiled import Compiled
from ..distributions.draws import split
from ..errors import UserError
from ..inspection.saved_agent import SavedAgent
from ..nets.latent import ModelState
from ..spec import Row, Spec


class Moment(NamedTuple):
    """N states and what the agent expects there."""

    state: ModelState  # [N, ...]
    observation: dict[str, np.ndarray]  # {key: [N, *shape]} as rows hold them: images are uint8
    reward: np.ndarray  # [N] that came with the state, as the environment gives rewards
    learned_reward: np.ndarray  # [N] the same as it is learned, see `Preprocess.reward`
    end: np.ndarray  # [N] probability that the episode ends there
    value: np.ndarray  # [N] of the critic, in transformed rewards
    entropy: np.ndarray  # [N] of the policy, nats
    chances: np.ndarray  # [N, A] probabilities of choices; of numbers the mode
    choice: np.ndarray  # [N, A] the action that the actor takes there
    feat: np.ndarray  # [N, F]


class Belief(NamedTuple):
    """What the model believes of N rows that it has seen."""

    moment: Moment  # of the posterior
    prior: ModelState  # [N, ...], expected before the row was seen


class ModelSteps:
    """Steps through states of a world model, N at a time.

    Args:
      agent: a `SavedAgent`.

    Attributes:
      observation: {key: `Spec`} of what the model decodes.

    Raises:
      UserError: the model decodes no observation.
    """

    def __init__(self, agent: SavedAgent) -> None:
        self._model, self._actor_critic, self._action = agent.world_model, agent.actor_critic, agent.spaces.action
        decoder = self._model.decoder
        specs = agent.spaces.observation
        self.observation: dict[str, Spec] = {key: specs[key] for key in (*decoder.cnn_keys, *decoder.mlp_keys)}
        if not self.observation:
            raise UserError(
                f'the world model of {agent.path} decodes no observation: nothing of its dreams can be seen'
            )
        self._compiled_observe, self._compiled_imagine = Compiled(self._observe), Compiled(self._imagine)

    @property
    def traces(self) -> int:
        """How often the imagined step was compiled: once for each N, and for samples and modes."""
        return self._compiled_imagine.traces

    def initial(self, count: int) -> ModelState:
        """Returns the states before a first row: zeros [N, ...]."""
        zeros: ModelState = tf.nest.map_structure(_array, self._model.rssm.initial(count))
        return zeros

    def observe(self, before: ModelState, action: np.ndarray, rows: Mapping[str, np.ndarray], seed: object) -> Belief:
        """Returns what rows make of the states before them.

        Args:
          before: states [N, ...]; forgotten where `is_first` is true.
          action: [N, A], which led to the rows.
          rows: {key: [N, ...]}, with is_first.
          seed: int32 [2] of latents and actions; None takes their modes.
        """
        seen = {key: rows[key] for key in (*self._model.preprocess.keys, 'is_first')}
        belief: Belief = tf.nest.map_structure(_array, self._compiled_observe(before, action, seen, seed))
        return belief

    def imagine(
        self, state: ModelState, action: np.ndarray, starts: ModelState, begins: np.ndarray, seed: object
    ) -> Moment:
        """Returns what is imagined after actions.

        Args:
          state: [N, ...].
          action: [N, A].
          starts: [N, ...], which take the place of what follows where `begins` [N] is true.
          seed: int32 [2] of latents and actions; None takes their modes.
        """
        moment: Moment = tf.nest.map_structure(_array, self._compiled_imagine(state, action, starts, begins, seed))
        return moment

    def place(self, state: ModelState, seed: object) -> Moment:
        """Returns what the agent expects in states [N, ...] themselves; seed: as of `imagine`."""
        count = len(state.deter)
        nothing = np.zeros((count, self._action.size), np.float32)
        return self.imagine(state, nothing, state, np.ones(count, bool), seed)

    def _observe(
        self, before: ModelState, action: tf.Tensor, rows: Mapping[str, tf.Tensor], seed: tf.Tensor | None
    ) -> Belief:
        model = self._model
        post_seed, prior_seed, act_seed = _split(seed)
        embed = model.encoder(model.preprocess.observation(rows))
        post = model.rssm.observe_step(model.rssm.as_tensors(before), action, embed, rows['is_first'], post_seed)
        unused = tf.zeros(2, tf.int32) if prior_seed is None else prior_seed  # the prior's parameters alone are used
        return Belief(self._moment(post, act_seed), model.rssm.prior(post.deter, unused))

    def _imagine(
        self, state: ModelState, action: tf.Tensor, starts: ModelState, begins: tf.Tensor, seed: tf.Tensor | None
    ) -> Moment:
        rssm = self._model.rssm
        next_seed, _, act_seed = _split(seed)
        draw = tf.zeros(2, tf.int32) if next_seed is None else next_seed
        after = rssm.imagine_step(rssm.as_tensors(state), tf.cast(action, rssm.compute_dtype), draw)
        if next_seed is None:
            after = after._replace(stoch=tf.cast(after.distribution.mode(), rssm.compute_dtype))
        chosen = tf.nest.map_structure(
            lambda start, then: tf.where(tf.reshape(begins, [-1] + [1] * (len(then.shape) - 1)), start, then),
            rssm.as_tensors(starts),
            after,
        )
        return self._moment(chosen, act_seed)

    def _moment(self, state: ModelState, seed: tf.Tensor | None) -> Moment:
        model, feat = self._model, state.feat
        reward = model.predicted_reward(feat)
        policy_seed = tf.zeros(2, tf.int32) if seed is None else seed
        parameters = self._actor_critic.actor(feat)
        policy = self._actor_critic.policy_from(parameters, policy_seed)
        mode = policy.mode()
        return Moment(
            state=state,
            observation={key: _as_row(mean, self.observation[key]) for key, mean in model.decoder(feat).items()},
            reward=model.preprocess.raw_reward(reward),
            learned_reward=reward,
            end=1 - model.continue_probability(feat),
            value=self._actor_critic.critic(feat),
            entropy=policy.entropy(),
            chances=self._chances(parameters[0], mode),
            choice=mode if seed is None else policy.sample(seed=seed),
            feat=feat,
        )

    def _chances(self, logits: tf.Tensor, modes: tf.Tensor) -> tf.Tensor:
        pieces = []
        for block in self._action.blocks:
            piece = modes[..., block.begin : block.end]
            if block.discrete:
                shaped = tf.reshape(logits[..., block.begin : block.end], [-1, *block.shape])
                piece = tf.reshape(tf.nn.softmax(shaped), tf.shape(piece))
            pieces.append(piece)
        return tf.concat(pieces, -1)


def rows_of(row: Row) -> dict[str, np.ndarray]:
    """Returns the row of one environment as rows {key: [1, ...]}."""
    return {key: np.asarray(value)[None] for key, value in row.items()}


def _as_row(mean: tf.Tensor, spec: Spec) -> tf.Tensor:
    """Returns a decoded mean as rows hold that observation; whole numbers stay fractions."""
    if spec.dtype == np.uint8:
        return tf.cast(tf.round(255 * tf.clip_by_value(mean + 0.5, 0, 1)), tf.uint8)
    return tf.reshape(mean, [-1, *spec.shape])


def _split(seed: tf.Tensor | None) -> list[tf.Tensor | None]:
    return [None] * 3 if seed is None else tf.unstack(split(seed, 3))


def _array(tensor: tf.Tensor) -> np.ndarray:
    array: np.ndarray = (tensor if tensor.dtype == tf.uint8 else tf.cast(tensor, tf.float32)).numpy()
    return array
