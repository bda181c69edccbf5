"""The world model: what is learned from experience (paper, section 2.1)."""

from collections.abc import Container, Mapping
from typing import Any, NamedTuple

import keras
import tensorflow as tf
from tensorflow_probability import distributions as tfd

from ..distributions.continuous import unit_normal
from ..errors import UserError, nearest
from ..maths.kl import kl_loss
from ..nets.decoder import Decoder
from ..nets.encoder import Encoder
from ..nets.heads import ScalarHead
from ..nets.latent import ModelState
from ..nets.rssm import RSSM
from .preprocess import Preprocess

Tensors = dict[str, tf.Tensor]


class WorldModelOutput(NamedTuple):
    """The output of one pass over a batch."""

    loss: tf.Tensor  # []
    post: ModelState  # states [B, T, ...]
    prior: ModelState  # states [B, T, ...]
    embed: tf.Tensor  # [B, T, E]
    kl: tf.Tensor  # [B, T], nats
    row_losses: Tensors  # {kl, head or observation: [B, T]}, nats, without their scales
    means: Tensors  # {head or observation: mean [B, T, ...]}
    metrics: Tensors  # {name: []}


class WorldModel:
    """Encoder, RSSM, decoder, reward head and (unless None) discount head, and their loss.

    Args:
      preprocess: a `Preprocess`.
      grad_heads: which of decoder, reward, discount send their gradient into the state.
      loss_scales: {loss: weight}; losses that are not listed weigh 1.
      kl: keyword values of `maths.kl.kl_loss`.
      discount: gamma, used where there is no discount head.

    Raises:
      UserError: a loss scale names no loss.
    """

    def __init__(
        self,
        preprocess: Preprocess,
        encoder: Encoder,
        rssm: RSSM,
        decoder: Decoder,
        reward: ScalarHead,
        discount_head: ScalarHead | None,
        grad_heads: Container[str],
        loss_scales: Mapping[str, float],
        kl: Mapping[str, Any],
        discount: float,
    ) -> None:
        self.preprocess = preprocess
        self.encoder, self.rssm, self.decoder = encoder, rssm, decoder
        self.reward, self.discount_head = reward, discount_head
        self._grad_heads, self._kl, self._discount = grad_heads, kl, discount
        self._scales = dict(loss_scales)
        losses = ['kl', 'reward', 'discount', *decoder.cnn_keys, *decoder.mlp_keys]
        for name in self._scales:
            if name not in losses:
                raise UserError(
                    f'`loss_scales.{name}` names no loss{nearest(name, losses)}; losses are {", ".join(losses)}'
                )

    @property
    def parts(self) -> dict[str, keras.layers.Layer]:
        """{name: layer} of everything that learns here."""
        parts = {
            'encoder': self.encoder,
            'rssm': self.rssm,
            'decoder': self.decoder,
            'reward': self.reward,
            'discount': self.discount_head,
        }
        return {name: part for name, part in parts.items() if part is not None}

    @property
    def loss_names(self) -> list[str]:
        """Names of all losses, the keys of `WorldModelOutput.row_losses`."""
        heads = ['reward', *(['discount'] if self.discount_head else [])]
        return ['kl', *heads, *self.decoder.cnn_keys, *self.decoder.mlp_keys]

    def loss(self, rows: Tensors, seed: tf.Tensor) -> WorldModelOutput:
        """Eq. 2: sum of scale * mean(-log prob) over what is predicted, + scale * KL loss.

        rows: experience {key: [B, T, ...]}, as stored. seed: [2].
        """
        batch = self.preprocess(rows)
        embed = self.encoder(batch)
        post, prior = self.rssm.observe(embed, batch['action'], batch['is_first'], seed)
        kl_term, kl = kl_loss(_divergence, _without_sample(post), _without_sample(prior), **self._kl)
        means, log_probs = self._predict(post.feat, batch)
        losses = {'kl': kl_term} | {k: -tf.reduce_mean(v) for k, v in log_probs.items()}
        loss = tf.add_n([self._scales.get(key, 1.0) * value for key, value in losses.items()])
        metrics = {f'{key}_loss': value for key, value in losses.items()} | {
            'model_loss': loss,
            'model_kl': tf.reduce_mean(kl),
            'prior_ent': tf.reduce_mean(prior.distribution.entropy()),
            'post_ent': tf.reduce_mean(post.distribution.entropy()),
        }
        row_losses = {'kl': kl} | {key: -value for key, value in log_probs.items()}
        return WorldModelOutput(loss, post, prior, embed, kl, row_losses, means, metrics)

    def predicted_reward(self, feat: tf.Tensor) -> tf.Tensor:
        """Mean of the (transformed) reward, float32 [...]."""
        return self.reward(feat)

    def predicted_discount(self, feat: tf.Tensor) -> tf.Tensor:
        """Mean of the discount head, which contains gamma; gamma itself without that head."""
        if self.discount_head is None:
            return tf.fill(feat.shape[:-1], tf.constant(self._discount, tf.float32))
        return tf.sigmoid(self.discount_head(feat))

    def continue_probability(self, feat: tf.Tensor) -> tf.Tensor:
        """Probability that the episode goes on after a state, float32 [...]; 1 without a discount head."""
        return tf.minimum(self.predicted_discount(feat) / self._discount, 1)

    def true_discount(self, is_terminal: tf.Tensor, feat: tf.Tensor) -> tf.Tensor:
        """Discount of replayed states: gamma * (1 - is_terminal) with a discount head, else gamma."""
        if self.discount_head is None:
            return self.predicted_discount(feat)
        return self._discount * (1 - is_terminal)

    def _predict(self, feat: tf.Tensor, batch: Tensors) -> tuple[Tensors, Tensors]:
        """Means {name: [B, T, ...]} and log probs {name: [B, T]} of observations and heads."""

        def seen_by(head: str) -> tf.Tensor:
            return feat if head in self._grad_heads else tf.stop_gradient(feat)

        means = self.decoder(seen_by('decoder'))
        log_probs = {key: unit_normal(mean, len(mean.shape) - 2).log_prob(batch[key]) for key, mean in means.items()}
        means['reward'] = self.reward(seen_by('reward'))
        log_probs['reward'] = unit_normal(means['reward']).log_prob(batch['reward'])
        if self.discount_head is not None:
            logit = self.discount_head(seen_by('discount'))
            means['discount'] = tf.sigmoid(logit)
            log_probs['discount'] = tfd.Bernoulli(logit, dtype=tf.float32).log_prob(batch['discount'])
        return means, log_probs


def _divergence(left: ModelState, right: ModelState) -> tf.Tensor:
    """Returns KL(left || right) in nats, summed over the variables: [B, T]."""
    return tfd.kl_divergence(left.distribution, right.distribution)


def _without_sample(state: ModelState) -> ModelState:
    """Returns a state without z and h: KL needs the parameters of the distribution alone."""
    return state._replace(stoch=(), deter=())
