"""Speed of dreams as environments."""

import pathlib
import time
from typing import Any

from ..build import Agent
from ..config.tree import Config
from ..evaluation.restore import RestoredAgent
from ..inspection.saved_agent import SavedAgent
from ..playground.dream_env import DreamVectorEnv


def time_dreams(config: Config, agent: Agent, gym_spaces: str, count: int, seconds: int) -> dict[str, Any]:
    """Steps so many dreams at once with random actions, from the state that knows nothing.

    Returns steps per second of all dreams together, and how often the step was compiled.
    """
    saved = SavedAgent(RestoredAgent(config, agent, pathlib.Path('untrained.npz'), 0, gym_spaces=gym_spaces))
    env = DreamVectorEnv(saved, count, start=agent.world_model.rssm.initial(1))
    env.action_space.seed(config.seed)
    env.reset(seed=config.seed)
    env.step(env.action_space.sample())
    steps, began = 0, time.perf_counter()
    while (spent := time.perf_counter() - began) < seconds:
        env.step(env.action_space.sample())
        steps += count
    return {'dreams': count, 'steps_per_second': round(steps / spent, 1), 'traces': env.traces}
