"""Films as GIF files."""

import io
from collections.abc import Iterable

import numpy as np
import PIL.Image

FRAMES_PER_SECOND = 20
MAX_ENLARGED_PIXELS = 128  # of the longer side of a frame whose pixels become squares
MAX_FRAMES = 600  # of a film; of longer ones every second, third, ... frame is shown


def gif(frames: Iterable[np.ndarray], frames_per_second: int = FRAMES_PER_SECOND) -> bytes:
    """Returns the bytes of an animated GIF of frames, uint8 [T, H, W, C] with 1, 3 or 4 channels."""
    first, *others = [_image(frame) for frame in frames]
    file = io.BytesIO()
    first.save(file, 'GIF', save_all=True, append_images=others, duration=1000 // frames_per_second, loop=0)
    return file.getvalue()


def watchable(frames: np.ndarray) -> np.ndarray:
    """Returns at most `MAX_FRAMES` of frames [T, H, W, C], small ones enlarged."""
    scale = max(1, MAX_ENLARGED_PIXELS // max(frames.shape[1:3]))
    return frames[:: -(-len(frames) // MAX_FRAMES)].repeat(scale, 1).repeat(scale, 2)


def is_film(shape: tuple[int, ...], dtype: np.dtype | type) -> bool:
    """Whether rows of that shape and dtype can be shown: uint8 images with 1 or 3 channels, or 4 as of `opaque`."""
    return bool(dtype == np.uint8) and len(shape) == 3 and shape[-1] in (1, 3, 4)


def opaque(frames: np.ndarray) -> np.ndarray:
    """Returns frames [..., C] without the fourth channel, which says how much is seen of what lies behind them."""
    return frames[..., :3]


def _image(frame: np.ndarray) -> PIL.Image.Image:
    """Returns a frame [H, W, C] as Pillow has it, with at most 256 colours."""
    if frame.shape[-1] == 1:
        return PIL.Image.fromarray(frame[..., 0])
    # Pillow's own choice of colours takes a hundred times as long, and everything else waits for it.
    return PIL.Image.fromarray(opaque(frame)).quantize(method=PIL.Image.Quantize.FASTOCTREE)
