"""Plots for papers and pages. Each function returns a matplotlib `Figure` that belongs to no window."""

import io

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from ..scores import protocol, published
from ..scores.normalize import normalized
from .binning import bins
from .bootstrap import profile

COLOURS = ('#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9')  # told apart by the colour-blind
PUBLISHED = '#555555'
POINTS = 20  # of a run's curve at least, where bins as wide as the published ones would give fewer
CURVE_SIZE = (3.6, 2.7)  # inches
LEGEND_INCHES = 0.35
DOTS_PER_INCH = 100
TICKS = 4  # of an axis of a panel, at most


def curves(groups, width=None, columns=5):
    """Learning curves, a panel per task.

    Args:
      groups: {task: {method: list of `Run`}}; without methods the published curve alone.
      width: frames of a bin; None = those of the published curve, less for short runs.
    """
    columns = min(columns, len(groups))
    lines = -(-len(groups) // columns)
    width_inches, height_inches = CURVE_SIZE[0] * columns, CURVE_SIZE[1] * lines + LEGEND_INCHES
    figure = _figure(width_inches, height_inches, layout=None)  # a fitted layout takes twice the time
    figure.subplots_adjust(
        left=0.6 / width_inches,
        right=1 - 0.2 / width_inches,
        bottom=0.45 / height_inches,
        top=1 - (0.25 + LEGEND_INCHES) / height_inches,
        wspace=0.25,
        hspace=0.45,
    )
    panels = figure.subplots(lines, columns, squeeze=False).flat
    methods = list(dict.fromkeys(method for each in groups.values() for method in each))
    for (task, by_method), panel in zip(groups.items(), panels):
        _curve(panel, task, by_method, methods, width)
    for panel in list(panels):
        panel.set_axis_off()
    _legend(figure)
    return figure


def profiles(scores):
    """Performance profiles: share of runs above each gamer-normalised score.

    scores: {name: {game: normalised scores of its seeds [N]}}.
    """
    figure = _figure(6, 4)
    axes = figure.subplots()
    thresholds = np.linspace(0, 8, 161)
    for index, (name, by_game) in enumerate(scores.items()):
        axes.step(
            thresholds,
            profile(by_game, thresholds),
            where='post',
            label=_plain(name),
            color=COLOURS[index % len(COLOURS)],
        )
    axes.set(xlabel='gamer-normalised score', ylabel='share of runs above it', ylim=(0, 1.02), xlim=(0, 8))
    _tidy(axes)
    _legend(figure)
    return figure


def bars(rows):
    """Gamer-normalised scores of each game, and the published agent's at the same frames and at its end."""
    rows = [row for row in rows if row.game]
    figure = _figure(7, 1.2 + 0.26 * len(rows))
    axes = figure.subplots()
    methods = list(dict.fromkeys(row.method for row in rows))
    for place, row in enumerate(rows):
        axes.barh(
            place,
            normalized(row.mean, row.game, 'gamer'),
            height=0.7,
            color=COLOURS[methods.index(row.method) % len(COLOURS)],
            label=_plain(row.method),
        )
        if row.point:
            axes.plot(
                normalized(row.point.mean, row.game, 'gamer'),
                place,
                'D',
                color='black',
                markersize=4,
                label='published, same frames',
            )
        final = row.game.finals['dreamerv2'].mean()
        axes.plot(
            normalized(final, row.game, 'gamer'), place, '|', color='black', markersize=9, label='published, final'
        )
    names = [f'{row.game.name}, {row.method}' if len(methods) > 1 else row.game.name for row in rows]
    axes.set_yticks(range(len(rows)), list(map(_plain, names)))
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.set_xscale('symlog', linthresh=1)
    axes.xaxis.set_major_formatter('{x:g}')
    axes.set_xlabel('gamer-normalised score (linear up to 1, logarithmic beyond)')
    axes.axvline(0, color='black', linewidth=0.8)
    axes.axvline(1, color=PUBLISHED, linewidth=0.8, linestyle=':')
    _tidy(axes)
    _legend(figure)
    return figure


def svg(figure):
    """The bytes of a figure as SVG; the same figure gives the same bytes."""
    return _saved(figure, format='svg', metadata={'Date': None})


def png(figure):
    """The bytes of a figure as PNG."""
    return _saved(figure, format='png', dpi=DOTS_PER_INCH)


def _curve(axes, task, by_method, methods, width):
    curve = _comparable_curve(task, by_method)
    ends = [int(run.frames[-1]) for runs in by_method.values() for run in runs]
    if curve:
        axes.fill_between(curve.frames / 1e6, curve.low, curve.high, color=PUBLISHED, alpha=0.2, linewidth=0)
        axes.plot(
            curve.frames / 1e6,
            curve.mean,
            color=PUBLISHED,
            linewidth=1.2,
            linestyle='--',
            zorder=3,
            label='published mean, range of seeds',
        )
        until = min(curve.last, max(1.3 * max(ends), 2 * curve.first)) if ends else curve.last
        axes.set_xlim(0, until / 1e6)
        seen = curve.frames <= until
        ends_of_y = [curve.low[seen].min(), curve.high[seen].max()]
    else:
        ends_of_y = []
    for method, runs in by_method.items():
        colour = COLOURS[methods.index(method) % len(COLOURS)]
        binned = [bins(run, width or _width(task, ends)) for run in runs]
        for frames, returns in binned:
            axes.plot(frames / 1e6, returns, color=colour, linewidth=0.7, alpha=0.45)
            ends_of_y += [returns.min(), returns.max()]
        frames, mean = _mean(binned)
        axes.plot(
            frames / 1e6,
            mean,
            color=colour,
            linewidth=1.8,
            label=_plain(method),
            marker='.' if len(frames) < 3 else None,
        )
    low, high = min(ends_of_y), max(ends_of_y)
    axes.set_ylim(low - 0.05 * (high - low or 1), high + 0.05 * (high - low or 1))
    axes.set_title(_plain(task), fontsize=9, y=1)
    axes.set_xlabel('million frames', fontsize=8)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MaxNLocator(TICKS))  # ticks take most of the time of a panel
    _tidy(axes)


def _comparable_curve(task, by_method):
    runs = [run for each in by_method.values() for run in each]
    if any(run.refusal for run in runs):
        return None
    return runs[0].curve if runs else published.curve_of(task)


def _mean(binned):
    """(frames [N], mean return [N]) as far as half of the runs go; others stay where they ended."""
    frames = np.unique(np.concatenate([frames for frames, _ in binned]))
    frames = frames[frames <= np.median([each[-1] for each, _ in binned])]
    return frames, np.mean([np.interp(frames, *each) for each in binned], 0)


def _width(task, ends):
    return max(1, min(protocol.bin_frames_of(task), max(ends) // POINTS))


def _saved(figure, **how):
    file = io.BytesIO()
    figure.savefig(file, **how)
    return file.getvalue()


def _figure(width, height, layout='constrained'):
    figure = Figure((width, height), layout=layout)
    FigureCanvasAgg(figure)
    return figure


def _tidy(axes):
    axes.spines[['top', 'right']].set_visible(False)
    axes.tick_params(labelsize=8)
    axes.grid(alpha=0.25, linewidth=0.5)


def _legend(figure):
    """One legend above all panels, each label once."""
    known = {label: handle for panel in figure.axes for handle, label in zip(*panel.get_legend_handles_labels())}
    if known:
        place = 'outside upper left' if figure.get_layout_engine() else 'upper left'
        figure.legend(known.values(), known.keys(), fontsize=8, frameon=False, loc=place, ncols=3)


def _plain(text):
    """Text whose dollars are no formulas."""
    return text.replace('$', r'\$')
