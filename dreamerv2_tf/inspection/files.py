"""Writes all that shows a `Dream` to a folder."""

import functools

import numpy as np

from ..files import replacing
from ..media.gif import gif
from . import figures, films, latents


def products(dream, film_keys):
    """{file name: function that gives a figure, or the frames of a film}, as far as it can be shown.

    Args:
      dream: a `Dream`.
      film_keys: `SavedAgent.film_keys`.
    """
    made = {
        'horizon.png': functools.partial(figures.horizon, dream),
        'variables.png': functools.partial(figures.variables, dream),
    }
    categorical = latents.is_categorical(dream.observed.post)
    if categorical:
        made['latent.png'] = functools.partial(figures.latent, dream, next(iter(film_keys), None))
    for key in film_keys:
        shown = [films.reconstruction, films.open_loop, films.imagined]
        shown += [films.latent] if categorical else []
        made |= {f'{film.__name__}_{key}.gif': functools.partial(film, dream, key) for film in shown}
        made |= {
            f'{figure.__name__}_{key}.png': functools.partial(figure, dream, key)
            for figure in (figures.open_loop, figures.imagined)
        }
    return made


def left_out(dream, film_keys):
    """What cannot be shown, and why, as sentences."""
    told = [f'`{key}` is no picture with 1 or 3 channels: no film of it' for key in dream.truth if key not in film_keys]
    if not latents.is_categorical(dream.observed.post):
        told.append('the latents are Gaussian: no picture of classes and their usage')
    return told


def write(folder, name, product):
    """Writes what a function of `products` gives as `folder/name`, whole or not at all."""
    made = product()
    with replacing(folder / name) as file:
        if name.endswith('.gif'):
            file.write(gif(made, films.FRAMES_PER_SECOND))
        else:
            made.savefig(file, format='png', dpi=120)


def write_numbers(folder, dream):
    """Writes `folder/dream.npz`: `Dream.numbers`, without pickles."""
    with replacing(folder / 'dream.npz') as file:
        np.savez_compressed(file, **dream.numbers())
