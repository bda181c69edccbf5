"""Films as GIF files."""

import io

import numpy as np
import PIL.Image

FRAMES_PER_SECOND = 20
LARGE = 128  # pixels of a side, up to which pixels become squares
LONGEST = 600  # frames of a film; of longer ones every second, third, ... frame is shown


def gif(frames, frames_per_second=FRAMES_PER_SECOND):
    """The bytes of an animated GIF of frames, uint8 [T, H, W, C] with 1 or 3 channels."""
    pictures = [_picture(frame) for frame in frames]
    file = io.BytesIO()
    pictures[0].save(file, 'GIF', save_all=True, append_images=pictures[1:], duration=1000 // frames_per_second, loop=0)
    return file.getvalue()


def watchable(frames):
    """Frames [T, H, W, C], not too many of them, and small ones enlarged."""
    scale = max(1, LARGE // max(frames.shape[1:3]))
    return frames[:: -(-len(frames) // LONGEST)].repeat(scale, 1).repeat(scale, 2)


def is_film(shape, dtype):
    """Whether rows of that shape and dtype can be shown: uint8 images with 1 or 3 channels."""
    return dtype == np.uint8 and len(shape) == 3 and shape[-1] in (1, 3)


def _picture(frame):
    """A frame [H, W, C] as Pillow has it, with at most 256 colours."""
    if frame.shape[-1] == 1:
        return PIL.Image.fromarray(frame[..., 0])
    # Pillow's own choice of colours takes a hundred times as long, and everything else waits for it.
    return PIL.Image.fromarray(frame).quantize(method=PIL.Image.Quantize.FASTOCTREE)
