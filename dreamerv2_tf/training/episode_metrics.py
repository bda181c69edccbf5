"""Numbers of episodes that ended, and which of an evaluation are kept to be filmed and judged."""

import re

import numpy as np

from ..config.tree import Config
from ..replay.buffer import Buffer
from ..spec import episode_length, episode_return

MAX_EPISODES_FILMED = 2  # of an evaluation
MAX_ROWS_JUDGED = 4000  # of an evaluation, by which foresight is measured
Episode = dict[str, np.ndarray]


def numbers(mode: str, episode: Episode, replay: Buffer, config: Config) -> dict[str, float]:
    """Returns {name: number} of an episode {key: [L+1, ...]} and of the replay that keeps it.

    mode: train or eval; `log_keys_sum`, `log_keys_mean` and `log_keys_max` choose observations.
    """
    found = {
        f'{mode}_return': episode_return(episode),
        f'{mode}_length': episode_length(episode),
        f'{mode}_total_steps': replay.total_steps,
        f'{mode}_total_episodes': replay.total_episodes,
        f'{mode}_loaded_steps': replay.loaded_steps,
        f'{mode}_loaded_episodes': replay.loaded_episodes,
    }
    for kind, reduce in (('sum', np.sum), ('mean', np.mean), ('max', np.max)):
        pattern = config[f'log_keys_{kind}']
        found |= {
            f'{kind}_{mode}_{key}': float(reduce(value)) for key, value in episode.items() if re.match(pattern, key)
        }
    return found


def newest(episodes: list[Episode]) -> list[Episode]:
    """Returns the newest episodes: those that are filmed, and more while they have few rows together."""
    count, rows = 0, 0
    for episode in reversed(episodes):
        rows += len(episode['reward'])
        if count >= MAX_EPISODES_FILMED and rows > MAX_ROWS_JUDGED:
            break
        count += 1
    return episodes[-count:]
