"""Text above and below the frames of films."""

from collections.abc import Iterable, Sequence

import numpy as np
import PIL.Image
import PIL.ImageDraw
import PIL.ImageFont

Colour = int | tuple[int, int, int]  # gray, or red, green and blue, from 0 to 255

PAPER, INK = 255, 20  # gray, of captions above
CAPTION_PIXELS, COLUMN_GAP_PIXELS = 14, 4
LINE_PIXELS, FONT_PIXELS = 18, 14  # of lines below


def above(film: np.ndarray, captions: Iterable[Sequence[str]]) -> np.ndarray:
    """Returns a film with a line of text above each frame.

    Args:
      film: uint8 [T, H, W, C].
      captions: [T] of texts, which stand over columns of equal width, `COLUMN_GAP_PIXELS` apart.
    """
    width, channels = film.shape[2:]
    lines = np.stack([_columns(texts, width) for texts in captions])
    return np.concatenate([np.repeat(lines, channels, -1), film], 1)


def below(frame: np.ndarray, lines: Sequence[tuple[str, Colour]], background: Colour) -> np.ndarray:
    """Returns a frame uint8 [H, W, 3] with lines of (text, colour) below it."""
    texts = [(4, 2 + LINE_PIXELS * index, text, colour) for index, (text, colour) in enumerate(lines)]
    panel = text_panel(frame.shape[1], LINE_PIXELS * len(lines) + 4, texts, background, FONT_PIXELS)
    return np.concatenate([frame, panel])


def text_panel(
    width: int,
    height: int,
    texts: Iterable[tuple[int, int, str, Colour]],
    background: Colour,
    font_pixels: int | None = None,
) -> np.ndarray:
    """Returns a picture uint8 [H, W, C] of texts (left, top, text, colour); C is 1 where the background is gray."""
    gray = isinstance(background, int)
    image = PIL.Image.new('L' if gray else 'RGB', (width, height), background)
    draw, font = PIL.ImageDraw.Draw(image), PIL.ImageFont.load_default(font_pixels)
    for left, top, text, colour in texts:
        draw.text((left, top), text, colour, font)
    pixels = np.asarray(image)
    return pixels[..., None] if gray else pixels


def _columns(texts: Sequence[str], width: int) -> np.ndarray:
    """Returns a line of text, uint8 [H, W, 1]."""
    lefts = (2 + column * (width + COLUMN_GAP_PIXELS) // len(texts) for column in range(len(texts)))
    return text_panel(width, CAPTION_PIXELS, [(left, 1, text, INK) for left, text in zip(lefts, texts)], PAPER)
