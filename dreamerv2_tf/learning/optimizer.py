"""Adam with global clipping, decoupled weight decay and, for float16, dynamic loss scaling."""

from collections.abc import Iterable, Sequence

import keras
import tensorflow as tf

BETA1, BETA2 = 0.9, 0.999


class Adam:
    """The optimiser of one group of variables (world model, actor or critic).

        gradient -> unscale -> clip by global norm -> var *= 1 - wd -> Adam step

    Weight decay is on all variables and not scaled by the learning rate. Epsilon stands outside the
    square root: var -= lr_t * m / (sqrt(v) + eps), lr_t = lr * sqrt(1 - beta2^t) / (1 - beta1^t).

    Args:
      variables: Keras variables, all built.
      lr, eps, clip, wd: see configs.yaml, e.g. section model_opt.
      loss_scale: a `LossScale`, or None unless layers compute in float16.
      name: of the group, begins the names of slots.
    """

    def __init__(
        self,
        variables: Iterable[keras.Variable],
        lr: float,
        eps: float,
        clip: float,
        wd: float,
        loss_scale: 'LossScale | None',
        name: str,
    ) -> None:
        self._variables = list(variables)
        self._lr, self._eps, self._clip, self._wd = lr, eps, clip, wd
        self._scale = loss_scale
        self._name = name
        self._updates = tf.Variable(0, trainable=False, dtype=tf.int64, name=f'{name}/updates')
        self._m = [_zeros(v) for v in self._variables]
        self._v = [_zeros(v) for v in self._variables]

    @property
    def variables(self) -> dict[str, tf.Variable]:
        """{name: variable} of its slots, the number of updates and the loss scale."""
        slots = {f'{self._name}/updates': self._updates}
        for variable, m, v in zip(self._variables, self._m, self._v):
            slots |= {f'{self._name}/m/{variable.path}': m, f'{self._name}/v/{variable.path}': v}
        if self._scale:
            slots |= {f'{self._name}/{k}': v for k, v in self._scale.variables.items()}
        return slots

    def minimize(self, tape: tf.GradientTape, loss: tf.Tensor) -> dict[str, tf.Tensor]:
        """Updates the variables against the gradient of a loss that was recorded on a tape.

        Returns metrics: the gradient's global norm before clipping and, with a loss scale, that scale
        and whether the scaled gradient overflowed: then nothing changes but the scale, and the norm is 0.
        """
        variables = [v.value for v in self._variables]
        if not self._scale:
            gradients = tape.gradient(loss, variables, unconnected_gradients='zero')
            norm = tf.linalg.global_norm(gradients)
            self._apply(gradients, norm)
            return {f'{self._name}_grad_norm': norm}
        scale = tf.identity(self._scale.value)
        with tape:
            loss = loss * scale
        gradients = tape.gradient(loss, variables, unconnected_gradients='zero')
        gradients = [gradient / scale for gradient in gradients]
        norm = tf.linalg.global_norm(gradients)
        finite = tf.math.is_finite(norm)
        tf.cond(finite, lambda: self._apply(gradients, norm), lambda: tf.constant(False))
        self._scale.adapt(finite)
        return {
            f'{self._name}_grad_norm': tf.where(finite, norm, 0.0),
            f'{self._name}_loss_scale': scale,
            f'{self._name}_overflow': 1 - tf.cast(finite, tf.float32),
        }

    def _apply(self, gradients: Sequence[tf.Tensor], norm: tf.Tensor) -> tf.Tensor:
        self._updates.assign_add(1)
        t = tf.cast(self._updates, tf.float32)
        beta1_power, beta2_power = tf.pow(BETA1, t), tf.pow(BETA2, t)
        shrink = self._clip / tf.maximum(norm, self._clip)
        for variable, m, v, gradient in zip(self._variables, self._m, self._v, gradients):
            variable = variable.value
            variable.assign(variable * (1 - self._wd))
            tf.raw_ops.ResourceApplyAdam(
                var=variable.handle,
                m=m.handle,
                v=v.handle,
                beta1_power=beta1_power,
                beta2_power=beta2_power,
                lr=self._lr,
                beta1=BETA1,
                beta2=BETA2,
                epsilon=self._eps,
                grad=gradient * shrink,
            )
        return tf.constant(True)


class LossScale:
    """Keeps float16 gradients within range: doubled after 2000 finite updates, halved on overflow."""

    INITIAL, PATIENCE = 2.0**15, 2000

    def __init__(self) -> None:
        self.value = tf.Variable(self.INITIAL, trainable=False, name='loss_scale')
        self._finite_updates = tf.Variable(0, trainable=False, dtype=tf.int64, name='finite_updates')

    @property
    def variables(self) -> dict[str, tf.Variable]:
        """{name: variable} of the scale and its count."""
        return {'loss_scale': self.value, 'finite_updates': self._finite_updates}

    def adapt(self, finite: tf.Tensor) -> None:
        """Takes note of whether an update's gradients were finite, bool []."""
        count = tf.where(finite, self._finite_updates + 1, 0)
        ready = count >= self.PATIENCE
        factor = tf.where(ready, 2.0, tf.where(finite, 1.0, 0.5))
        self.value.assign(tf.maximum(self.value * factor, 1.0))
        self._finite_updates.assign(tf.where(ready, tf.zeros_like(count), count))


def _zeros(variable: tf.Variable) -> tf.Variable:
    return tf.Variable(tf.zeros(variable.shape), trainable=False)
