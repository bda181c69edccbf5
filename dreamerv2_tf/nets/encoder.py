"""Turns observations into embeddings."""

import math
import re
from collections.abc import Mapping, Sequence

import keras
import tensorflow as tf

from ..errors import UserError
from .mlp import MLP, Shape, hidden_norm


def pick(
    shapes: Mapping[str, tuple[int, ...]], cnn_keys: str, mlp_keys: str, section: str
) -> tuple[list[str], list[str]]:
    """Returns the keys of images (rank 3) and of vectors (rank 1) that match a pattern from their start.

    Args:
      shapes: {key: shape} of the observations, whose order is kept.
      cnn_keys: pattern of the images.
      mlp_keys: pattern of the vectors.
      section: of configs.yaml, for the message.

    Raises:
      UserError: no key matches.
    """
    images, vectors = (
        [key for key, shape in shapes.items() if len(shape) == rank and re.match(pattern, key)]
        for rank, pattern in ((3, cnn_keys), (1, mlp_keys))
    )
    if not images + vectors:
        raise UserError(
            f'`{section}.cnn_keys` {cnn_keys!r} and `{section}.mlp_keys` {mlp_keys!r} match no observation; there are '
            f'{", ".join(f"{key} {shape}" for key, shape in shapes.items())}. The presets of games see `image` alone; '
            "others, such as `--configs cpu`, see all, as do keys '.*'"
        )
    return images, vectors


def stages(height: int, width: int) -> int:
    """Returns the number of convolutions for an image: each halves it, down to about 4 pixels (4 for 64 x 64)."""
    return int(math.log2(min(height, width) / 4))


def by_size(shapes: Mapping[str, tuple[int, ...]], keys: Sequence[str]) -> list[list[str]]:
    """Returns the images `keys` in groups of one height and width, each in order; their convolutions differ."""
    groups: dict[tuple[int, ...], list[str]] = {}
    for key in keys:
        groups.setdefault(shapes[key][:2], []).append(key)
    return list(groups.values())


def layer_prefix(group: int) -> str:
    """Returns how names of layers begin for a group of images of one size, counted from 0."""
    return f'size{group}_' if group else ''


class Encoder(keras.layers.Layer):
    """Convolutions for images and an MLP for vectors; images come first in the embedding.

    Images of one size are joined on their channels. Those of another size have convolutions of their own.

    Args:
      shapes: {key: shape} of the observations, images [H, W, C] and vectors [D].
      The rest: as in configs.yaml, section encoder.

    Attributes:
      cnn_keys, mlp_keys: keys of the images and vectors that are encoded.
      embed_size: E, once it is built.

    Raises:
      UserError: no observation is chosen.
    """

    def __init__(
        self,
        shapes: Mapping[str, tuple[int, ...]],
        cnn_keys: str,
        mlp_keys: str,
        cnn_depth: int,
        cnn_kernels: Sequence[int],
        mlp_layers: Sequence[int],
        act: str,
        norm: str,
        dtype: str | None = None,
        name: str = 'encoder',
    ):
        super().__init__(dtype=dtype, name=name)
        self._shapes = shapes
        self.cnn_keys, self.mlp_keys = pick(shapes, cnn_keys, mlp_keys, 'encoder')
        self._act = keras.activations.get(act)
        self._groups = by_size(shapes, self.cnn_keys)
        self._convs = [
            [
                keras.layers.Conv2D(cnn_depth * 2**i, kernel, 2, dtype=dtype, name=f'{layer_prefix(group)}conv{i}')
                for i, kernel in enumerate(_kernels(shapes[keys[0]], cnn_kernels))
            ]
            for group, keys in enumerate(self._groups)
        ]
        self._norms = [
            [hidden_norm(norm, dtype, f'{layer_prefix(group)}convnorm{i}') for i in range(len(convs))]
            for group, convs in enumerate(self._convs)
        ]
        self._mlp = MLP(mlp_layers, act, norm, dtype) if self.mlp_keys else None

    def build(self, input_shape: Shape | None = None) -> None:
        """Makes the weights; the shapes of the observations are known."""
        self.embed_size = 0
        for keys, convs, norms in zip(self._groups, self._convs, self._norms):
            height, width, _ = self._shapes[keys[0]]
            shape = (1, height, width, sum(self._shapes[key][2] for key in keys))
            for conv, norm in zip(convs, norms):
                conv.build(shape)
                shape = conv.compute_output_shape(shape)
                norm.build(shape)
            self.embed_size += math.prod(shape)
        if self._mlp:
            joined = (1, sum(self._shapes[key][0] for key in self.mlp_keys))
            self._mlp.build(joined)
            self.embed_size += self._mlp.compute_output_shape(joined)[-1]

    def call(self, observation: Mapping[str, tf.Tensor]) -> tf.Tensor:
        """{key: [..., *shape] float32} -> embed [..., E] in compute dtype."""
        parts = []
        for keys, convs, norms in zip(self._groups, self._convs, self._norms):
            images = tf.concat([observation[key] for key in keys], -1)
            leading = images.shape[:-3]
            x = tf.cast(tf.reshape(images, [-1, *images.shape[-3:]]), self.compute_dtype)
            for conv, norm in zip(convs, norms):
                x = self._act(norm(conv(x)))
            parts.append(tf.reshape(x, [*leading, math.prod(x.shape[1:])]))
        if self._mlp:
            vectors = tf.concat([observation[key] for key in self.mlp_keys], -1)
            parts.append(self._mlp(vectors))
        return tf.concat(parts, -1)


def _kernels(shape: tuple[int, ...], kernels: Sequence[int]) -> list[int]:
    """Returns the kernel of each convolution of an image [H, W, C]; the last one is repeated for large images."""
    count = stages(*shape[:2])
    return [*kernels, *[kernels[-1]] * count][:count]
