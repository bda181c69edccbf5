"""Pictures of what is in saved episodes."""

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from ..files import replacing
from .actions import action_counts, action_names

COLOUR, FAINT = '#2563eb', '#94a3b8'
BINS, RECENT, CURVES = 30, 20, 200  # bars; episodes of a running mean; curves at most
DPI = 120
ENDINGS = '.png', '.pdf', '.svg'


def overview(episodes):
    """A `Figure` of the returns, lengths, rewards and actions of `Episodes`."""
    figure = Figure(figsize=(12, 7), layout='constrained')
    axes = figure.subplots(2, 3).flat
    _over_time(next(axes), episodes.returns)
    _histogram(next(axes), episodes.returns, 'return of an episode')
    _histogram(next(axes), episodes.lengths, 'agent steps of an episode')
    _within(next(axes), episodes)
    _rewards(next(axes), episodes)
    _actions(next(axes), episodes)
    figure.suptitle(f'{len(episodes):,} episodes, {episodes.lengths.sum():,} agent steps')
    return figure


def save(figure, path):
    """Writes a `Figure`, whole or not at all, as one of ENDINGS says."""
    path.parent.mkdir(parents=True, exist_ok=True)
    FigureCanvasAgg(figure)
    with replacing(path) as file:
        figure.savefig(file, dpi=DPI, format=path.suffix[1:])


def _over_time(axis, returns):
    number = np.arange(len(returns))
    axis.plot(number, returns, '.', color=FAINT, markersize=4, label='return')
    if len(returns) > RECENT:
        mean = np.convolve(returns, np.ones(RECENT) / RECENT, 'valid')
        axis.plot(number[RECENT - 1 :], mean, color=COLOUR, label=f'mean of {RECENT}')
        axis.legend(frameon=False)
    axis.set(xlabel='episode, oldest first', ylabel='return')
    axis.xaxis.set_major_locator(MaxNLocator(integer=True))


def _histogram(axis, values, label):
    axis.hist(values, BINS, color=COLOUR)
    axis.set(xlabel=label, ylabel='episodes')
    axis.yaxis.set_major_locator(MaxNLocator(integer=True))


def _within(axis, episodes):
    """How the return of each episode comes about."""
    count = min(CURVES, len(episodes))
    for index in np.linspace(0, len(episodes) - 1, count).astype(int):
        axis.plot(np.cumsum(episodes[index].reward), color=COLOUR, alpha=max(0.1, count**-0.5), linewidth=0.8)
    axis.set(xlabel='agent step', ylabel='return so far')


def _rewards(axis, episodes):
    rewards = np.concatenate([episode.reward[1:] for episode in episodes])
    rewards = rewards[rewards != 0]
    axis.hist(rewards, BINS, color=COLOUR)
    axis.set(xlabel=f'reward, where it is not 0 ({len(rewards):,} times)', ylabel='agent steps')


def _actions(axis, episodes):
    if episodes.spaces.action.discrete:
        counts = action_counts(episodes)
        axis.bar(action_names(len(counts)), counts / counts.sum(), color=COLOUR)
        axis.tick_params('x', rotation=90 if len(counts) > 8 else 0)
        axis.set(ylabel='share of actions')
    else:
        actions = np.concatenate([episode.action[1:] for episode in episodes])
        axis.violinplot(actions, np.arange(actions.shape[1]), showmedians=True)
        axis.set(xlabel='dimension', ylabel='action')
