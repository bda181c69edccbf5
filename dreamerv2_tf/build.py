"""Composition root: turns a config into parts of a run. What acts and learns is made in `build_agent`."""

import pathlib
from collections.abc import Callable, Iterable

import numpy as np
import rich.console

from .build_agent import Agent, make_agent, parameter_counts
from .config.tree import Config
from .display.lines import Lines
from .display.live import Live
from .envs.native import Native
from .envs.registry import env_constructor
from .envs.vector import Environments, Processes, Serial, Threads, Vector
from .errors import UserError
from .metrics.wandb import Wandb
from .replay.buffer import Buffer
from .replay.dataset import Dataset
from .replay.sampler import Sampler
from .replay.store import Store
from .seeding import generator
from .spec import NOT_OBSERVED, Spec, observed

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

MODES = ('train', 'eval')
VECTORS: dict[str, type[Vector]] = {'none': Serial, 'thread': Threads, 'process': Processes}  # and `Native`


def make_envs(config: Config, mode: str, stop: Callable[[], bool] = lambda: False) -> Environments:
    """Returns the environments that collect (`train`) or evaluate (`eval`).

    Args:
      config: all settings.
      mode: train or eval.
      stop: once it is true, environments that hang are given up, see `Vector`.

    Raises:
      UserError: unknown task or mode, or a package that is not installed.
    """
    if mode not in MODES:
        raise UserError(f'`mode` must be one of {", ".join(MODES)}. Received: {mode!r}')
    count = config.envs if mode == 'train' else max(1, min(config.eval_envs, config.eval_eps))
    if config.envs_parallel == 'native':
        return Native(
            config.task,
            count,
            config.time_limit,
            config.action_repeat,
            config.atari_grayscale,
            config.atari_full_actions,
        )
    constructors = [env_constructor(config, mode)] * count
    return VECTORS[config.envs_parallel](constructors, config.env_timeout_seconds, stop)


def env_seed(seed: int, mode: str, index: int, episode: int) -> int:
    """Returns the seed of an environment's episode of that number."""
    return int(generator(seed, f'{mode} env', index, episode).integers(2**31))


def make_replay(config: Config, logdir: pathlib.Path, mode: str, envs: Environments) -> Buffer:
    """Returns the replay of one mode.

    `train` has the episodes of `logdir/train_episodes` and `replay.read_dirs`; `eval` has the newest one of
    `logdir/eval_episodes`.
    """
    section, trains = config.replay, mode == 'train'
    return Buffer(
        make_store(config, logdir, mode, envs),
        capacity=section.capacity if trains else 1,
        seed=config.seed,
        envs=len(envs),
        ongoing=section.minlen if section.ongoing and trains else 0,
        disk_limit=int(section.disk_limit_gb * 1e9),
    )


def make_store(config: Config, logdir: pathlib.Path, mode: str, envs: Environments) -> Store:
    """Returns the folder `logdir/train_episodes` or `logdir/eval_episodes`, for episodes of these environments."""
    specs = {key: envs.observation[key] for key in observed(envs.observation)}
    specs['action'] = Spec((envs.action.size,), np.dtype(np.float32))
    others = config.replay.read_dirs if mode == 'train' else ()
    return Store(logdir / f'{mode}_episodes', config.replay.compress, specs, others, envs.action)


def make_dataset(config: Config, replay: Buffer, observations: Iterable[str]) -> Dataset:
    """Returns batches for the learner from a replay, with these keys and all that are no observations."""
    section = config.replay
    draws = generator(config.seed, 'sampler')
    sampler = Sampler(section.minlen, section.maxlen, section.prioritize_ends, draws)
    return Dataset(replay, sampler, [*observations, *NOT_OBSERVED], config.dataset.batch, config.dataset.length)


def make_display() -> Live | Lines:
    """Returns the display of progress: a live view in a terminal that can draw it, else lines of text."""
    console = rich.console.Console()
    able = console.file.isatty() and not console.is_dumb_terminal and console.encoding.startswith('utf')
    return Live(console) if able else Lines()


def make_sinks(config: Config, logdir: pathlib.Path) -> list[Wandb]:
    """Returns sinks for numbers besides those that every run has; each must be closed."""
    if config.wandb_project == 'none':
        return []
    return [Wandb(config.wandb_project, f'{config.task} {config.seed}', logdir, config.flat)]
