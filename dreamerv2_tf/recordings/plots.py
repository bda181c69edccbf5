"""Plots of saved episodes."""

import math
import pathlib

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from ..files import replacing
from ..spec import ActionBlock
from .actions import action_counts, action_names
from .episodes import Episodes

COLOUR, FAINT = '#2563eb', '#94a3b8'
HISTOGRAM_BARS, MEAN_EPISODES, MAX_CURVES = 30, 20, 200
COLUMNS, OTHER_AXES, MAX_BLOCKS = 3, 5, 7  # at most so many blocks of actions are drawn
MAX_UPRIGHT_NAMES = 8  # of actions; more are turned
DPI = 120
MIN_RELATIVE_RANGE = 1e-9  # of a histogram; floats cannot tell the bars of narrower ones apart
ENDINGS = '.png', '.pdf', '.svg'


def overview(episodes: Episodes) -> Figure:
    """Returns a figure of the returns, lengths, rewards and actions of `Episodes`."""
    blocks = [block for block in episodes.spaces.action.blocks if math.prod(block.shape)][:MAX_BLOCKS]
    lines = -(-(OTHER_AXES + len(blocks)) // COLUMNS)
    figure = Figure(figsize=(4 * COLUMNS, 3.5 * lines), layout='constrained')
    axes = figure.subplots(lines, COLUMNS).flat
    _over_time(next(axes), episodes.returns)
    _histogram(next(axes), episodes.returns, 'return of an episode')
    _histogram(next(axes), episodes.lengths, 'agent steps of an episode')
    _within(next(axes), episodes)
    _rewards(next(axes), episodes)
    for block in blocks:
        _actions(next(axes), episodes, block)
    for unused in axes:
        unused.remove()
    figure.suptitle(f'{len(episodes):,} episodes, {episodes.lengths.sum():,} agent steps')
    return figure


def save(figure: Figure, path: pathlib.Path) -> None:
    """Writes a figure, whole or not at all, in the format of the path's ending, one of `ENDINGS`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    FigureCanvasAgg(figure)
    with replacing(path) as file:
        figure.savefig(file, dpi=DPI, format=path.suffix[1:])


def _over_time(axis: Axes, returns: np.ndarray) -> None:
    number = np.arange(len(returns))
    axis.plot(number, returns, '.', color=FAINT, markersize=4, label='return')
    if len(returns) > MEAN_EPISODES:
        mean = np.convolve(returns, np.ones(MEAN_EPISODES) / MEAN_EPISODES, 'valid')
        axis.plot(number[MEAN_EPISODES - 1 :], mean, color=COLOUR, label=f'mean of {MEAN_EPISODES}')
        axis.legend(frameon=False)
    axis.set(xlabel='episode, oldest first', ylabel='return')
    axis.xaxis.set_major_locator(MaxNLocator(integer=True))


def _histogram(axis: Axes, values: np.ndarray, label: str) -> None:
    axis.hist(values, HISTOGRAM_BARS, range=_range(values), color=COLOUR)
    axis.set(xlabel=label, ylabel='episodes')
    axis.yaxis.set_major_locator(MaxNLocator(integer=True))


def _range(values: np.ndarray) -> tuple[float, float]:
    """Returns the ends of a histogram, which are apart also where all values are the same."""
    if not len(values):
        return 0, 1
    low, high = float(values.min()), float(values.max())
    margin = MIN_RELATIVE_RANGE * max(abs(low), abs(high))
    return (low, high) if high - low > margin else (low - max(0.5, margin), high + max(0.5, margin))


def _within(axis: Axes, episodes: Episodes) -> None:
    """Draws how the return of each episode grows."""
    count = min(MAX_CURVES, len(episodes))
    for index in np.linspace(0, len(episodes) - 1, count).astype(int):
        axis.plot(
            np.cumsum(episodes[index].reward, dtype=np.float64),
            color=COLOUR,
            alpha=max(0.1, count**-0.5),
            linewidth=0.8,
        )
    axis.set(xlabel='agent step', ylabel='return so far')


def _rewards(axis: Axes, episodes: Episodes) -> None:
    rewards = np.concatenate([episode.reward[1:] for episode in episodes])
    rewards = rewards[rewards != 0].astype(np.float64)
    axis.hist(rewards, HISTOGRAM_BARS, range=_range(rewards), color=COLOUR)
    axis.set(xlabel=f'reward, where it is not 0 ({len(rewards):,} times)', ylabel='agent steps')


def _actions(axis: Axes, episodes: Episodes, block: ActionBlock) -> None:
    """Draws how often each choice of a block of the actions was taken, or how its numbers spread."""
    name = _plain(block.names[0])
    if not block.discrete:
        actions = [episode.action[1:, block.begin : block.end] for episode in episodes]
        axis.violinplot(np.concatenate(actions).astype(np.float64), np.arange(*block.shape), showmedians=True)
        axis.set(xlabel='dimension', ylabel=f'action {name}'.strip())
        return
    counts = action_counts(episodes)[block.begin : block.end].reshape(block.shape)
    shares = counts / max(1, counts[0].sum())
    if len(shares) == 1:
        axis.bar(action_names(shares.size), shares[0], color=COLOUR)
        axis.tick_params('x', rotation=90 if shares.size > MAX_UPRIGHT_NAMES else 0)
        axis.set(xlabel=name, ylabel='share of actions')
        return
    image = axis.imshow(shares, aspect='auto', cmap='Blues', vmin=0, vmax=1, interpolation='nearest')
    axis.figure.colorbar(image, ax=axis, label='share of actions')
    axis.xaxis.set_major_locator(MaxNLocator(integer=True))
    if len(shares) <= MAX_UPRIGHT_NAMES:
        axis.set_yticks(range(len(shares)), [_plain(each) for each in block.names])
    axis.set(xlabel='choice', ylabel=f'part, from {name} on')


def _plain(text: str) -> str:
    """Returns a text that matplotlib does not take for a formula."""
    return text.replace('$', r'\$')
