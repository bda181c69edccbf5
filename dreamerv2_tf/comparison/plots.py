"""Draws plots for papers and pages, as matplotlib figures that belong to no window."""

import io
import warnings
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from ..display.printable import brief
from ..scores import protocol, published
from ..scores.curves import Curve
from ..scores.normalize import normalized
from .binning import bins
from .bootstrap import profile
from .runs import Run
from .verdicts import Row

COLOURS = ('#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9')  # that colour-blind people can tell apart
PUBLISHED_COLOUR = '#555555'
MIN_CURVE_POINTS = 20  # of a run's curve; bins are narrower than the published ones if they would give fewer
PANEL_INCHES = (3.6, 2.7)
LEGEND_INCHES = 0.35
DOTS_PER_INCH = 100
MAX_TICKS = 4  # of an axis of a panel
MAX_LABEL_CHARACTERS = 50
EARLY_LABEL = 'DreamerV3 on Atari 100k: another agent and protocol'  # where nothing of DreamerV2 is published


def curves(groups: Mapping[str, Mapping[str, Sequence[Run]]], width: int | None = None, columns: int = 5) -> Figure:
    """Draws learning curves, a panel for each task.

    Args:
      groups: {task: {method: its runs}}; without methods the published curve alone.
      width: frames of a bin; None = those of the published curve, less for short runs.
      columns: panels beside each other, at most.
    """
    columns = min(columns, len(groups))
    lines = -(-len(groups) // columns)
    width_inches, height_inches = PANEL_INCHES[0] * columns, PANEL_INCHES[1] * lines + LEGEND_INCHES
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


def profiles(scores: Mapping[str, Mapping[str, np.ndarray]]) -> Figure:
    """Draws performance profiles: the share of runs above each gamer-normalised score.

    Args:
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


def bars(rows: Sequence[Row]) -> Figure:
    """Draws gamer-normalised scores of each game beside the published agent's at the same frames and at its end."""
    scored = [(row, row.game) for row in rows if row.game]
    figure = _figure(7, 1.2 + 0.26 * len(scored))
    axes = figure.subplots()
    methods = list(dict.fromkeys(row.method for row, _ in scored))
    for place, (row, game) in enumerate(scored):
        axes.barh(
            place,
            normalized(row.mean, game, 'gamer'),
            height=0.7,
            color=COLOURS[methods.index(row.method) % len(COLOURS)],
            label=_plain(row.method),
        )
        if row.point:
            axes.plot(
                normalized(row.point.mean, game, 'gamer'),
                place,
                'D',
                color='black',
                markersize=4,
                label='published, same frames',
            )
        final = float(game.finals['dreamerv2'].mean())
        axes.plot(normalized(final, game, 'gamer'), place, '|', color='black', markersize=9, label='published, final')
    names = [f'{game.name}, {row.method}' if len(methods) > 1 else game.name for row, game in scored]
    axes.set_yticks(range(len(scored)), list(map(_plain, names)))
    axes.set_ylim(len(scored) - 0.4, -0.6)
    axes.set_xscale('symlog', linthresh=1)
    axes.xaxis.set_major_formatter('{x:g}')
    axes.set_xlabel('gamer-normalised score (linear up to 1, logarithmic beyond)')
    axes.axvline(0, color='black', linewidth=0.8)
    axes.axvline(1, color=PUBLISHED_COLOUR, linewidth=0.8, linestyle=':')
    _tidy(axes)
    _legend(figure)
    return figure


def svg(figure: Figure) -> bytes:
    """Returns the bytes of a figure as SVG; the same figure gives the same bytes."""
    return _saved(figure, format='svg', metadata={'Date': None})


def png(figure: Figure) -> bytes:
    """Returns the bytes of a figure as PNG."""
    return _saved(figure, format='png', dpi=DOTS_PER_INCH)


def _curve(
    axes: Axes, task: str, by_method: Mapping[str, Sequence[Run]], methods: Sequence[str], width: int | None
) -> None:
    """Draws the published curve and the runs of a task into a panel."""
    curve = _comparable_curve(task, by_method)
    ends = [int(run.frames[-1]) for runs in by_method.values() for run in runs]
    ends_of_y = []
    if curve:
        early = published.early_curve_of(task) if ends and max(ends) < curve.first else None
        shown = early or curve
        axes.fill_between(shown.frames / 1e6, shown.low, shown.high, color=PUBLISHED_COLOUR, alpha=0.2, linewidth=0)
        axes.plot(
            shown.frames / 1e6,
            shown.mean,
            color=PUBLISHED_COLOUR,
            linewidth=1.2,
            linestyle=':' if early else '--',
            zorder=3,
            label=EARLY_LABEL if early else 'published mean, range of seeds',
        )
        until = min(shown.last, max(1.3 * max(ends), 2 * shown.first)) if ends else shown.last
        axes.set_xlim(0, max(until, *ends) / 1e6 if ends else until / 1e6)
        seen = shown.frames <= until
        ends_of_y = [shown.low[seen].min(), shown.high[seen].max()]
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
        axis.set_major_locator(MaxNLocator(MAX_TICKS))  # ticks take most of the time of a panel
    _tidy(axes)


def _comparable_curve(task: str, by_method: Mapping[str, Sequence[Run]]) -> Curve | None:
    """Returns the published curve, or None if a run must not be set beside it."""
    runs = [run for each in by_method.values() for run in each]
    if any(run.refusal for run in runs):
        return None
    return runs[0].curve if runs else published.curve_of(task)


def _mean(binned: Sequence[tuple[np.ndarray, np.ndarray]]) -> tuple[np.ndarray, np.ndarray]:
    """Averages runs as far as half of them go; those that ended before keep their last return.

    Args:
      binned: frames [M] and mean returns [M] of each run.

    Returns:
      frames: int64 [N].
      means: mean returns there, float64 [N].
    """
    frames = np.unique(np.concatenate([frames for frames, _ in binned]))
    frames = frames[frames <= np.median([each[-1] for each, _ in binned])]
    return frames, np.mean([np.interp(frames, *each) for each in binned], 0)


def _width(task: str, ends: Sequence[int]) -> int:
    return max(1, min(protocol.bin_frames_of(task), max(ends) // MIN_CURVE_POINTS))


def _saved(figure: Figure, **options: Any) -> bytes:
    file = io.BytesIO()
    with warnings.catch_warnings():
        warnings.filterwarnings('ignore', 'Glyph .* missing from font')  # it is drawn as a box
        figure.savefig(file, **options)
    return file.getvalue()


def _figure(width: float, height: float, layout: Literal['constrained'] | None = 'constrained') -> Figure:
    """Returns an empty figure of a size in inches."""
    figure = Figure((width, height), layout=layout)
    FigureCanvasAgg(figure)
    return figure


def _tidy(axes: Axes) -> None:
    axes.spines[['top', 'right']].set_visible(False)
    axes.tick_params(labelsize=8)
    axes.grid(alpha=0.25, linewidth=0.5)


def _legend(figure: Figure) -> None:
    """Puts one legend above all panels, each label once."""
    handles: dict[str, Artist] = {}
    for panel in figure.axes:
        for handle, label in zip(*panel.get_legend_handles_labels()):
            handles[str(label)] = handle
    if handles:
        place: Any = 'outside upper left' if figure.get_layout_engine() else 'upper left'
        figure.legend(list(handles.values()), list(handles), fontsize=8, frameon=False, loc=place, ncols=3)


def _plain(text: str) -> str:
    """Returns a label that is not too long, whose dollars begin no formulas, and that no legend leaves out."""
    short = brief(text, MAX_LABEL_CHARACTERS).replace('$', r'\$')
    return f' {short}' if short.startswith('_') else short
