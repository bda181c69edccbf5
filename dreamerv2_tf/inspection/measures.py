"""How far predictions are from the truth. Means over predictions [N, ...]; pixels are from 0 to 1."""

import numpy as np

BINS = 10  # of predicted probabilities
WINDOW = 11  # pixels


def squared_error(truth, predicted):
    """Mean square of the difference of each prediction: [N, ...] -> [N]."""
    difference = np.asarray(truth, np.float64) - predicted
    return np.square(difference).reshape(len(difference), -1).mean(1)


def psnr(mean_squared_error):
    """Peak signal-to-noise ratio in dB, -10 log10(mse); infinite where the error is 0."""
    with np.errstate(divide='ignore'):
        return float(-10 * np.log10(mean_squared_error))


def ssim(truth, predicted):
    """Structural similarity (Wang et al. 2004) of images [N, H, W, C]: [N], 1 if equal.

    Mean over all windows, Gaussian with 11 pixels and a standard deviation of 1.5, that fit into the image.
    """
    return np.array([_ssim(np.float64(one), np.float64(other)) for one, other in zip(truth, predicted)])


def _ssim(x, y):
    mean_x, mean_y = _blurred(x), _blurred(y)
    var_x, var_y = _blurred(x * x) - mean_x**2, _blurred(y * y) - mean_y**2
    covariance = _blurred(x * y) - mean_x * mean_y
    small, smaller = 0.01**2, 0.03**2
    luminance = (2 * mean_x * mean_y + small) / (mean_x**2 + mean_y**2 + small)
    return (luminance * (2 * covariance + smaller) / (var_x + var_y + smaller)).mean()


def _blurred(image):
    import cv2  # changes the environment of the process

    edge = WINDOW // 2
    return cv2.GaussianBlur(image, (WINDOW, WINDOW), 1.5)[edge:-edge, edge:-edge]


def calibration_error(happened, chance):
    """Whether what is given a chance p happens in a share p of the cases:

        sum over bins of chance  (cases in bin / N) * |mean chance - share that happened|

    Expected calibration error (Guo et al. 2017) with 10 equal bins; both arguments are [N].
    """
    happened, chance = np.asarray(happened, np.float64), np.asarray(chance, np.float64)
    bins = np.minimum((chance * BINS).astype(int), BINS - 1)
    gap = np.bincount(bins, chance - happened, BINS)  # of each bin, times its cases
    return float(np.abs(gap).sum() / len(chance))
