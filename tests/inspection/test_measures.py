"""Each measure by hand on tiny arrays."""

import numpy as np
import pytest
import tensorflow as tf

from dreamerv2_tf.inspection import measures


def test_squared_error_is_the_mean_over_all_but_the_first_axis():
    np.testing.assert_allclose(measures.squared_error([[0, 1], [2, 2]], [[0, 0], [0, 0]]), [0.5, 4])
    np.testing.assert_allclose(measures.squared_error([3], [1]), [4])


def test_psnr_in_decibel():
    assert measures.psnr(0.01) == pytest.approx(20)
    assert measures.psnr(1) == 0
    assert measures.psnr(0) == np.inf


def test_ssim_is_1_for_equal_images_and_follows_brightness():
    image = np.random.default_rng(0).uniform(size=(1, 16, 16, 3)).astype(np.float32)
    assert measures.ssim(image, image) == pytest.approx([1])
    light, dark = np.full((2, 16, 16, 1), 0.5, np.float32), np.full((2, 16, 16, 1), 0.25, np.float32)
    by_hand = (2 * 0.5 * 0.25 + 0.01**2) / (0.5**2 + 0.25**2 + 0.01**2)  # luminance term; structure is 1
    assert measures.ssim(light, dark) == pytest.approx([by_hand] * 2, rel=1e-3)


def test_ssim_is_that_of_tensorflow():
    draw = np.random.default_rng(0)
    one, other = draw.uniform(size=(2, 3, 64, 64, 1)).astype(np.float32)
    np.testing.assert_allclose(measures.ssim(one, other), tf.image.ssim(one, other, 1.0), rtol=1e-4)
