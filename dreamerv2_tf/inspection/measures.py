"""Distances of predictions from the truth. Means over predictions [N, ...]; pixels are from 0 to 1."""

import numpy as np
from numpy.typing import ArrayLike

WINDOW_PIXELS = 11


def squared_error(truth: ArrayLike, predicted: ArrayLike) -> np.ndarray:
    """Returns the mean square of the difference of each prediction: [N, ...] -> [N]."""
    difference = np.asarray(truth, np.float64) - np.asarray(predicted)
    return np.square(difference).reshape(len(difference), -1).mean(1)


def psnr(mean_squared_error: float) -> float:
    """Returns the peak signal-to-noise ratio in dB, -10 log10(mse); infinite where the error is 0."""
    with np.errstate(divide='ignore'):
        return float(-10 * np.log10(mean_squared_error))


def ssim(truth: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    """Returns the structural similarity (Wang et al. 2004) of images [N, H, W, C]: [N], 1 if equal.

    Mean over all windows, Gaussian with 11 pixels and a standard deviation of 1.5, that fit into the image.
    """
    return np.array([_ssim(one.astype(np.float64), other.astype(np.float64)) for one, other in zip(truth, predicted)])


def _ssim(x: np.ndarray, y: np.ndarray) -> float:
    mean_x, mean_y = _blurred(x), _blurred(y)
    var_x, var_y = _blurred(x * x) - mean_x**2, _blurred(y * y) - mean_y**2
    covariance = _blurred(x * y) - mean_x * mean_y
    c1, c2 = 0.01**2, 0.03**2
    luminance = (2 * mean_x * mean_y + c1) / (mean_x**2 + mean_y**2 + c1)
    return float((luminance * (2 * covariance + c2) / (var_x + var_y + c2)).mean())


def _blurred(image: np.ndarray) -> np.ndarray:
    import cv2  # changes the environment of the process

    edge = WINDOW_PIXELS // 2
    blurred: np.ndarray = cv2.GaussianBlur(image, (WINDOW_PIXELS, WINDOW_PIXELS), 1.5)
    return blurred[edge:-edge, edge:-edge]
