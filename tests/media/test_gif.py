"""Films as GIF files that others can read."""

import io

import numpy as np
import PIL.Image
import pytest

from dreamerv2_tf.media.gif import MAX_FRAMES, gif, is_film, watchable


def frames_of(encoded):
    film = PIL.Image.open(io.BytesIO(encoded))
    for index in range(film.n_frames):
        film.seek(index)
        yield np.array(film.convert('RGB'))


@pytest.mark.parametrize('channels', [1, 3, 4])
def test_a_gif_shows_the_frames(channels):
    frames = np.zeros((4, 6, 8, channels), np.uint8)
    for index in range(4):
        frames[index, index, :, 0] = 60 * (index + 1)
    decoded = list(frames_of(gif(frames)))
    assert len(decoded) == 4
    for frame, picture in zip(frames, decoded):
        np.testing.assert_allclose(picture, np.broadcast_to(frame[..., :3], (6, 8, 3)), atol=4)


def test_a_long_film_is_thinned_out_and_pixels_become_squares():
    frames = np.arange(4 * MAX_FRAMES + 1, dtype=np.uint16).astype(np.uint8)[:, None, None, None]
    frames = np.broadcast_to(frames, (4 * MAX_FRAMES + 1, 2, 3, 1))
    film = watchable(frames)
    assert film.shape == (481, 84, 126, 1)
    np.testing.assert_array_equal(film[:, 41, 41, 0], frames[::5, 0, 0, 0])
    assert watchable(frames[:MAX_FRAMES]).shape[0] == MAX_FRAMES
    assert watchable(np.zeros((3, 90, 160, 3), np.uint8)).shape == (3, 90, 160, 3)


def test_only_images_are_films():
    assert is_film((64, 64, 3), np.uint8) and is_film((64, 64, 1), np.dtype(np.uint8))
    assert is_film((64, 64, 4), np.uint8) and not is_film((64, 64, 3), np.float32)
    assert not is_film((64, 64, 2), np.uint8)
    assert not is_film((3,), np.uint8)
