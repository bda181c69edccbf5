"""Films of a `Dream`: uint8 frames [T, H, W, C] with captions, for `media.gif.gif`."""

from collections.abc import Sequence

import numpy as np
import PIL.Image
import PIL.ImageDraw

from ..media import captions
from ..media.captions import CAPTION_PIXELS, COLUMN_GAP_PIXELS, INK, PAPER
from ..media.gif import MAX_ENLARGED_PIXELS, opaque
from . import latents
from .beliefs import Predictions, take
from .dream import Dream

FRAMES_PER_SECOND = 10  # slower than play, to be watched
STRIP_PIXELS = 44  # height of a curve
AXIS_GRAY = 200

Curve = tuple[str, np.ndarray, int]  # text, values [t+1] from 0 to 1, number of steps


def reconstruction(dream: Dream, key: str) -> np.ndarray:
    """Draws the truth, its reconstruction from the posteriors, and the error (gray where it is 0), side by side."""
    truth, model = dream.truth[key], dream.reconstruction[key]
    film = _beside([_large(x) for x in (truth, model, (model - truth + 1) / 2)])
    return captions.above(film, [(f'truth, row {row}', 'posterior', 'error') for row in dream.film_rows])


def open_loop(dream: Dream, key: str) -> np.ndarray:
    """Draws the truth and K predictions side by side, their errors below."""
    view = dream.open_loop
    truth, samples = view.truth[key], np.moveaxis(view.prediction[key], 1, 0)
    above = _beside([_large(x) for x in (truth, *samples)])
    errors = [_large((sample - truth + 1) / 2) for sample in samples]
    below = _beside([np.full_like(errors[0], PAPER), *errors])
    state = ['seen' if t < view.seen_rows else f'predicted +{t - view.seen_rows + 1}' for t in range(len(truth))]
    texts = [(f'truth, row {view.start + t}', *[text] * len(samples)) for t, text in enumerate(state)]
    return captions.above(np.concatenate([above, below], 1), texts)


def imagined(dream: Dream, key: str) -> np.ndarray:
    """Draws K rollouts of the actor side by side, with curves of what is expected below each."""
    rollouts = dream.imagined
    images = [_large(x) for x in np.moveaxis(rollouts.observation[key], 1, 0)]
    columns = [
        np.concatenate([image, _curves(rollouts.expected, sample, image.shape)], 1)
        for sample, image in enumerate(images)
    ]
    texts = [[f'dream {sample + 1}, step {t}' for sample in range(len(images))] for t in range(len(images[0]))]
    return captions.above(_beside(columns), texts)


def latent(dream: Dream, key: str) -> np.ndarray:
    """Draws the truth and the probabilities [S, K] of posterior and prior: a row per variable, a column per class.

    The states must be categorical.
    """
    observed, rows = dream.observed, dream.film_rows
    post, prior = take(observed.post, rows), take(observed.prior, rows)
    assert latents.is_categorical(post) and latents.is_categorical(prior)
    ink = [1 - latents.probabilities(state)[..., None] for state in (post, prior)]
    parts = [_large(x) for x in (dream.truth[key], *ink)]
    film = _beside([_fitted(part, max(part.shape[1] for part in parts)) for part in parts])
    texts = [(f'truth, row {row}', 'posterior', f'prior: KL {observed.kl[row].sum():.1f}') for row in rows]
    return captions.above(film, texts)


def _large(images: np.ndarray) -> np.ndarray:
    """Returns images [T, H, W, C] from 0 to 1 as uint8 with 1 or 3 channels, small ones enlarged."""
    scale = max(1, MAX_ENLARGED_PIXELS // max(images.shape[1:3]))
    pixels: np.ndarray = np.round(np.clip(opaque(images), 0, 1) * 255).astype(np.uint8)
    return pixels.repeat(scale, 1).repeat(scale, 2)


def _fitted(images: np.ndarray, height: int) -> np.ndarray:
    """Returns images [T, H, W, C] of a larger height, with paper below."""
    return np.pad(images, [(0, 0), (0, height - images.shape[1]), (0, 0), (0, 0)], constant_values=PAPER)


def _beside(films: Sequence[np.ndarray]) -> np.ndarray:
    """Returns films of one height side by side, with gaps; gray ones get three channels beside coloured ones."""
    channels = max(film.shape[-1] for film in films)
    gap = np.full((*films[0].shape[:2], COLUMN_GAP_PIXELS, channels), PAPER, np.uint8)
    parts = []
    for film in films:
        parts += [gap, np.broadcast_to(film, (*film.shape[:-1], channels))]
    return np.concatenate(parts[1:], 2)


def _curves(expected: Predictions, sample: int, shape: tuple[int, ...]) -> np.ndarray:
    """Returns a curve for each prediction of a sample, growing with time, for below images [T, H, W, C]."""
    steps, _, width, channels = shape
    frames = []
    for t in range(steps):
        curves = [_curve(name, values[: t + 1, sample], values) for name, values in expected._asdict().items()]
        frames.append(np.concatenate([_drawn(curve, width) for curve in curves]))
    return np.repeat(np.stack(frames), channels, -1)


def _curve(name: str, values: np.ndarray, everything: np.ndarray) -> Curve:
    """Returns a curve of values [t+1], scaled by the range of all samples [H+1, K]."""
    low, high = everything.min(), everything.max()
    return f'{name} {values[-1]:.3g}', (values - low) / max(high - low, 1e-6), len(everything)


def _drawn(curve: Curve, width: int) -> np.ndarray:
    """Returns a curve below its text, uint8 [STRIP_PIXELS, width, 1]."""
    text, shares, steps = curve
    image = PIL.Image.fromarray(captions.text_panel(width, STRIP_PIXELS, [(2, 1, text, INK)], PAPER)[..., 0])
    draw = PIL.ImageDraw.Draw(image)
    draw.line([(0, STRIP_PIXELS - 1), (width, STRIP_PIXELS - 1)], AXIS_GRAY)
    top, bottom = CAPTION_PIXELS + 2, STRIP_PIXELS - 4
    points = [
        (2 + t * (width - 5) / max(steps - 1, 1), bottom - share * (bottom - top)) for t, share in enumerate(shares)
    ]
    draw.line(points, INK, 1)
    x, y = points[-1]
    draw.ellipse([x - 2, y - 2, x + 2, y + 2], INK)
    return np.asarray(image)[..., None]
