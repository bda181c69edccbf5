"""The agent of a logdir, as one of its checkpoints holds it. Changes nothing there."""

import json
import pathlib
from typing import NamedTuple

from .. import build
from ..config import presets
from ..config.tree import Config
from ..errors import UserError
from ..learning import checkpoint
from ..learning.device import prepare
from ..spec import Spaces


class Loaded(NamedTuple):
    """An agent and where it is from."""

    config: Config
    agent: build.Agent
    path: pathlib.Path  # of the checkpoint
    steps: int  # agent steps it had made; 0 where only weights are known

    @property
    def frames(self):
        return self.steps * self.config.action_repeat


def load(logdir, which='newest', **changes):
    """The agent of a run.

    Args:
      logdir: folder of the run.
      which: newest, best, the agent steps of a checkpoint, or the path of one.
      changes: settings that differ from those of the run.

    Raises:
      UserError: there is no such checkpoint, or it cannot be used.
    """
    path = _path(pathlib.Path(logdir).expanduser(), str(which))
    arrays = checkpoint.read(path)
    try:
        config, _ = presets.from_text(str(arrays['config']), 'its config', presets.defaults())
        spaces = Spaces.from_json(str(arrays['spaces']))
        steps = json.loads(str(arrays['run']))['steps'] if 'run' in arrays else 0
    except (KeyError, TypeError, ValueError, UserError) as error:
        raise UserError(f'{path} is not the checkpoint of an agent: {error}') from None
    config = config.updated(changes)
    presets.check_task(config, changes.get('task'))
    device = prepare(config.precision, 'False', config.eager)
    agent = build.make_agent(config, *spaces, device.precision)
    checkpoint.restore(agent.learner.weights, arrays)
    return Loaded(config, agent, path, steps)


def _path(logdir, which):
    folder = logdir / 'checkpoints'
    patterns = {'newest': '[0-9]*', 'best': 'best-*'}
    if which in patterns or which.isdecimal():
        found = checkpoint.find(folder, patterns[which] if which in patterns else f'{int(which):012d}')
    else:
        found = [path for path in [pathlib.Path(which).expanduser()] if path.is_file()]
    if not found:
        there = ', '.join(path.stem for path in checkpoint.find(folder, '*')) or 'none'
        raise UserError(
            f'no checkpoint `{which}` of {logdir}; allowed are newest, best, agent steps, or the path of '
            f'a file. In {folder} there are: {there}'
        )
    return found[-1]


def check_spaces(loaded, envs):
    """Raises UserError where environments do not give and take what an agent knows."""
    here, there = Spaces(envs.observation, envs.action), loaded.agent.spaces
    if here != there:
        raise UserError(
            f'{loaded.config.task} does not fit the agent of {loaded.path}: it has {here.describe()}; '
            f'the agent knows {there.describe()}'
        )
