"""Plays whole episodes with a policy."""

from collections.abc import Callable
from typing import Any

from ..spec import Row
from .driver import Driver, OnRow, Policy


def play_whole_episodes(
    envs: Any,
    policy: Policy,
    episodes: int,
    on_row: OnRow,
    seeds: Callable[[int], int],
    stop: Callable[[], bool] = lambda: False,
) -> None:
    """Plays whole episodes, shared evenly over the environments.

    Each environment plays its share and no more, so that short episodes are not favoured.

    Args:
      envs: `Serial` or `Processes`.
      policy: chooses the actions, see `Driver.step`.
      episodes: how many.
      on_row: called with rows of counted episodes.
      seeds: see `Driver`.
      stop: once it is true, running episodes are given up.
    """
    left = [episodes // len(envs) + (i < episodes % len(envs)) for i in range(len(envs))]

    def counted(row: Row, index: int) -> None:
        if left[index]:
            on_row(row, index)
            left[index] -= bool(row['is_last'])

    driver = Driver(envs, seeds)
    while any(left) and not stop():
        driver.step(policy, counted)
