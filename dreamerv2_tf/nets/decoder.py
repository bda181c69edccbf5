"""Predicts observations from model states."""

import itertools
import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import keras
import tensorflow as tf

from ..errors import UserError
from .conv import TransposedConv
from .encoder import by_size, layer_prefix, pick, stages
from .mlp import MLP, Shape, hidden_norm


class Decoder(keras.layers.Layer):
    """Transposed convolutions for images and one MLP with an output per vector.

    64 x 64 images grow 1 -> 5 -> 13 -> 30 -> 64 as in the release; for other sizes each step mirrors
    a step of the encoder. Images of one size are the channels of one; those of another size have layers of their own.

    Args:
      shapes: {key: shape} of the observations, images [H, W, C] and vectors [D].
      feat_size: F.
      The rest: as in configs.yaml, section decoder.

    Attributes:
      cnn_keys, mlp_keys: keys of the images and vectors that are predicted.

    Raises:
      UserError: no observation is chosen, or kernels that do not give images of 64 x 64.
    """

    def __init__(
        self,
        shapes: Mapping[str, tuple[int, ...]],
        feat_size: int,
        cnn_keys: str,
        mlp_keys: str,
        cnn_depth: int,
        cnn_kernels: Sequence[int],
        mlp_layers: Sequence[int],
        act: str,
        norm: str,
        dtype: str | None = None,
        name: str = 'decoder',
    ):
        super().__init__(dtype=dtype, name=name)
        self._feat_size = feat_size
        self.cnn_keys, self.mlp_keys = pick(shapes, cnn_keys, mlp_keys, 'decoder')
        self._act = keras.activations.get(act)
        groups = by_size(shapes, self.cnn_keys)
        self._plans = [_plan(shapes, keys, cnn_depth, cnn_kernels) for keys in groups]
        self._dense = [
            keras.layers.Dense(math.prod(plan.first), dtype=dtype, name=f'{layer_prefix(group)}dense')
            for group, plan in enumerate(self._plans)
        ]
        self._deconvs = [
            [
                TransposedConv(depth, kernel, dtype, f'{layer_prefix(group)}deconv{i}')
                for i, (depth, kernel) in enumerate(zip(plan.depths, plan.kernels))
            ]
            for group, plan in enumerate(self._plans)
        ]
        self._norms = [
            [hidden_norm(norm, dtype, f'{layer_prefix(group)}convnorm{i}') for i in range(len(plan.depths) - 1)]
            for group, plan in enumerate(self._plans)
        ]
        self._mlp = MLP(mlp_layers, act, norm, dtype) if self.mlp_keys else None
        self._outs = {
            key: keras.layers.Dense(shapes[key][0], dtype=dtype, name=layer)
            for key, layer in _layer_names(self.mlp_keys).items()
        }

    def build(self, input_shape: Shape | None = None) -> None:
        """Makes the weights; the size of the input is known."""
        for plan, dense, deconvs, norms in zip(self._plans, self._dense, self._deconvs, self._norms):
            dense.build((None, self._feat_size))
            channels = plan.first[-1]
            for deconv, norm in zip(deconvs, [*norms, None]):
                deconv.build((None, None, None, channels))
                channels = deconv.filters
                if norm is not None:
                    norm.build((None, None, None, channels))
        if self._mlp:
            self._mlp.build((None, self._feat_size))
            for out in self._outs.values():
                out.build(self._mlp.compute_output_shape((None, self._feat_size)))

    def call(self, feat: tf.Tensor) -> dict[str, tf.Tensor]:
        """Feat [..., F] -> {key: mean [..., *shape] float32}."""
        means: dict[str, tf.Tensor] = {}
        for group in range(len(self._plans)):
            means |= self._images(feat, group)
        if self._mlp:
            x = self._mlp(feat)
            means |= {key: tf.cast(out(x), tf.float32) for key, out in self._outs.items()}
        return means

    def _images(self, feat: tf.Tensor, group: int) -> dict[str, tf.Tensor]:
        plan, deconvs = self._plans[group], self._deconvs[group]
        x = self._dense[group](tf.reshape(feat, [-1, self._feat_size]))
        x = tf.reshape(x, [-1, *plan.first])
        for deconv, norm in zip(deconvs[:-1], self._norms[group]):
            x = self._act(norm(deconv(x)))
        x = tf.cast(deconvs[-1](x), tf.float32)
        x = tf.reshape(x, [*feat.shape[:-1], *x.shape[1:]])
        return dict(zip(plan.channels, tf.split(x, list(plan.channels.values()), -1)))


class _Plan(NamedTuple):
    """The layers that grow images of one size."""

    first: tuple[int, int, int]  # the first map, [h, w, channels]
    kernels: Sequence[int | tuple[int, int]]  # of the transposed convolutions
    depths: list[int]  # channels of their outputs
    channels: dict[str, int]  # {key: channels of its image}


def _plan(shapes: Mapping[str, tuple[int, ...]], keys: Sequence[str], depth: int, kernels: Sequence[int]) -> _Plan:
    height, width, _ = shapes[keys[0]]
    count = stages(height, width)
    first, grown = _growth((height, width), count, depth, kernels)
    channels = {key: shapes[key][2] for key in keys}
    depths = [depth * 2**i for i in reversed(range(count - 1))] + [sum(channels.values())]
    return _Plan(first, grown, depths, channels)


def _layer_names(keys: Sequence[str]) -> dict[str, str]:
    """Returns {key: name of its layer}; names hold no slash, and those of different keys differ.

    pos, arm/pos  ->  out_pos, out_arm_pos
    a/b, a_b      ->  out_a_b_1, out_a_b_2
    """
    usual = {key: 'out_' + key.replace('/', '_') for key in keys}
    shared = [key for key in keys if list(usual.values()).count(usual[key]) > 1]
    names = {key: name for key, name in usual.items() if key not in shared}
    for key in sorted(shared):
        numbered = (f'{usual[key]}_{number}' for number in itertools.count(1))
        names[key] = next(name for name in numbered if name not in names.values())
    return {key: names[key] for key in keys}


def _growth(
    size: tuple[int, int], count: int, depth: int, kernels: Sequence[int]
) -> tuple[tuple[int, int, int], Sequence[int | tuple[int, int]]]:
    """Returns the shape of the first map [h, w, channels], and the kernels that grow it to `size`.

    A step with kernel k takes m to 2 * (m - 1) + k. For sizes other than 64 x 64, an encoder step with
    kernel 4 takes n to m = (n - 4) // 2 + 1, so a kernel n - 2 * (m - 1), 4 or 5, takes m back to n.
    """
    if size == (64, 64):
        grown = 1
        for kernel in kernels:
            grown = 2 * (grown - 1) + kernel
        if grown != 64:
            raise UserError(
                f'`decoder.cnn_kernels` {list(kernels)} make images of {grown} x {grown} '
                'pixels; 64 x 64 are needed, as from 5 5 6 6'
            )
        return (1, 1, 32 * depth), kernels
    (height, width), mirrored = size, []
    for _ in range(count):
        below = (height - 4) // 2 + 1, (width - 4) // 2 + 1
        mirrored.append((height - 2 * (below[0] - 1), width - 2 * (below[1] - 1)))
        height, width = below
    return (height, width, depth * 2 ** (count - 1)), mirrored[::-1]
