"""Turns rows of experience into what the networks see and predict."""

from collections.abc import Mapping

import tensorflow as tf

REWARD_TRANSFORMS = {'tanh': tf.tanh, 'sign': tf.sign, 'identity': tf.identity}
MAX_TANH = 0.9999  # what a predicted tanh(reward) beyond it stands for is not known; atanh of it is 4.95


class Preprocess:
    """Scales observations, transforms rewards and makes discount labels, all in float32.

    Args:
      shapes: {key: shape} of the observations without batch axes.
      reward_transform: tanh, sign or identity (`clip_rewards`).
      discount: gamma.

    Attributes:
      reward: the function that transforms rewards, float32.
    """

    def __init__(self, shapes: dict[str, tuple[int, ...]], reward_transform: str, discount: float) -> None:
        self._shapes = shapes
        self.reward = REWARD_TRANSFORMS[reward_transform]
        self._transform_name = reward_transform
        self._discount = discount

    @property
    def keys(self) -> list[str]:
        """Of the observations."""
        return list(self._shapes)

    def raw_reward(self, reward: tf.Tensor) -> tf.Tensor:
        """Returns rewards as environments give them, of transformed ones; up to 4.95 with tanh, signs stay signs."""
        return tf.atanh(tf.clip_by_value(reward, -MAX_TANH, MAX_TANH)) if self._transform_name == 'tanh' else reward

    def observation(self, rows: Mapping[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        """{key: [..., *shape]} as float32; uint8 becomes x / 255 - 0.5, a scalar a vector of 1."""
        return {key: self._scaled(rows[key], shape) for key, shape in self._shapes.items()}

    def __call__(self, rows: Mapping[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        """A batch [B, T, ...] with float32 observations, `action`, `reward` and `discount`.

        `reward` is transformed; `discount` is gamma * (1 - is_terminal), a soft label.
        """
        terminal = tf.cast(rows['is_terminal'], tf.float32)
        return {
            **self.observation(rows),
            'action': tf.cast(rows['action'], tf.float32),
            'reward': self.reward(tf.cast(rows['reward'], tf.float32)),
            'discount': self._discount * (1 - terminal),
            'is_first': rows['is_first'],
            'is_terminal': terminal,
        }

    def _scaled(self, x: tf.Tensor, shape: tuple[int, ...]) -> tf.Tensor:
        is_image = x.dtype == tf.uint8
        x = tf.cast(x, tf.float32)
        if is_image:
            x = x / 255 - 0.5
        return x if shape else x[..., None]


def encoded_shapes(shapes: Mapping[str, tuple[int, ...]]) -> dict[str, tuple[int, ...]]:
    """Shapes after `Preprocess`: a scalar has become a vector of length 1."""
    return {key: shape or (1,) for key, shape in shapes.items()}
