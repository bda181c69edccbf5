"""Composition root: turns a config into parts. The only room that reads the whole config.

`agent` makes what acts and learns, `run` makes what a run or a benchmark puts around it.
"""

from .agent import Agent, make_agent, parameter_counts
from .run import env_constructor, env_seed, make_dataset, make_display, make_envs, make_replay, make_sinks, make_store

__all__ = [
    'Agent',
    'env_constructor',
    'env_seed',
    'make_agent',
    'make_dataset',
    'make_display',
    'make_envs',
    'make_replay',
    'make_sinks',
    'make_store',
    'parameter_counts',
]
