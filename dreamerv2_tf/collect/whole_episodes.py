"""Plays whole episodes with a policy."""

from collections.abc import Callable
from typing import Any

import numpy as np

from ..envs.vector import Environments
from ..replay.open_episode import OpenEpisode
from ..spec import MOMENT, Row
from .driver import Driver, OnCut, OnRow, Policy

ENDLESS_STEPS = 27_000  # after which episodes are cut where none ends; as long as those of Atari


def play_whole_episodes(
    envs: Environments,
    policy: Policy,
    episodes: int,
    on_row: OnRow,
    seeds: Callable[[int], int],
    stop: Callable[[], bool] = lambda: False,
    on_cut: OnCut = lambda index: None,
    episode_limit: int | None = None,
) -> None:
    """Plays whole episodes, shared evenly over the environments.

    Each environment plays its share and no more, so that short episodes are not favoured. An episode in which its
    environment fails does not count.

    Episodes are numbered from 0: environment i of N plays i, i + N, i + 2 N, ... What an episode draws follows from its
    number and not from those beside it.

    Args:
      envs: that play.
      policy: chooses the actions, see `Driver.step`; rows have a `MOMENT` besides, see `Moments`.
      episodes: how many.
      on_row: called with rows of counted episodes.
      seeds: function (number of an episode) that gives its seed.
      stop: once it is true, running episodes are given up.
      on_cut: called where an environment fails in an episode that would have counted.
      episode_limit: agent steps after which an episode ends as truncated; None = never.

    Raises:
      EnvironmentFailed: an environment failed three times in a row.
    """
    left = [episodes // len(envs) + (i < episodes % len(envs)) for i in range(len(envs))]

    def counted(row: Row, index: int) -> None:
        if left[index]:
            on_row(row, index)
            left[index] -= bool(row['is_last'])

    def cut(index: int) -> None:
        if left[index]:
            on_cut(index)

    moments = Moments(policy, seeds, len(envs))
    driver = Driver(envs, moments.begin, lambda: episode_limit)
    while any(left) and not stop():
        driver.step(moments.act, counted, cut)


class Moments:
    """Tells a policy at which moment of which episode each row is, so that its draws can follow from that alone.

    A moment is (seed of the episode, agent steps since its beginning).

    Args:
      policy: gets rows with `MOMENT` [N, 2].
      seeds: function (number of an episode) that gives its seed.
      envs: N.
    """

    def __init__(self, policy: Policy, seeds: Callable[[int], int], envs: int) -> None:
        self._policy, self._seeds = policy, seeds
        self._numbers = [index - envs for index in range(envs)]  # of running episodes
        self._moments = np.zeros((envs, 2), np.int64)

    def begin(self, index: int) -> int:
        """An environment begins its next episode; returns the seed."""
        self._numbers[index] += len(self._numbers)
        seed = self._seeds(self._numbers[index])
        self._moments[index] = seed, 0
        return seed

    def act(self, rows: Row, state: Any) -> tuple[np.ndarray, Any]:
        """Returns what the policy returns for rows {key: [N, ...]}."""
        chosen = self._policy({**rows, MOMENT: self._moments.copy()}, state)
        self._moments[:, 1] += 1
        return chosen


def play_episodes(
    envs: Environments,
    policy: Policy,
    episodes: int,
    on_episode: Callable[[dict[str, np.ndarray]], None],
    seeds: Callable[[int], int],
) -> None:
    """Plays as `play_whole_episodes`, and hands on each episode {key: [L+1, ...]}; one that does not end is cut."""
    running: dict[int, OpenEpisode] = {}

    def on_row(row: Row, index: int) -> None:
        if row['is_first']:
            running[index] = OpenEpisode('')
        running[index].add(row)
        if row['is_last']:
            on_episode(running.pop(index).arrays())

    def on_cut(index: int) -> None:
        running.pop(index, None)

    play_whole_episodes(envs, policy, episodes, on_row, seeds, on_cut=on_cut, episode_limit=ENDLESS_STEPS)
