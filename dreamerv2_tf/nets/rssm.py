"""Recurrent state-space model: recurrent, representation and transition model of Eq. 1."""

from typing import Any

import keras
import tensorflow as tf

from ..distributions.draws import for_rows, split
from .gru import GRUCell
from .latent import Categorical, Gaussian, ModelState
from .mlp import MLP, PartedDense, Shape, hidden_norm


class RSSM(keras.layers.Layer):
    """Predicts the state of the world from actions, with or without seeing its observations.

        recurrent        h_t  = GRU(act(img_in [z_{t-1}, a_{t-1}]), h_{t-1})
        transition       z^_t ~ img_dist(act(img_out h_t))                     prior
        representation   z_t  ~ obs_dist(act(obs_out [h_t, embed_t]))          posterior

    What does not depend on the recurrence is computed for all rows at once: the products with
    actions and embeddings before the loop over time, the prior after it.

    Args:
      action_size: A.
      embed_size: E.
      stoch: S, the variables of z.
      discrete: K, the classes of each variable; 0 for Gaussian variables.
      deter: D, the size of h.
      hidden: units of the layers between.
      ensemble: M, how many priors there are; one is drawn for each step.
      act, norm: of the layers between.
      gru_norm: whether the GRU has its LayerNorm.
      std_act, min_std: std = std_act(raw) + min_std, for Gaussian variables.
    """

    def __init__(
        self,
        action_size: int,
        embed_size: int,
        stoch: int,
        discrete: int,
        deter: int,
        hidden: int,
        ensemble: int,
        act: str,
        norm: str,
        gru_norm: bool,
        std_act: str,
        min_std: float,
        dtype: str | None = None,
        name: str = 'rssm',
    ):
        super().__init__(dtype=dtype, name=name)
        self._deter, self._hidden, self._embed_size = deter, hidden, embed_size
        compute = self.compute_dtype
        self.latent = Categorical(stoch, discrete, compute) if discrete else Gaussian(stoch, std_act, min_std, compute)
        self._act = keras.activations.get(act)
        self.img_in = PartedDense(hidden, (self.latent.size, action_size), dtype, 'img_in')
        self.img_in_norm = hidden_norm(norm, dtype, 'img_in_norm')
        self.gru = GRUCell(deter, gru_norm, dtype)
        self.obs_out = PartedDense(hidden, (deter, embed_size), dtype, 'obs_out')
        self.obs_out_norm = hidden_norm(norm, dtype, 'obs_out_norm')
        self.obs_dist = keras.layers.Dense(self.latent.outputs, dtype=dtype, name='obs_dist')
        self._priors = [
            _Prior(hidden, self.latent.outputs, act, norm, dtype, f'prior{i or ""}') for i in range(ensemble)
        ]

    @property
    def feat_size(self) -> int:
        """F = size of z + D."""
        return self.latent.size + self._deter

    def build(self, input_shape: Shape | None = None) -> None:
        """Makes the weights; the sizes of all inputs are known."""
        hidden = (None, self._hidden)
        for layer in (self.img_in, self.img_in_norm, self.obs_out_norm, self.obs_out, self.obs_dist):
            layer.build(hidden)
        self.gru.build(hidden)
        for prior in self._priors:
            prior.build((None, self._deter))

    def initial(self, batch: int) -> ModelState:
        """Returns the state before the first row: zeros [batch, ...]."""
        return self.latent.zeros(batch, self._deter)

    def as_tensors(self, state: ModelState) -> ModelState:
        """Returns a state of arrays or tensors [...] as tensors in the compute dtype."""
        tensors: ModelState = tf.nest.map_structure(tf.convert_to_tensor, state)
        dtype = self.compute_dtype
        return tensors._replace(stoch=tf.cast(tensors.stoch, dtype), deter=tf.cast(tensors.deter, dtype))

    def observe(
        self, embed: tf.Tensor, action: tf.Tensor, is_first: tf.Tensor, seed: tf.Tensor, start: ModelState | None = None
    ) -> tuple[ModelState, ModelState]:
        """Returns posteriors and priors of sequences.

            row          0           1           2
            action       a_0 -> h_0  a_1 -> h_1  a_2 -> h_2     (a_t led to row t)
            embed            |           |           |
            post, prior     z_0         z_1         z_2

        Where is_first is true, the previous state and the action are zeros.

        Args:
          embed: [B, T, E].
          action: [B, T, A].
          is_first: [B, T] bool.
          seed: [2].
          start: state [B, ...] before the first row; None is the initial one.

        Returns:
          (post, prior), states with leading axes [B, T].
        """
        embed, action, is_first = map(_swap, (embed, action, is_first))
        length, batch = embed.shape[:2]
        keep = 1 - tf.cast(is_first, self.compute_dtype)[..., None]  # [T, B, 1]
        from_action = self.img_in.product(tf.cast(action, self.compute_dtype) * keep, 1)
        from_embed = self.obs_out.product(embed, 1)
        stoch_matrix, deter_matrix = self.img_in.matrix(0), self.obs_out.matrix(0)
        post_seed, prior_seed = tf.unstack(split(seed, 2))
        seeds = split(post_seed, length)

        def step(state: ModelState, row: tuple[tf.Tensor, ...]) -> ModelState:
            from_action, from_embed, keep, seed = row
            stoch = self.latent.flat(state.stoch) * keep
            deter = self._recur(tf.matmul(stoch, stoch_matrix) + from_action, state.deter * keep)
            return self._represent(tf.matmul(deter, deter_matrix) + from_embed, deter, seed)

        post = tf.scan(step, (from_action, from_embed, keep, seeds), self.initial(batch) if start is None else start)
        prior = self.prior(post.deter, prior_seed)
        return _nest_swap(post), _nest_swap(prior)

    def observe_step(
        self, state: ModelState, action: tf.Tensor, embed: tf.Tensor, is_first: tf.Tensor, seed: tf.Tensor | None
    ) -> ModelState:
        """Returns the posterior of one row, [N, ...].

        Args:
          state: of the row before, [N, ...].
          action: [N, A], which led to this row.
          embed: [N, E].
          is_first: [N] bool; where it is true, the previous state and the action are zeros.
          seed: [2], or of each row [N, 2]; None takes the mode of z.
        """
        keep = 1 - tf.cast(is_first, self.compute_dtype)[:, None]
        action = tf.cast(action, self.compute_dtype) * keep
        stoch = self.latent.flat(state.stoch) * keep
        deter = self._recur(self.img_in(stoch, action), state.deter * keep)
        return self._represent(self.obs_out(deter, embed), deter, seed)

    def imagine_step(self, state: ModelState, action: tf.Tensor, seed: tf.Tensor) -> ModelState:
        """Returns the prior that follows state [N, ...] after action [N, A]."""
        stoch = self.latent.flat(state.stoch)
        deter = self._recur(self.img_in(stoch, action), state.deter)
        return self.prior(deter, seed)

    def prior(self, deter: tf.Tensor, seed: tf.Tensor) -> ModelState:
        """Returns the transition model's state given h, [T, B, D] or [N, D].

        With an ensemble, each step t takes one prior for the whole batch; [N, D] is one step.
        """
        draw, pick = tf.unstack(split(seed, 2))
        if len(self._priors) == 1:
            return self.latent.state(self._priors[0](deter), deter, draw)
        steps = deter.shape[0] if len(deter.shape) == 3 else 1
        heads = tf.random.stateless_uniform([steps], pick, 0, len(self._priors), tf.int32)
        rows = tf.reshape(deter, [steps, -1, self._deter])
        outputs = tf.stack([head(rows) for head in self._priors], 1)  # [steps, M, B, outputs]
        chosen = tf.gather(outputs, heads, batch_dims=1)
        return self.latent.state(tf.reshape(chosen, [*deter.shape[:-1], -1]), deter, draw)

    def _recur(self, joined: tf.Tensor, deter: tf.Tensor) -> tf.Tensor:
        return self.gru(self._act(self.img_in_norm(joined)), deter)

    def _represent(self, joined: tf.Tensor, deter: tf.Tensor, seed: tf.Tensor | None) -> ModelState:
        hidden = self._act(self.obs_out_norm(joined))
        state: ModelState = for_rows(self.latent.state, (self.obs_dist(hidden), deter), seed)
        return state


class _Prior(keras.layers.Layer):
    """img_dist(act(img_out h)): [..., D] -> [..., outputs]."""

    def __init__(self, hidden: int, outputs: int, act: str, norm: str, dtype: str | None, name: str):
        super().__init__(dtype=dtype, name=name)
        self._hidden = MLP([hidden], act, norm, dtype, 'img_out')
        self._out = keras.layers.Dense(outputs, dtype=dtype, name='img_dist')

    def build(self, input_shape: Shape) -> None:
        self._hidden.build(input_shape)
        self._out.build(self._hidden.compute_output_shape(input_shape))

    def call(self, deter: tf.Tensor) -> tf.Tensor:
        return self._out(self._hidden(deter))


def _swap(x: tf.Tensor) -> tf.Tensor:
    """[B, T, ...] <-> [T, B, ...]."""
    return tf.transpose(x, [1, 0, *range(2, len(x.shape))])


def _nest_swap(structure: Any) -> Any:
    return tf.nest.map_structure(_swap, structure)
