"""Recurrent state-space model: recurrent, representation and transition model of Eq. 1."""

import keras
import tensorflow as tf

from .gru import GRUCell
from .latent import Categorical, Gaussian
from .mlp import MLP, PartedDense, hidden_norm


class RSSM(keras.layers.Layer):
    """Predicts the state of the world from actions, with or without seeing its observations.

        recurrent        h_t  = GRU(act(img_in [z_{t-1}, a_{t-1}]), h_{t-1})
        transition       z^_t ~ img_dist(act(img_out h_t))                     prior
        representation   z_t  ~ obs_dist(act(obs_out [h_t, embed_t]))          posterior

    What does not depend on the recurrence is computed for all rows at once: the products with
    actions and embeddings before the loop over time, the prior after it.

    Args (see configs.yaml, section rssm): action_size is A, embed_size is E.
    """

    def __init__(
        self,
        action_size,
        embed_size,
        stoch,
        discrete,
        deter,
        hidden,
        ensemble,
        act,
        norm,
        gru_norm,
        std_act,
        min_std,
        dtype=None,
        name='rssm',
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
    def feat_size(self):
        """F = size of z + D."""
        return self.latent.size + self._deter

    def build(self, input_shape=None):
        hidden = (None, self._hidden)
        for layer in (self.img_in, self.img_in_norm, self.obs_out_norm, self.obs_out, self.obs_dist):
            layer.build(hidden)
        self.gru.build(hidden)
        for prior in self._priors:
            prior.build((None, self._deter))

    def initial(self, batch):
        """The state before the first row: zeros, [batch, ...]."""
        return self.latent.zeros(batch, self._deter)

    def observe(self, embed, action, is_first, seed, start=None):
        """Posteriors and priors of sequences.

            row          0           1           2
            action       a_0 -> h_0  a_1 -> h_1  a_2 -> h_2     (a_t led to row t)
            embed            |           |           |
            post, prior     z_0         z_1         z_2

        Where is_first is true, the previous state and the action are zeros.

        Args:
          embed [B, T, E], action [B, T, A], is_first [B, T] bool, seed [2].
          start: state [B, ...] before the first row; None is the initial one.

        Returns:
          (post, prior), states with leading axes [B, T].
        """
        embed, action, is_first = map(_swap, (embed, action, is_first))
        length, batch = embed.shape[:2]
        keep = 1 - tf.cast(is_first, self.compute_dtype)[..., None]  # [T, B, 1]
        acted = self.img_in.product(tf.cast(action, self.compute_dtype) * keep, 1)
        seen = self.obs_out.product(embed, 1)
        from_stoch, from_deter = self.img_in.matrix(0), self.obs_out.matrix(0)
        post_seed, prior_seed = tf.unstack(tf.random.experimental.stateless_split(seed, 2))
        seeds = tf.random.experimental.stateless_split(post_seed, length)

        def step(state, row):
            acted, seen, keep, seed = row
            stoch = self.latent.flat(state.stoch) * keep
            deter = self._recur(tf.matmul(stoch, from_stoch) + acted, state.deter * keep)
            return self._represent(tf.matmul(deter, from_deter) + seen, deter, seed)

        post = tf.scan(step, (acted, seen, keep, seeds), self.initial(batch) if start is None else start)
        prior = self.prior(post.deter, prior_seed)
        return _nest_swap(post), _nest_swap(prior)

    def observe_step(self, state, action, embed, is_first, seed):
        """The posterior of one row; the latent's mode where seed is None.

        state [N, ...], action [N, A] led to this row, embed [N, E], is_first [N].
        """
        keep = 1 - tf.cast(is_first, self.compute_dtype)[:, None]
        action = tf.cast(action, self.compute_dtype) * keep
        stoch = self.latent.flat(state.stoch) * keep
        deter = self._recur(self.img_in(stoch, action), state.deter * keep)
        return self._represent(self.obs_out(deter, embed), deter, seed)

    def imagine_step(self, state, action, seed):
        """The prior that follows state [N, ...] after action [N, A]."""
        stoch = self.latent.flat(state.stoch)
        deter = self._recur(self.img_in(stoch, action), state.deter)
        return self.prior(deter, seed)

    def prior(self, deter, seed):
        """The transition model's state given h [..., D]; with an ensemble, of one head per step.

        Rows of the first axis are steps where deter is [T, B, D].
        """
        draw, pick = tf.unstack(tf.random.experimental.stateless_split(seed, 2))
        if len(self._priors) == 1:
            return self.latent.state(self._priors[0](deter), deter, draw)
        steps = deter.shape[0] if len(deter.shape) == 3 else 1
        heads = tf.random.stateless_uniform([steps], pick, 0, len(self._priors), tf.int32)
        rows = tf.reshape(deter, [steps, -1, self._deter])
        outputs = tf.stack([head(rows) for head in self._priors], 1)  # [steps, M, B, outputs]
        chosen = tf.gather(outputs, heads, batch_dims=1)
        return self.latent.state(tf.reshape(chosen, [*deter.shape[:-1], -1]), deter, draw)

    def _recur(self, joined, deter):
        return self.gru(self._act(self.img_in_norm(joined)), deter)

    def _represent(self, joined, deter, seed):
        hidden = self._act(self.obs_out_norm(joined))
        return self.latent.state(self.obs_dist(hidden), deter, seed)


class _Prior(keras.layers.Layer):
    """img_dist(act(img_out h)): [..., D] -> [..., outputs]."""

    def __init__(self, hidden, outputs, act, norm, dtype, name):
        super().__init__(dtype=dtype, name=name)
        self._hidden = MLP([hidden], act, norm, dtype, 'img_out')
        self._out = keras.layers.Dense(outputs, dtype=dtype, name='img_dist')

    def build(self, input_shape):
        self._hidden.build(input_shape)
        self._out.build(self._hidden.compute_output_shape(input_shape))

    def call(self, deter):
        return self._out(self._hidden(deter))


def _swap(x):
    """[B, T, ...] <-> [T, B, ...]."""
    return tf.transpose(x, [1, 0, *range(2, len(x.shape))])


def _nest_swap(structure):
    return tf.nest.map_structure(_swap, structure)
