"""Returns of imagined trajectories (paper, section 2.2). Time comes first: [H+1, ...]."""

import tensorflow as tf


def lambda_return(reward: tf.Tensor, discount: tf.Tensor, value: tf.Tensor, lambda_: float) -> tf.Tensor:
    """Lambda-returns of Eq. 4, for t = 0 .. H-1.

        V_t = r_t + d_t * ((1 - lambda) * v_{t+1} + lambda * V_{t+1}),   V_H = v_H

        index     0    1    2   ...  H-1   H
        reward    r_0  r_1  r_2      r_H-1 (r_H is not used: v_H contains it)
        discount  d_0  d_1  d_2      d_H-1 (d_H is not used)
        value     (v_0 is not used)  v_1 ... v_H
        target    V_0  V_1  V_2      V_H-1

    Args:
      reward, discount, value: [H+1, ...].
      lambda_: 0 = one-step returns, 1 = Monte Carlo returns that end with the value.

    Returns:
      target [H, ...].
    """
    horizon = reward.shape[0] - 1
    target, targets = value[horizon], []
    for t in reversed(range(horizon)):
        target = reward[t] + discount[t] * ((1 - lambda_) * value[t + 1] + lambda_ * target)
        targets.append(target)
    return tf.stack(targets[::-1])


def discount_weights(discount: tf.Tensor) -> tf.Tensor:
    """Probability that the trajectory is still going on: cumprod([1, d_0, d_1, ..., d_{H-1}]).

        index     0  1    2        H
        weight    1  d_0  d_0 d_1  d_0 ... d_H-1

    discount and the result are [H+1, ...]; no gradient flows through the result.
    """
    ones = tf.ones_like(discount[:1])
    return tf.stop_gradient(tf.math.cumprod(tf.concat([ones, discount[:-1]], 0), 0))
