"""Convolutions of few channels as matrix products, several times faster on a CPU.

A row of the image is cut into strips of WIDTH places, each with the columns that its window reaches
beyond it; strip times matrix gives all its outputs at once. The matrix is the kernel, once per place,
shifted, with zeros elsewhere:

    columns of a strip       c0 c1 c2 c3 c4 c5 ...
    first place              k0 k1 k2 k3
    second place, stride 2         k0 k1 k2 k3

Some of the arithmetic is spent on zeros, so this pays only up to FEW pairs of an input and an output
channel. Slices are taken with tf.slice and tf.split: the gradient of x[...] is slow.
"""

import tensorflow as tf

FEW, WIDTH = 16, 4


def conv(x, kernel):
    """Convolution with stride 2, VALID: x [N, H, W, in], kernel [k, k, in, out], k even.

    An output row takes k rows; they come in pairs, which is how rows 2i and 2i+1 stay together.
    """
    size, _, inputs, outputs = kernel.shape
    height, width = ((n - size) // 2 + 1 for n in x.shape[1:3])
    count, pairs, reach = -(-width // WIDTH), size // 2, 2 * WIDTH + size - 2
    columns = 2 * WIDTH * (count + 1)
    x = tf.slice(x, [0, 0, 0, 0], [-1, 2 * (height + pairs - 1), min(columns, x.shape[2]), -1])
    x = _strips(tf.pad(x, [[0, 0], [0, 0], [0, columns - x.shape[2]], [0, 0]]), 2 * WIDTH, size - 2)
    x = tf.reshape(x, [-1, height + pairs - 1, 2, count, reach * inputs])
    x = tf.reshape(tf.transpose(x, [0, 1, 3, 2, 4]), [-1, height + pairs - 1, count, 2 * reach * inputs])
    x = tf.concat([tf.slice(x, [0, i, 0, 0], [-1, height, -1, -1]) for i in range(pairs)], -1)
    shifted = [tf.pad(kernel, [[0, 0], [2 * i, reach - size - 2 * i], [0, 0], [0, 0]])
               for i in range(WIDTH)]
    matrix = tf.reshape(tf.stack(shifted, 3), [-1, WIDTH * outputs])
    y = tf.matmul(tf.reshape(x, [-1, matrix.shape[0]]), matrix)
    y = tf.reshape(y, [-1, height, count * WIDTH, outputs])
    return tf.slice(y, [0, 0, 0, 0], [-1, -1, width, -1])


def conv_transpose(x, kernel):
    """Transposed convolution with stride 2, VALID: x [N, H, W, in], kernel [k, k, out, in], k even.

        y[2u + p] = sum over t of x[u - t] * kernel[2t + p],   p = 0, 1, t = 0 .. k/2 - 1

    in both directions. A strip is WIDTH values of u across; down the image the t are added up.
    """
    size, _, outputs, inputs = kernel.shape
    taps, height = size // 2, x.shape[1]
    height, width = (n + taps - 1 for n in x.shape[1:3])
    count, reach = -(-width // WIDTH), WIDTH + taps - 1
    right = WIDTH * (count + 1) - x.shape[2] - (taps - 1)
    x = _strips(tf.pad(x, [[0, 0], [0, 0], [taps - 1, right], [0, 0]]), WIDTH, taps - 1)
    split = tf.reshape(kernel, [taps, 2, taps, 2, outputs, inputs])  # [t, p, s, q, out, in]
    split = tf.reverse(tf.transpose(split, [2, 5, 0, 1, 3, 4]), [0])  # [s, in, t, p, q, out]
    shifted = [tf.pad(split, [[i, WIDTH - 1 - i], *[[0, 0]] * 5]) for i in range(WIDTH)]
    matrix = tf.reshape(tf.stack(shifted, 4), [reach * inputs, -1])  # [columns, (t, p, i, q, out)]
    y = tf.matmul(tf.reshape(x, [-1, matrix.shape[0]]), matrix)
    y = tf.reshape(y, [-1, height - taps + 1, count, matrix.shape[1]])
    y = tf.add_n([tf.pad(part, [[0, 0], [t, taps - 1 - t], [0, 0], [0, 0]])
                  for t, part in enumerate(tf.split(y, taps, -1))])
    y = tf.transpose(tf.reshape(y, [-1, height, count, 2, 2 * WIDTH * outputs]), [0, 1, 3, 2, 4])
    y = tf.reshape(y, [-1, 2 * height, 2 * WIDTH * count, outputs])
    return tf.slice(y, [0, 0, 0, 0], [-1, -1, 2 * width, -1])


def _strips(x, width, more):
    """[N, H, (n + 1) * width, C] -> [N, H, n, (width + more) * C], each with `more` columns of the next."""
    _, height, columns, channels = x.shape
    x = tf.reshape(x, [-1, height, columns // width, width * channels])
    count = x.shape[2] - 1
    return tf.concat([tf.slice(x, [0, 0, 0, 0], [-1, -1, count, -1]),
                      tf.slice(x, [0, 0, 1, 0], [-1, -1, count, more * channels])], -1)
