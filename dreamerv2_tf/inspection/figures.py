"""Pictures of a `Dream`: matplotlib figures, made without pyplot."""

import numpy as np
from matplotlib.figure import Figure

from . import latents

COLUMNS = 10  # pictures beside each other at most


def open_loop(dream, key):
    """Truth above, predictions of all samples below, over time."""
    shown = dream.open_loop
    times = _spread(len(shown.truth[key]))
    rows = [('truth', shown.truth[key])] + [
        (f'sample {k + 1}', shown.prediction[key][:, k]) for k in range(shown.prediction[key].shape[1])
    ]
    figure, axes = _sheet(len(rows), len(times))
    for line, (label, film) in zip(axes, rows):
        _pictures(line, label, film[times])
    for axis, t in zip(axes[0], times):
        axis.set_title('seen' if t < shown.seen else f'+{t - shown.seen + 1}', fontsize=9)
    figure.suptitle(f'Open-loop prediction of {key} from {shown.seen} rows and the actions, row {shown.start} on')
    return figure


def imagined(dream, key):
    """Rollouts of the actor, and what is expected of each."""
    rollouts, expected = dream.imagined.observation[key], dream.imagined.expected._asdict()
    steps, samples = rollouts.shape[:2]
    times = _spread(steps)
    figure = Figure(figsize=(len(times) * 0.9 + 0.6, samples * 0.95 + 5.4), layout='constrained')
    above, below = figure.subfigures(2, 1, height_ratios=[samples * 0.95 + 0.4, 5])
    for k, line in enumerate(above.subplots(samples, len(times), squeeze=False)):
        _pictures(line, f'dream {k + 1}', rollouts[times, k])
        if k == 0:
            for axis, t in zip(line, times):
                axis.set_title(f'step {t}', fontsize=9)
    axes = below.subplots(len(expected), 1, sharex=True)
    for axis, (name, values) in zip(axes, expected.items()):
        for k in range(samples):
            axis.plot(values[:, k], label=f'dream {k + 1}', linewidth=1.2)
        axis.set_ylabel(name, fontsize=9)
        axis.ticklabel_format(useOffset=False)
        axis.grid(alpha=0.3)
    below.legend(*axes[0].get_legend_handles_labels(), fontsize=8, ncols=samples, loc='outside upper right')
    axes[-1].set_xlabel('agent steps imagined')
    figure.suptitle('Imagined by the actor in the world model')
    return figure


def horizon(dream):
    """Error of each observation and KL over the steps of the open-loop prediction."""
    shown = dream.open_loop
    steps = np.arange(1, len(shown.kl) + 1)
    figure = Figure(figsize=(7, 2.4 * (len(shown.truth) + 1)), layout='constrained')
    axes = figure.subplots(len(shown.truth) + 1, 1, sharex=True, squeeze=False)[:, 0]
    for axis, (key, truth) in zip(axes, shown.truth.items()):
        after = truth[shown.seen :]
        errors = _squared(shown.prediction[key][shown.seen :] - after[:, None], 2)
        _samples(axis, steps, errors, 'open loop')
        axis.plot(steps, _squared(after - truth[shown.seen - 1], 1), '--', color='0.5', label='last row repeated')
        axis.set_ylabel(f'{key}, mean squared error', fontsize=9)
        axis.legend(fontsize=8)
    _samples(axes[-1], steps, shown.kl, 'of the posterior from the prediction')
    rows = slice(shown.start + shown.seen, shown.start + shown.seen + len(steps))
    axes[-1].plot(steps, dream.observed.kl[rows].sum(-1), '--', color='0.5', label='from the prior of one step')
    axes[-1].set_ylabel('KL, nats', fontsize=9)
    axes[-1].legend(fontsize=8)
    axes[-1].set_xlabel('agent steps predicted')
    figure.suptitle(f'Open loop from row {shown.start + shown.seen - 1} of the episode')
    return figure


def latent(dream, key=None):
    """Probabilities [S, K] of the posterior at some rows, under the truth of `key`, and every variable's class.

    The states must be categorical.
    """
    rows = dream.shown[_spread(len(dream.shown), 8)]
    states = dream.observed.at(rows)
    figure = Figure(figsize=(11, 6.5 if key else 5), layout='constrained')
    above, below = figure.subfigures(2, 1, height_ratios=[2.6 if key else 1.3, 3])
    axes = above.subplots(2 if key else 1, len(rows), squeeze=False)
    if key:
        _pictures(axes[0], 'truth', dream.truth[key][np.searchsorted(dream.shown, rows)])
    for column, (axis, row, chance) in enumerate(zip(axes[-1], rows, latents.probabilities(states))):
        axis.imshow(chance, cmap='gray_r', vmin=0, vmax=1, interpolation='nearest')
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


def variables(dream):
    """Entropy of each variable, and how often each of its classes was drawn (not of Gaussian ones)."""
    observed = dream.observed
    counted = latents.is_categorical(observed.post)
    size = np.arange(observed.kl.shape[1])
    figure = Figure(figsize=(9, 7 if counted else 3.2), layout='constrained')
    axes = figure.subplots(2 if counted else 1, 1, squeeze=False, height_ratios=[1, 1.6] if counted else None)[:, 0]
    axes[0].bar(size - 0.2, observed.prior_entropy.mean(0), 0.4, label='prior', color='tab:orange')
    axes[0].bar(size + 0.2, observed.post_entropy.mean(0), 0.4, label='posterior', color='tab:blue')
    axes[0].plot(size, observed.kl.mean(0), 'k_', markersize=8, label='KL(posterior || prior)')
    axes[0].set_ylabel('mean, nats')
    axes[0].set_xlabel('variable')
    axes[0].set_xlim(-1, len(size))
    axes[0].legend(fontsize=8, ncols=3, loc='lower right', bbox_to_anchor=(1, 1))
    if counted:
        usage = latents.usage(observed.post)
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


def _spread(count, columns=COLUMNS):
    """Numbers of up to so many of `count` pictures, the first and the last among them."""
    return np.unique(np.linspace(0, count - 1, columns).round().astype(int))


def _sheet(rows, columns):
    figure = Figure(figsize=(columns * 0.9 + 0.6, rows * 0.95 + 0.7), layout='constrained')
    return figure, figure.subplots(rows, columns, squeeze=False)


def _pictures(axes, label, images):
    for axis, image in zip(axes, images):
        axis.imshow(image, cmap='gray', vmin=0, vmax=1, interpolation='nearest')
        axis.set_xticks([])
        axis.set_yticks([])
    axes[0].set_ylabel(label, fontsize=9)


def _samples(axis, steps, values, label):
    """A line for the mean of samples [H, K], pale ones for each."""
    axis.plot(steps, values, color='tab:blue', alpha=0.25, linewidth=0.8)
    axis.plot(steps, values.mean(1), color='tab:blue', label=f'{label}, mean of {values.shape[1]}')
    axis.grid(alpha=0.3)


def _squared(error, leading):
    """Mean square over all but the leading axes."""
    return np.square(error).reshape(*error.shape[:leading], -1).mean(-1)
