"""Plays whole episodes in an environment that is at hand."""

import functools
from typing import NamedTuple

import gymnasium
import numpy as np

from .. import build
from ..collect.driver import Policy
from ..collect.whole_episodes import play_episodes
from ..config.tree import Config
from ..envs.registry import row_env
from ..envs.row_env import RowEnv
from ..envs.vector import Serial
from ..errors import UserError, shown
from ..spec import Spaces, episode_return


class Played(NamedTuple):
    """Episodes that were played.

    Attributes:
      episodes: [{key: [L+1, ...]}], see `spec`, as `SavedAgent.observe` and `dream` take them.
      returns: the sum of the rewards of each.
    """

    episodes: list[dict[str, np.ndarray]]
    returns: list[float]


def play(
    env: gymnasium.Env | RowEnv, policy: Policy, spaces: Spaces, config: Config, episodes: int, seed: int
) -> Played:
    """Returns episodes that a policy played in an environment, which stays open.

    Args:
      env: as it was given to `dreamerv2_tf.train`, or what `SavedAgent.make_env` returned.
      policy: chooses the actions.
      spaces: that the policy knows.
      config: of its run, whose `action_repeat`, `time_limit` and `image_layout` hold here, too.
      episodes: how many.
      seed: of what the environment draws.

    Raises:
      UserError: it is no environment, or has other spaces.
      RunError: it fails again and again.
    """
    if not isinstance(env, (gymnasium.Env, RowEnv)):
        raise UserError(f'`env` must be an environment, such as gymnasium.make(...) returns. Received: {shown(env)}')
    for name, number, least in (('episodes', episodes, 1), ('seed', seed, 0)):
        if not isinstance(number, int) or number < least:
            raise UserError(f'`{name}` must be a whole number, {least} or more. Received: {shown(number)}')
    made = env if isinstance(env, RowEnv) else None
    if made is None:
        made = row_env(env, type(env).__name__, config.time_limit, config.image_layout, config.action_repeat)
    here = Spaces(made.observation, made.action)
    if here != spaces:
        raise UserError(
            f'the environment does not fit the agent: it has {here.describe()}; the agent knows {spaces.describe()}'
        )
    played: list[dict[str, np.ndarray]] = []
    play_episodes(
        Serial([lambda: made]), policy, episodes, played.append, functools.partial(build.env_seed, seed, 'evaluate', 0)
    )
    return Played(played, [episode_return(episode) for episode in played])
