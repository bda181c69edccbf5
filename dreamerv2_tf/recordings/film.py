"""An episode as a film or as a sheet of its frames, with steps, returns and actions written below."""

import io
import pathlib
import tempfile
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import PIL.Image

from ..errors import UserError, require
from ..files import replacing
from ..media import captions
from ..media.gif import FRAMES_PER_SECOND, MAX_FRAMES, gif, is_film, opaque
from .actions import action_text
from .episodes import Episode

MIN_FILM_PIXELS, MIN_SHEET_PIXELS = 256, 128  # of the longer side of a frame
SHEET_COLUMNS, SHEET_ROWS, SHEET_GAP_PIXELS = 8, 5, 6
BACKGROUND, TEXT, GAIN, LOSS = (24, 24, 27), (228, 228, 231), (74, 222, 128), (248, 113, 113)


def save(episode: Episode, path: str | pathlib.Path, key: str = 'image') -> None:
    """Writes an episode in the format of a path's ending: .gif, .webp or .mp4 a film, .png a sheet of frames.

    Of long episodes a GIF or WebP shows every second, third, ... frame. MP4 needs the extra `video`.

    Args:
      episode: an `Episode`.
      path: of the file.
      key: of an image observation.

    Raises:
      UserError: an ending or observation that cannot be shown, or a package that is not there.
    """
    path = pathlib.Path(path)
    encode = ENCODERS.get(path.suffix)
    if encode is None:
        raise UserError(f'`--out` must end in one of {", ".join(ENCODERS)}. Received: {path}')
    images = [name for name in episode.keys() if is_film(episode[name].shape[1:], episode[name].dtype)]
    if key not in images:
        raise UserError(f'{episode.path} has no film `{key}`; there are: {", ".join(images) or "none"}')
    encoded = encode(episode, key)
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as file:
        file.write(encoded)


def captioned_frames(episode: Episode, rows: Sequence[int], key: str, min_pixels: int) -> Iterator[np.ndarray]:
    """Yields frames uint8 [H, W, 3] of rows of an episode; the longer side has at least `min_pixels`."""
    returns = np.cumsum(episode.reward, dtype=np.float64)
    before = -1
    for row in rows:
        gained = returns[row] - (returns[before] if before >= 0 else 0)
        before = row
        frame = opaque(episode[key][row])
        scale = max(1, -(-min_pixels // max(frame.shape[:2])))
        frame = frame.repeat(scale, 0).repeat(scale, 1)
        change = f' ({gained:+g})' if gained else ''
        yield captions.below(
            np.broadcast_to(frame, (*frame.shape[:2], 3)),
            [
                (f'step {row}', TEXT),
                (f'return {returns[row]:g}{change}', _colour(gained)),
                (action_text(episode, row), TEXT),
            ],
            BACKGROUND,
        )


def _gif(episode: Episode, key: str) -> bytes:
    return gif(captioned_frames(episode, _some_rows(episode), key, MIN_FILM_PIXELS))


def _webp(episode: Episode, key: str) -> bytes:
    frames = captioned_frames(episode, _some_rows(episode), key, MIN_FILM_PIXELS)
    first, *others = map(PIL.Image.fromarray, frames)
    file = io.BytesIO()
    first.save(file, 'WEBP', save_all=True, append_images=others, duration=1000 // FRAMES_PER_SECOND, loop=0)
    return file.getvalue()


def _mp4(episode: Episode, key: str) -> bytes:
    imageio_ffmpeg = require('imageio_ffmpeg', 'video', 'MP4, other than .gif and .webp,')
    frames = captioned_frames(episode, range(len(episode.reward)), key, MIN_FILM_PIXELS)
    first = next(frames)
    height, width = first.shape[0] & ~1, first.shape[1] & ~1  # players want even ones
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / 'film.mp4'
        writer = imageio_ffmpeg.write_frames(path, (width, height), fps=FRAMES_PER_SECOND, macro_block_size=2)
        writer.send(None)
        for frame in (first, *frames):
            writer.send(np.ascontiguousarray(frame[:height, :width]))
        writer.close()
        return path.read_bytes()


def _sheet(episode: Episode, key: str) -> bytes:
    rows = np.linspace(0, episode.length, min(SHEET_COLUMNS * SHEET_ROWS, episode.length + 1)).round().astype(int)
    frames = list(captioned_frames(episode, rows.tolist(), key, MIN_SHEET_PIXELS))
    height, width, _ = frames[0].shape
    columns, gap = min(SHEET_COLUMNS, len(frames)), SHEET_GAP_PIXELS
    lines = -(-len(frames) // columns)
    sheet = np.full((lines * (height + gap) + gap, columns * (width + gap) + gap, 3), BACKGROUND, np.uint8)
    for index, frame in enumerate(frames):
        top, left = gap + index // columns * (height + gap), gap + index % columns * (width + gap)
        sheet[top : top + height, left : left + width] = frame
    file = io.BytesIO()
    PIL.Image.fromarray(sheet).save(file, 'PNG')
    return file.getvalue()


ENCODERS: dict[str, Callable[[Episode, str], bytes]] = {'.gif': _gif, '.webp': _webp, '.mp4': _mp4, '.png': _sheet}


def _some_rows(episode: Episode) -> list[int]:
    """Returns every row, or every second, third, ... and the last, so that they are about `MAX_FRAMES` at most."""
    stride = -(-len(episode.reward) // MAX_FRAMES)
    return sorted({*range(0, episode.length, stride), episode.length})


def _colour(gained: float) -> tuple[int, int, int]:
    return TEXT if not gained else GAIN if gained > 0 else LOSS
