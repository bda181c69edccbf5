"""An episode as a film or as a sheet of pictures, with steps, returns and actions written below."""

import io
import pathlib
import tempfile

import numpy as np
import PIL.Image
import PIL.ImageDraw
import PIL.ImageFont

from ..errors import UserError, require
from ..files import replacing
from ..media.gif import FRAMES_PER_SECOND, LONGEST, gif, is_film
from .actions import action_text

SIDE = 256  # pixels of the longer side of a frame of a film, at least
SHEET_COLUMNS, SHEET_ROWS, SHEET_SIDE = 8, 5, 128
FONT_SIZE, LINE, GAP = 14, 18, 6  # pixels
BACKGROUND, TEXT, GAIN, LOSS = (24, 24, 27), (228, 228, 231), (74, 222, 128), (248, 113, 113)


def save(episode, path, key='image'):
    """Writes an episode as a path's ending says: .gif, .webp or .mp4 a film, .png a sheet of pictures.

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


def pictures(episode, rows, key, side):
    """Yields pictures uint8 [H, W, 3] of the rows of an episode; `side`: the longer side's pixels, at least."""
    returns = np.cumsum(episode.reward, dtype=np.float64)
    before = -1
    for row in rows:
        gained = returns[row] - (returns[before] if before >= 0 else 0)
        before = row
        frame = episode[key][row]
        scale = max(1, -(-side // max(frame.shape[:2])))
        frame = frame.repeat(scale, 0).repeat(scale, 1)
        change = f' ({gained:+g})' if gained else ''
        yield _captioned(
            np.broadcast_to(frame, (*frame.shape[:2], 3)),
            [
                (f'step {row}', TEXT),
                (f'return {returns[row]:g}{change}', _colour(gained)),
                (action_text(episode, row), TEXT),
            ],
        )


def _gif(episode, key):
    return gif(pictures(episode, _some_rows(episode, LONGEST), key, SIDE))


def _webp(episode, key):
    first, *others = map(PIL.Image.fromarray, pictures(episode, _some_rows(episode, LONGEST), key, SIDE))
    file = io.BytesIO()
    first.save(file, 'WEBP', save_all=True, append_images=others, duration=1000 // FRAMES_PER_SECOND, loop=0)
    return file.getvalue()


def _mp4(episode, key):
    imageio_ffmpeg = require('imageio_ffmpeg', 'video', 'MP4, other than .gif and .webp,')
    shown = pictures(episode, range(len(episode.reward)), key, SIDE)
    first = next(shown)
    height, width = first.shape[0] & ~1, first.shape[1] & ~1  # players want even ones
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / 'film.mp4'
        writer = imageio_ffmpeg.write_frames(path, (width, height), fps=FRAMES_PER_SECOND, macro_block_size=2)
        writer.send(None)
        for picture in (first, *shown):
            writer.send(np.ascontiguousarray(picture[:height, :width]))
        writer.close()
        return path.read_bytes()


def _sheet(episode, key):
    rows = np.linspace(0, episode.length, min(SHEET_COLUMNS * SHEET_ROWS, episode.length + 1)).round().astype(int)
    shown = list(pictures(episode, rows.tolist(), key, SHEET_SIDE))
    height, width, _ = shown[0].shape
    columns = min(SHEET_COLUMNS, len(shown))
    lines = -(-len(shown) // columns)
    sheet = np.full((lines * (height + GAP) + GAP, columns * (width + GAP) + GAP, 3), BACKGROUND, np.uint8)
    for index, picture in enumerate(shown):
        top, left = GAP + index // columns * (height + GAP), GAP + index % columns * (width + GAP)
        sheet[top : top + height, left : left + width] = picture
    file = io.BytesIO()
    PIL.Image.fromarray(sheet).save(file, 'PNG')
    return file.getvalue()


ENCODERS = {'.gif': _gif, '.webp': _webp, '.mp4': _mp4, '.png': _sheet}


def _some_rows(episode, most):
    """Every row, or every second, third, ... and the last, so that they are not many more than `most`."""
    stride = -(-len(episode.reward) // most)
    return sorted({*range(0, episode.length, stride), episode.length})


def _captioned(frame, lines):
    """A frame [H, W, 3] above lines of (text, colour)."""
    height, width, _ = frame.shape
    picture = PIL.Image.new('RGB', (width, height + LINE * len(lines) + 4), BACKGROUND)
    picture.paste(PIL.Image.fromarray(np.ascontiguousarray(frame)))
    draw, font = PIL.ImageDraw.Draw(picture), PIL.ImageFont.load_default(FONT_SIZE)
    for index, (text, colour) in enumerate(lines):
        draw.text((4, height + 2 + LINE * index), text, colour, font)
    return np.asarray(picture)


def _colour(gained):
    return TEXT if not gained else GAIN if gained > 0 else LOSS
