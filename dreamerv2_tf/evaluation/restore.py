"""Reads the agent of a logdir from one of its checkpoints, and changes nothing there."""

import pathlib
from typing import Any, NamedTuple

from .. import build
from ..config import presets
from ..config.tree import Config
from ..errors import UserError, shorten
from ..learning import checkpoint
from ..learning.checkpoint_format import contents_of
from ..learning.device import prepare
from ..nets.weights import assign
from ..spec import Spaces


class RestoredAgent(NamedTuple):
    """An agent and where it is from."""

    config: Config
    agent: build.Agent
    path: pathlib.Path  # of the checkpoint
    steps: int  # agent steps it had made; 0 where only weights are known
    gym_spaces: str = ''  # of its environment, for `envs.space_text`; '' where they are not known

    @property
    def frames(self) -> int:
        """Frames that the agent had learned from."""
        return self.steps * self.config.action_repeat


def restore(logdir: str | pathlib.Path, which: str | int = 'newest', **changes: Any) -> RestoredAgent:
    """Returns the agent of a run.

    Args:
      logdir: folder of the run.
      which: newest, best, the agent steps of a checkpoint, or the path of one.
      changes: settings that differ from those of the run.

    Raises:
      UserError: there is no such checkpoint, or it cannot be used.
    """
    path = checkpoint_path(pathlib.Path(logdir).expanduser(), str(which))
    contents = contents_of(checkpoint.read(path), path)
    config, _ = presets.from_text(contents.config, f'the config of {path}', presets.defaults())
    config = config.updated(changes)
    presets.check_task(config, changes.get('task'))
    device = prepare(config.precision, 'False', config.eager)
    agent = build.make_agent(config, *Spaces.from_json(contents.spaces), device.precision)
    states = {name: contents.parts.get(name, ({}, {}))[1] for name in agent.learned}
    for name, part in agent.learned.items():
        checkpoint.check(part.weights, states[name])
    for name, part in agent.learned.items():
        assign(part.weights, states[name])
    steps = contents.parts['run'][0]['steps'] if contents.is_run else 0
    return RestoredAgent(config, agent, path, steps, contents.gym_spaces)


def checkpoint_path(logdir: pathlib.Path, which: str) -> pathlib.Path:
    """Returns the path of a checkpoint: newest, best, agent steps, or a path.

    Raises:
      UserError: there is none; lists those that are there.
    """
    folder = logdir / 'checkpoints'
    patterns = {'newest': '[0-9]*', 'best': 'best-*'}
    try:
        if which in patterns or which.isdecimal():
            paths = checkpoint.find(folder, patterns.get(which) or f'{int(which):012d}')
        else:
            paths = [path for path in [pathlib.Path(which).expanduser()] if path.is_file()]
    except (ValueError, RuntimeError, OSError):  # what no file can be called, or nobody's home
        paths = []
    if not paths:
        there = ', '.join(path.stem for path in checkpoint.find(folder, '*')) or 'none'
        raise UserError(
            f'no checkpoint `{shorten(which)}` of {logdir}; allowed are newest, best, agent steps, or the path of '
            f'a file. In {folder} there are: {there}'
        )
    return paths[-1]


def check_spaces(restored: RestoredAgent, envs: Any) -> None:
    """Raises UserError where environments do not give and take what an agent knows."""
    here, there = Spaces(envs.observation, envs.action), restored.agent.spaces
    if here != there:
        raise UserError(
            f'{restored.config.task} does not fit the agent of {restored.path}: it has {here.describe()}; '
            f'the agent knows {there.describe()}'
        )
