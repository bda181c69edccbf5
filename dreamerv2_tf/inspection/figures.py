"""Figures of a `Dream`, made by matplotlib without pyplot; dream.py has the shapes of its arrays."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from matplotlib.ticker import MaxNLocator

from ..media.gif import opaque
from . import latents
from .dream import Dream

MAX_IMAGE_COLUMNS, MAX_STATE_COLUMNS = 10, 8


def open_loop(dream: Dream, key: str) -> Figure:
    """Draws images of `key` over time: truth above, the predictions of all samples below."""
    view = dream.open_loop
    times = _spread(len(view.truth[key]))
    rows = [('truth', view.truth[key])] + [
        (f'sample {k + 1}', view.prediction[key][:, k]) for k in range(view.prediction[key].shape[1])
    ]
    figure, axes = _sheet(len(rows), len(times))
    for line, (label, film) in zip(axes, rows):
        _images(line, label, film[times])
    for axis, t in zip(axes[0], times):
        axis.set_title('seen' if t < view.seen_rows else f'+{t - view.seen_rows + 1}', fontsize=9)
    figure.suptitle(f'Open-loop prediction of {key} from {view.seen_rows} rows and the actions, row {view.start} on')
    return figure


def imagined(dream: Dream, key: str) -> Figure:
    """Draws images of `key` in the rollouts of the actor, what is expected in each, and the actions of the first."""
    rollouts, expected = dream.imagined.observation[key], dream.imagined.expected._asdict()
    steps, samples = rollouts.shape[:2]
    times = _spread(steps)
    figure = Figure(figsize=(len(times) * 0.9 + 0.6, samples * 0.95 + 6.6), layout='constrained')
    above, below = _above_and_below(figure, [samples * 0.95 + 0.4, 6.2])
    for k, line in enumerate(above.subplots(samples, len(times), squeeze=False)):
        _images(line, f'dream {k + 1}', rollouts[times, k])
        if k == 0:
            for axis, t in zip(line, times):
                axis.set_title(f'step {t}', fontsize=9)
    axes = below.subplots(len(expected) + 1, 1, sharex=True)
    for axis, (name, values) in zip(axes, expected.items()):
        for k in range(samples):
            axis.plot(values[:, k], label=f'dream {k + 1}', linewidth=1.2)
        axis.set_ylabel(name, fontsize=9)
        axis.ticklabel_format(useOffset=False)
        axis.grid(alpha=0.3)
    action = dream.imagined.rollouts.action[:, 0]  # [H+1, A]
    axes[-1].imshow(action.T, aspect='auto', cmap='RdBu', vmin=-1, vmax=1, interpolation='nearest')
    axes[-1].set_ylabel('action, dream 1', fontsize=9)
    axes[-1].yaxis.set_major_locator(MaxNLocator(integer=True))
    below.legend(*axes[0].get_legend_handles_labels(), fontsize=8, ncols=samples, loc='outside upper right')
    axes[-1].set_xlabel('agent steps imagined')
    figure.suptitle('Imagined by the actor in the world model')
    return figure


def horizon(dream: Dream) -> Figure:
    """Draws the error of each observation and the KL over the steps of the open-loop prediction."""
    view = dream.open_loop
    steps = np.arange(1, len(view.kl) + 1)
    figure = Figure(figsize=(7, 2.4 * (len(view.truth) + 1)), layout='constrained')
    axes = figure.subplots(len(view.truth) + 1, 1, sharex=True, squeeze=False)[:, 0]
    for axis, (key, truth) in zip(axes, view.truth.items()):
        after = truth[view.seen_rows :]
        errors = _squared(view.prediction[key][view.seen_rows :] - after[:, None], 2)
        _samples(axis, steps, errors, 'open loop')
        axis.plot(steps, _squared(after - truth[view.seen_rows - 1], 1), '--', color='0.5', label='last row repeated')
        axis.set_ylabel(f'{key}, mean squared error', fontsize=9)
        axis.legend(fontsize=8)
    _samples(axes[-1], steps, view.kl, 'of the posterior from the prediction')
    rows = slice(view.start + view.seen_rows, view.start + view.seen_rows + len(steps))
    axes[-1].plot(steps, dream.observed.kl[rows].sum(-1), '--', color='0.5', label='from the prior of one step')
    axes[-1].set_ylabel('KL, nats', fontsize=9)
    axes[-1].legend(fontsize=8)
    axes[-1].set_xlabel('agent steps predicted')
    figure.suptitle(f'Open loop from row {view.start + view.seen_rows - 1} of the episode')
    return figure


def latent(dream: Dream, key: str | None = None) -> Figure:
    """Draws the probabilities [S, K] of the posterior at some rows, under the true images of `key`.

    Below: the class of each variable in all rows. The states must be categorical.
    """
    rows = dream.film_rows[_spread(len(dream.film_rows), MAX_STATE_COLUMNS)]
    states = dream.observed.at(rows)
    assert latents.is_categorical(states)
    figure = Figure(figsize=(11, 6.5 if key else 5), layout='constrained')
    above, below = _above_and_below(figure, [2.6 if key else 1.3, 3])
    axes = above.subplots(2 if key else 1, len(rows), squeeze=False)
    if key:
        _images(axes[0], 'truth', dream.truth[key][np.searchsorted(dream.film_rows, rows)])
    for column, (axis, row, probability) in enumerate(zip(axes[-1], rows, latents.probabilities(states))):
        axis.imshow(probability, cmap='gray_r', vmin=0, vmax=1, interpolation='nearest')
        axis.set_xticks([])
        axis.set_yticks([])
        axes[0, column].set_title(f'row {row}', fontsize=9)
    axes[-1, 0].set_ylabel('variables', fontsize=9)
    axes[-1, 0].set_xlabel('classes', fontsize=9)
    classes = dream.observed.post.stoch.argmax(-1)  # [L+1, S]
    axis = below.subplots()
    image = axis.imshow(classes.T, aspect='auto', cmap='turbo', interpolation='nearest')
    below.colorbar(image, ax=axis, label='class drawn', pad=0.01)
    axis.set_xlabel('row of the episode')
    axis.set_ylabel('variable')
    figure.suptitle('The stochastic state: probabilities of the posterior, and the class of each variable over time')
    return figure


def variables(dream: Dream) -> Figure:
    """Draws the entropy of each variable and, of categorical ones, how often each class was drawn."""
    observed = dream.observed
    usage = latents.usage(observed.post) if latents.is_categorical(observed.post) else None
    size = np.arange(observed.kl.shape[1])
    figure = Figure(figsize=(9, 3.2 if usage is None else 7), layout='constrained')
    heights = [1] if usage is None else [1, 1.6]
    axes = figure.subplots(len(heights), 1, squeeze=False, height_ratios=heights)[:, 0]
    axes[0].bar(size - 0.2, observed.prior_entropy.mean(0), 0.4, label='prior', color='tab:orange')
    axes[0].bar(size + 0.2, observed.post_entropy.mean(0), 0.4, label='posterior', color='tab:blue')
    axes[0].plot(size, observed.kl.mean(0), 'k_', markersize=8, label='KL(posterior || prior)')
    axes[0].set_ylabel('mean, nats')
    axes[0].set_xlabel('variable')
    axes[0].set_xlim(-1, len(size))
    axes[0].legend(fontsize=8, ncols=3, loc='lower right', bbox_to_anchor=(1, 1))
    if usage is not None:
        dead = (usage == 0).sum(1)
        image = axes[1].imshow(
            np.ma.masked_equal(usage.T, 0), aspect='auto', cmap='viridis', vmin=0, vmax=1, interpolation='nearest'
        )
        axes[1].set_facecolor('0.85')
        axes[1].set_ylabel('class')
        axes[1].set_xlabel('variable')
        figure.colorbar(image, ax=axes[1], label='share of rows', pad=0.01)
        axes[1].set_title(
            f'classes drawn in {len(observed.kl):,} rows; gray: never, {dead.sum():,} of {usage.size:,} '
            f'are dead, {dead.min()} to {dead.max()} of a variable',
            fontsize=10,
        )
    figure.suptitle('The stochastic variables')
    return figure


def _spread(count: int, columns: int = MAX_IMAGE_COLUMNS) -> np.ndarray:
    """Returns up to so many of the numbers 0 to count - 1, evenly spread, the first and the last among them."""
    return np.unique(np.linspace(0, count - 1, columns).round().astype(int))


def _above_and_below(figure: Figure, height_ratios: Sequence[float]) -> tuple[SubFigure, SubFigure]:
    above, below = np.asarray(figure.subfigures(2, 1, height_ratios=height_ratios))
    return above, below


def _sheet(rows: int, columns: int) -> tuple[Figure, np.ndarray]:
    figure = Figure(figsize=(columns * 0.9 + 0.6, rows * 0.95 + 0.7), layout='constrained')
    return figure, figure.subplots(rows, columns, squeeze=False)


def _images(axes: Sequence[Axes] | np.ndarray, label: str, images: np.ndarray) -> None:
    for axis, image in zip(axes, opaque(images)):
        axis.imshow(image, cmap='gray', vmin=0, vmax=1, interpolation='nearest')
        axis.set_xticks([])
        axis.set_yticks([])
    axes[0].set_ylabel(label, fontsize=9)


def _samples(axis: Axes, steps: np.ndarray, values: np.ndarray, label: str) -> None:
    """Draws a line for the mean of samples [H, K], and a pale one for each."""
    axis.plot(steps, values, color='tab:blue', alpha=0.25, linewidth=0.8)
    axis.plot(steps, values.mean(1), color='tab:blue', label=f'{label}, mean of {values.shape[1]}')
    axis.grid(alpha=0.3)


def _squared(error: np.ndarray, leading: int) -> np.ndarray:
    """Returns the mean square over all but so many leading axes."""
    return np.square(error).reshape(*error.shape[:leading], -1).mean(-1)
