"""Writes the figures, films and numbers of a `Dream` to a folder."""

import functools
import pathlib
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from ..files import replacing, safe_name
from ..media.gif import gif
from . import figures, films, latents
from .dream import Dream

Draw = Callable[[], Figure | np.ndarray]  # gives a figure, or the frames of a film, uint8 [T, H, W, C]


def drawings(dream: Dream, film_keys: Sequence[str]) -> dict[str, Draw]:
    """Returns {file name: function that draws it}, without those that cannot be drawn.

    Args:
      dream: a `Dream`.
      film_keys: `SavedAgent.film_keys`.
    """
    draws: dict[str, Draw] = {
        'horizon.png': functools.partial(figures.horizon, dream),
        'variables.png': functools.partial(figures.variables, dream),
    }
    categorical = latents.is_categorical(dream.observed.post)
    if categorical:
        draws['latent.png'] = functools.partial(figures.latent, dream, next(iter(film_keys), None))
    for key in film_keys:
        film_makers = [films.reconstruction, films.open_loop, films.imagined]
        film_makers += [films.latent] if categorical else []
        draws |= {f'{make.__name__}_{safe_name(key)}.gif': functools.partial(make, dream, key) for make in film_makers}
        draws |= {
            f'{make.__name__}_{safe_name(key)}.png': functools.partial(make, dream, key)
            for make in (figures.open_loop, figures.imagined)
        }
    return draws


def left_out(dream: Dream, film_keys: Sequence[str]) -> list[str]:
    """Returns a sentence for each thing that `drawings` leaves out, with the reason."""
    sentences = [
        f'`{key}` is no picture with 1, 3 or 4 channels: no film of it' for key in dream.truth if key not in film_keys
    ]
    if not latents.is_categorical(dream.observed.post):
        sentences.append('the latents are Gaussian: no picture of classes and their usage')
    return sentences


def write_drawing(path: pathlib.Path, draw: Draw) -> None:
    """Writes one of `drawings` as a PNG or GIF file, whole or not at all."""
    drawing = draw()
    with replacing(path) as file:
        if isinstance(drawing, Figure):
            drawing.savefig(file, format='png', dpi=120)
        else:
            file.write(gif(drawing, films.FRAMES_PER_SECOND))


def write_numbers(path: pathlib.Path, dream: Dream) -> None:
    """Writes `Dream.numbers` as an .npz file without pickles, whole or not at all."""
    arrays: dict[str, Any] = {**dream.numbers()}
    with replacing(path) as file:
        np.savez_compressed(file, **arrays)
