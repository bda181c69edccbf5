"""How far predictions are from the truth. Means over predictions [N, ...]; pixels are from 0 to 1."""

import numpy as np
import tensorflow as tf

BINS = 10  # of predicted probabilities


def squared_error(truth, predicted):
    """Mean square of the difference of each prediction: [N, ...] -> [N]."""
    difference = np.asarray(truth, np.float64) - predicted
    return np.square(difference).reshape(len(difference), -1).mean(1)


def psnr(mean_squared_error):
    """Peak signal-to-noise ratio in dB, -10 log10(mse); infinite where the error is 0."""
    with np.errstate(divide='ignore'):
        return float(-10 * np.log10(mean_squared_error))


def ssim(truth, predicted):
    """Structural similarity (Wang et al. 2004, window of 11 pixels) of images [N, H, W, C]: [N], 1 if equal."""
    return tf.image.ssim(tf.constant(truth, tf.float32), tf.constant(predicted, tf.float32), 1.0).numpy()


def calibration_error(happened, chance):
    """Whether what is given a chance p happens in a share p of the cases:

        sum over bins of chance  (cases in bin / N) * |mean chance - share that happened|

    Expected calibration error (Guo et al. 2017) with 10 equal bins; both arguments are [N].
    """
    happened, chance = np.asarray(happened, np.float64), np.asarray(chance, np.float64)
    bins = np.minimum((chance * BINS).astype(int), BINS - 1)
    gap = np.bincount(bins, chance - happened, BINS)  # of each bin, times its cases
    return float(np.abs(gap).sum() / len(chance))
