"""Tables of saved episodes, for terminals."""

import collections
from collections.abc import Callable, Mapping

import numpy as np
import rich.table
from rich.console import Group

from ..display.printable import plain
from ..spec import ActionBlock
from .actions import action_counts, action_names
from .episodes import Episode, Episodes

MAX_REWARDS_SHOWN = 20
MAX_CHOICES_SHOWN = 6  # of a part of the actions
TEXTS = ('', 'bar', 'key', 'kind', 'ended by', 'file', 'part', 'most frequent')  # columns that are no numbers
BAR_CHARACTERS = 24  # of the longest bar


def listing(episodes: Episodes, order: Callable[[Episode], str | float]) -> Group:
    """Returns a row per episode, numbered as in `Episodes`; `order` gives what to sort by. Broken files come last."""
    table = _table('number', 'saved', 'steps', 'return', 'ended by', 'file')
    broken = {index: episode.fault for index, episode in enumerate(episodes) if episode.fault}
    whole = [(index, episode) for index, episode in enumerate(episodes) if index not in broken]
    for index, episode in sorted(whole, key=lambda numbered: order(numbered[1])):
        outcome = f'{episode.total_return:g}', _ended(episode)
        _add(table, str(index), f'{episode.time}', f'{episode.length:,}', *outcome, episode.path.name)
    for index, fault in broken.items():
        episode = episodes[index]
        _add(table, str(index), f'{episode.time}', f'{episode.length:,}', '', f'broken: {fault}', episode.path.name)
    return _titled(f'{len(episodes):,} episodes', table)


def summary(episodes: Episodes) -> Group:
    """Returns statistics of all episodes: returns, lengths, ends, rewards and actions."""
    table = _table('', 'mean', 'std', 'least', 'median', 'most')
    for name, values in (('return', episodes.returns), ('steps', episodes.lengths)):
        numbers = values.mean(), values.std(), values.min(), np.median(values), values.max()
        _add(table, name, *(f'{number:,.4g}' if name == 'return' else f'{number:,.0f}' for number in numbers))
    ends = collections.Counter(_ended(episode) for episode in episodes)
    title = f'{len(episodes):,} episodes, {episodes.lengths.sum():,} agent steps'
    return Group(_titled(title, table), _bars('ended by', ends), _rewards(episodes), _actions(episodes))


def single(episodes: Episodes) -> Group:
    """Returns what the first episode holds."""
    episode = episodes[0]
    table = _table('key', 'rows', 'kind', 'least', 'most')
    for key in episode.keys():
        values = episode[key]
        shape = 'x'.join(map(str, values.shape))
        ends = (f'{values.min():g}', f'{values.max():g}') if values.size else ('', '')
        _add(table, key, shape, str(values.dtype), *ends)
    text = plain(
        f'saved {episode.time}, {episode.length:,} agent steps, return {episode.total_return:g}, '
        f'ended by {_ended(episode)}'
    )
    return Group(_titled(str(episode.path), table), text, '', _nonzero_rewards(episode), _actions(episodes[:1]))


def _rewards(episodes: Episodes) -> Group:
    """Returns how often each reward other than 0 came; of ranges where there are many different ones."""
    rewards = np.concatenate([episode.reward[np.flatnonzero(episode.reward)] for episode in episodes])
    rewards = rewards.astype(np.float64)
    values, counts = np.unique(rewards, return_counts=True)
    names = [f'{value:g}' for value in values]
    if len(values) > MAX_REWARDS_SHOWN:
        counts, edges = np.histogram(rewards, MAX_REWARDS_SHOWN // 2)
        names = [f'{low:.3g} to {high:.3g}' for low, high in zip(edges, edges[1:])]
    return _bars('rewards other than 0', dict(zip(names, counts.tolist())))


def _nonzero_rewards(episode: Episode) -> Group:
    steps = np.flatnonzero(episode.reward)
    more = f', the first {MAX_REWARDS_SHOWN}' if len(steps) > MAX_REWARDS_SHOWN else ''
    table = _table('step', 'reward', 'return')
    returns = np.cumsum(episode.reward, dtype=np.float64)
    for step in steps[:MAX_REWARDS_SHOWN]:
        _add(table, f'{step:,}', f'{episode.reward[step]:g}', f'{returns[step]:g}')
    return _titled(f'{len(steps):,} rewards other than 0{more}', table)


def _actions(episodes: Episodes) -> Group:
    """Returns how often each choice was taken, and statistics of numbers: a table for each block of the actions."""
    blocks = episodes.spaces.action.blocks
    counts = action_counts(episodes)
    return Group(*(_block(episodes, block, counts[block.begin : block.end]) for block in blocks))


def _block(episodes: Episodes, block: ActionBlock, counts: np.ndarray) -> Group:
    title = ' '.join(['actions', *block.names[:1]]).strip()
    if not block.discrete:
        table = _table('dimension', 'mean', 'std', 'least', 'most')
        actions = [episode.action[1:, block.begin : block.end] for episode in episodes]
        for index, values in enumerate(np.concatenate(actions).astype(np.float64).T):
            numbers = values.mean(), values.std(), values.min(), values.max()
            _add(table, str(index), *(f'{number:.3f}' for number in numbers))
        return _titled(title, table)
    if len(block.names) == 1:
        return _bars(title, dict(zip(action_names(len(counts)), counts.tolist())))
    table = _table('part', 'most frequent')
    for name, shares in zip(block.names, counts.reshape(block.shape) / max(1, counts[: block.shape[1]].sum())):
        often = np.argsort(-shares, kind='stable')[:MAX_CHOICES_SHOWN]
        _add(table, name, ', '.join(f'{choice}: {shares[choice]:.1%}' for choice in often))
    return _titled(f'actions {block.names[0]} to {block.names[-1]}', table)


def _bars(title: str, counts: Mapping[str, int]) -> Group:
    table = _table('', 'count', 'share', 'bar')
    total, most = max(1, sum(counts.values())), max(1, *counts.values(), 0)
    for name, count in counts.items():
        _add(table, name, f'{count:,}', f'{count / total:.1%}', '█' * round(BAR_CHARACTERS * count / most))
    return _titled(title, table)


def _table(*columns: str) -> rich.table.Table:
    table = rich.table.Table(box=None, pad_edge=False)
    for column in columns:
        number = column not in TEXTS
        table.add_column(column.removeprefix('bar'), justify='right' if number else 'left', overflow='fold')
    return table


def _add(table: rich.table.Table, *cells: str) -> None:
    table.add_row(*map(plain, cells))


def _titled(title: str, table: rich.table.Table) -> Group:
    return Group(plain(title, 'bold'), table if table.row_count else '', '')


def _ended(episode: Episode) -> str:
    return 'the game' if episode.terminal else 'a limit'
