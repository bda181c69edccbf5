"""Films as GIF files."""

import io

import numpy as np
import PIL.Image

FRAMES_PER_SECOND = 20
LONGEST = 600  # frames of a film; of longer ones every second, third, ... frame is shown


def gif(frames):
    """The bytes of an animated GIF of frames, uint8 [T, H, W, C] with 1 or 3 channels."""
    pictures = [PIL.Image.fromarray(frame[..., 0] if frame.shape[-1] == 1 else frame) for frame in frames]
    file = io.BytesIO()
    pictures[0].save(
        file, 'GIF', save_all=True, append_images=pictures[1:], duration=1000 // FRAMES_PER_SECOND, loop=0)
    return file.getvalue()


def watchable(frames, scale=2):
    """Frames [T, H, W, C], not too many of them, with each pixel as a square of `scale` pixels."""
    return frames[::-(-len(frames) // LONGEST)].repeat(scale, 1).repeat(scale, 2)


def is_film(array):
    """Whether rows [T, ...] can be shown: uint8 images with 1 or 3 channels."""
    return array.dtype == np.uint8 and array.ndim == 4 and array.shape[-1] in (1, 3)
