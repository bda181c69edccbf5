"""Films of a `Dream`: uint8 frames [T, H, W, C] with captions, for `media.gif.gif`."""

import numpy as np
import PIL.Image
import PIL.ImageDraw

from ..media import captions
from ..media.captions import CAPTION_PIXELS, INK, PAPER
from ..media.gif import MAX_ENLARGED_PIXELS
from . import latents
from .beliefs import take

FRAMES_PER_SECOND = 10  # slower than play, to be watched
STRIP = 44  # height in pixels
PALE = 200  # gray


def reconstruction(dream, key):
    """Truth, what the posteriors stand for, and the error (gray where it is 0), side by side."""
    truth, model = dream.truth[key], dream.reconstruction[key]
    film = _beside([_large(x) for x in (truth, model, (model - truth + 1) / 2)])
    return captions.above(film, [(f'truth, row {row}', 'posterior', 'error') for row in dream.shown])


def open_loop(dream, key):
    """Truth and K predictions side by side, their errors below."""
    shown = dream.open_loop
    truth, samples = shown.truth[key], np.moveaxis(shown.prediction[key], 1, 0)
    above = _beside([_large(x) for x in (truth, *samples)])
    errors = [_large((sample - truth + 1) / 2) for sample in samples]
    below = _beside([np.full_like(errors[0], PAPER), *errors])
    state = ['seen' if t < shown.seen else f'predicted +{t - shown.seen + 1}' for t in range(len(truth))]
    texts = [(f'truth, row {shown.start + t}', *[text] * len(samples)) for t, text in enumerate(state)]
    return captions.above(np.concatenate([above, below], 1), texts)


def imagined(dream, key):
    """K rollouts of the actor side by side, with strips of what is expected below each."""
    rollouts = dream.imagined
    pictures = [_large(x) for x in np.moveaxis(rollouts.observation[key], 1, 0)]
    columns = [
        np.concatenate([picture, _strips(rollouts.expected, sample, picture.shape)], 1)
        for sample, picture in enumerate(pictures)
    ]
    texts = [[f'dream {sample + 1}, step {t}' for sample in range(len(pictures))] for t in range(len(pictures[0]))]
    return captions.above(_beside(columns), texts)


def latent(dream, key):
    """The truth beside the probabilities [S, K] of posterior and prior: a row per variable, a column per class."""
    observed, rows = dream.observed, dream.shown
    post, prior = (latents.probabilities(take(state, rows))[..., None] for state in (observed.post, observed.prior))
    parts = [_large(x) for x in (dream.truth[key], 1 - post, 1 - prior)]
    film = _beside([_fitted(part, max(part.shape[1] for part in parts)) for part in parts])
    texts = [(f'truth, row {row}', 'posterior', f'prior: KL {observed.kl[row].sum():.1f}') for row in rows]
    return captions.above(film, texts)


def _large(images):
    """Images [T, H, W, C] from 0 to 1 as uint8, small ones enlarged."""
    scale = max(1, MAX_ENLARGED_PIXELS // max(images.shape[1:3]))
    pixels = np.round(np.clip(images, 0, 1) * 255).astype(np.uint8)
    return pixels.repeat(scale, 1).repeat(scale, 2)


def _fitted(images, height):
    """Images [T, H, W, C], with paper below down to a height."""
    return np.pad(images, [(0, 0), (0, height - images.shape[1]), (0, 0), (0, 0)], constant_values=PAPER)


def _beside(films):
    """Films of the same height side by side, with a gap; gray ones become coloured beside coloured ones."""
    channels = max(film.shape[-1] for film in films)
    gap = np.full((*films[0].shape[:2], 4, channels), PAPER, np.uint8)
    parts = []
    for film in films:
        parts += [gap, np.broadcast_to(film, (*film.shape[:-1], channels))]
    return np.concatenate(parts[1:], 2)


def _strips(expected, sample, shape):
    """Curves of all that is expected of a sample, growing with time, below pictures [T, H, W, C]."""
    frames = []
    for t in range(shape[0]):
        strips = [_strip(name, values[: t + 1, sample], values) for name, values in expected._asdict().items()]
        frames.append(np.concatenate([_drawn(strip, shape) for strip in strips]))
    return np.repeat(np.stack(frames), shape[3], -1)


def _strip(name, values, everything):
    """(text, values as shares of the range of all samples [H+1, K], number of steps)."""
    low, high = everything.min(), everything.max()
    return f'{name} {values[-1]:.3g}', (values - low) / max(high - low, 1e-6), len(everything)


def _drawn(strip, shape):
    text, shares, steps = strip
    width = shape[2]
    image = PIL.Image.fromarray(captions.text_panel(width, STRIP, [(2, 1, text, INK)], PAPER)[..., 0])
    draw = PIL.ImageDraw.Draw(image)
    draw.line([(0, STRIP - 1), (width, STRIP - 1)], PALE)
    top, bottom = CAPTION_PIXELS + 2, STRIP - 4
    points = [
        (2 + t * (width - 5) / max(steps - 1, 1), bottom - share * (bottom - top)) for t, share in enumerate(shares)
    ]
    draw.line(points, INK, 1)
    x, y = points[-1]
    draw.ellipse([x - 2, y - 2, x + 2, y + 2], INK)
    return np.asarray(image)[..., None]
