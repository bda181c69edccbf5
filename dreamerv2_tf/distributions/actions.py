"""The distribution of an agent's actions, whatever parts they have."""

import math
from collections.abc import Callable, Sequence

import tensorflow as tf
from tensorflow_probability import distributions as tfd

from ..spec import ActionSpec
from .draws import split
from .one_hot import one_hot_action, one_hot_variables


def action_outputs(action: ActionSpec) -> dict[str, int]:
    """Returns {name: size} of what an actor must give: `out` of all A, and `std` of those that are numbers."""
    numbers = sum(part.size for part in action.parts if not part.discrete)
    return {'out': action.size, 'std': numbers} if numbers else {'out': action.size}


def action_distribution(
    action: ActionSpec, numbers: Callable[..., tfd.Distribution]
) -> Callable[..., tfd.Distribution]:
    """Returns the function (*parameters, seed) -> distribution of actions with events [A].

    Its parameters are those of `action_outputs`, float32 [..., size].

    Args:
      action: of the environment.
      numbers: (loc [..., D], raw_std [..., D], seed [2]) -> distribution of numbers, such as `trunc_normal`.
    """
    if len(action.parts) == 1:
        return one_hot_action if action.discrete else numbers

    def distribution(out: tf.Tensor, *std: tf.Tensor, seed: tf.Tensor) -> tfd.Distribution:
        seeds = tf.unstack(split(seed, len(action.blocks)))
        parts, begin = [], 0
        for block, block_seed in zip(action.blocks, seeds):
            logits = out[..., block.begin : block.end]
            if block.discrete:
                parts.append(one_hot_variables(tf.reshape(logits, [*logits.shape[:-1], *block.shape])))
            else:
                end = begin + math.prod(block.shape)
                parts.append(numbers(logits, std[0][..., begin:end], seed=block_seed))
                begin = end
        return Joint(parts)

    return distribution


class Joint:
    """Independent parts of an action, one after the other in its vector [A].

        log p(a) = sum over parts of log p(a_part)          H = sum over parts of H_part

    Samples and modes keep the gradients that those of the parts have.

    Args:
      parts: distributions, or `Sampled`, with batches [...] and events of any shape, which are flattened.
    """

    def __init__(self, parts: Sequence[tfd.Distribution]) -> None:
        self._parts = parts
        self._sizes = [part.event_shape.num_elements() for part in parts]

    @property
    def event_shape(self) -> tf.TensorShape:
        """[A]."""
        return tf.TensorShape([sum(self._sizes)])

    def sample(self, seed: tf.Tensor) -> tf.Tensor:
        """Draws an action for each row of the batch: [..., A]; each part has a seed of its own."""
        seeds = tf.unstack(split(seed, len(self._parts)))
        return self._joined([part.sample(seed=each) for part, each in zip(self._parts, seeds)])

    def mode(self) -> tf.Tensor:
        """Returns the modes of all parts: [..., A]."""
        return self._joined([part.mode() for part in self._parts])

    def log_prob(self, action: tf.Tensor) -> tf.Tensor:
        """Returns the log density of actions [..., A]: [...]."""
        pieces = tf.split(action, self._sizes, -1)
        shaped = [
            tf.reshape(piece, [*action.shape[:-1], *part.event_shape]) for part, piece in zip(self._parts, pieces)
        ]
        return tf.add_n([part.log_prob(piece) for part, piece in zip(self._parts, shaped)])

    def entropy(self) -> tf.Tensor:
        """Returns the entropy in nats: [...]."""
        return tf.add_n([part.entropy() for part in self._parts])

    def _joined(self, values: Sequence[tf.Tensor]) -> tf.Tensor:
        flat = [
            tf.reshape(value, [*value.shape[: len(value.shape) - len(part.event_shape)], size])
            for part, value, size in zip(self._parts, values, self._sizes)
        ]
        return tf.concat(flat, -1)
