"""A run that a Python program starts: what `dreamerv2_tf.train` does."""

import dataclasses
import os
import pathlib

from . import startup
from .comparison.runs import read_metrics
from .config.tree import Config
from .envs import python_tasks, registry
from .errors import UserError, shown
from .inspection.saved_agent import SavedAgent, load_agent
from .training import session
from .training.logdir import locate


@dataclasses.dataclass(frozen=True)
class Result:
    """What a run has come to.

    Attributes:
      logdir: its folder.
      returns: {'train', 'eval'} of [(frames, return)] of the episodes it played, oldest first.
      agent: its newest one.
    """

    logdir: pathlib.Path
    returns: dict[str, list[tuple[int, float]]]
    agent: SavedAgent


def train(env: str | python_tasks.EnvFn, config: Config, logdir: str | os.PathLike[str] | None = None) -> Result:
    """Trains an agent; see `dreamerv2_tf.train`."""
    if not isinstance(config, Config):
        raise UserError(f'`config` must be what dv2.load_config returns. Received: {shown(config)}')
    changes = {'task': registry.task_of(env) if isinstance(env, str) else python_tasks.add(env)}
    if logdir is not None:
        changes['logdir'] = os.fspath(logdir)
    config = config.updated(changes)
    startup.allow_open_files()
    code = session.train(config, command='the same call of dv2.train', allow_changes=False)
    if code:
        raise SystemExit(code)
    folder = locate(config)
    agent = load_agent(folder, task=config.task)
    if agent.steps < config.steps:
        raise KeyboardInterrupt
    return Result(folder, {mode: _returns(folder, mode) for mode in ('train', 'eval')}, agent)


def _returns(logdir: pathlib.Path, mode: str) -> list[tuple[int, float]]:
    frames, returns, _ = read_metrics(logdir / 'metrics.jsonl', f'{mode}_return')
    return list(zip(frames.tolist(), returns.tolist()))
