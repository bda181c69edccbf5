"""Plays whole episodes with an agent, and films them."""

import functools
import pathlib
from collections.abc import Callable
from typing import Any

import numpy as np
import rich.console
import rich.progress

from .. import build
from ..agent.random_policy import RandomPolicy
from ..collect.driver import Policy
from ..collect.whole_episodes import play_episodes
from ..envs.vector import Environments
from ..errors import UserError
from ..files import replacing, safe_name
from ..media.gif import gif, is_film, watchable
from ..seeding import generator
from ..spec import Row, episode_length, episode_return

Episode = dict[str, np.ndarray]


def policy_of(name: str, agent: build.Agent, seed: int, sample: bool) -> Policy:
    """Returns the policy of a name.

    Args:
      name: agent, random, or constant:N with the number of an action, constant:N,M,... with that of each part.
      agent: whose actions there are.
      seed: of random actions.
      sample: the agent draws its actions as in training.

    Raises:
      UserError: another name, or no such action.
    """
    action = agent.spaces.action
    kind, _, number = name.partition(':')
    if name == 'agent':
        return agent.train_policy if sample else agent.eval_policy
    if name == 'random':
        return RandomPolicy(action, generator(seed, 'random policy'))
    numbers, sizes = number.split(','), [part.size for part in action.parts]
    fits = len(numbers) == len(sizes) and all(
        each.isdecimal() and int(each) < size for each, size in zip(numbers, sizes)
    )
    if kind != 'constant' or not action.discrete or not fits:
        ranges = ', '.join(f'0 to {size - 1}' for size in sizes)
        one = 'N with N' if action.is_choice else f'{len(sizes)} numbers with commas,'
        allowed = f', or constant:{one} from {ranges}' if action.discrete else ''
        raise UserError(f'`--policy` must be agent or random{allowed}. Received: {name!r}')
    chosen = [np.eye(size, dtype=np.float32)[int(each)] for each, size in zip(numbers, sizes)]
    return functools.partial(_constant, np.concatenate(chosen))


def play(
    envs: Environments, policy: Policy, episodes: int, seed: int, keep: Callable[[int, Episode], None] | None = None
) -> list[dict[str, float]]:
    """Plays whole episodes, shared evenly over the environments; one that does not end is cut.

    Args:
      envs: that play.
      policy: chooses the actions.
      episodes: how many.
      seed: of what the environments draw.
      keep: called with the number of each episode, from 1, and the episode {key: [L+1, ...]}.

    Returns [{'return', 'length' in agent steps}], in the order in which they ended.

    Raises:
      EnvironmentFailed: an environment failed three times in a row.
    """
    played: list[dict[str, float]] = []

    def on_episode(episode: Episode) -> None:
        played.append({'return': episode_return(episode), 'length': episode_length(episode)})
        bar.advance(task)
        if keep:
            keep(len(played), episode)

    with rich.progress.Progress(console=rich.console.Console(stderr=True), transient=True) as bar:
        task = bar.add_task('episodes', total=episodes)
        play_episodes(envs, policy, episodes, on_episode, functools.partial(build.env_seed, seed, 'evaluate', 0))
    return played


def write_films(folder: pathlib.Path, number: int, episode: Episode) -> None:
    """Writes a film of each observation that is a picture: `KEY-001-return-21.gif`."""
    folder.mkdir(parents=True, exist_ok=True)
    for key, frames in episode.items():
        if is_film(frames.shape[1:], frames.dtype):
            name = f'{safe_name(key)}-{number:03d}-return-{episode_return(episode):g}.gif'
            with replacing(folder / name) as file:
                file.write(gif(watchable(frames)))


def _constant(action: np.ndarray, rows: Row, state: Any) -> tuple[np.ndarray, None]:
    return np.tile(action, (len(rows['is_first']), 1)), None
