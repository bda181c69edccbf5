"""Reads a saved agent from a checkpoint, and changes nothing there."""

import pathlib
from typing import Any, NamedTuple

from .. import build
from ..config import presets
from ..config.tree import Config
from ..errors import UserError
from ..learning import checkpoint
from ..learning.card import Card
from ..learning.checkpoint_format import contents_of
from ..learning.device import prepare
from ..nets.weights import assign
from ..spec import Spaces
from .sources import checkpoint_path


class RestoredAgent(NamedTuple):
    """An agent and where it is from."""

    config: Config
    agent: build.Agent
    path: pathlib.Path  # of the checkpoint
    steps: int  # agent steps it has learned from; 0 where only weights are known
    updates: int = 0  # of its weights; 0 where only weights are known
    gym_spaces: str = ''  # of its environment, for `envs.space_text`; '' where they are not known
    card: Card | None = None  # of an exported agent
    source: str = ''  # where it was asked for: folder of a run, exported file, or `pretrained:NAME`

    @property
    def frames(self) -> int:
        """Frames that the agent had learned from."""
        return self.steps * self.config.action_repeat


def restore(where: str | pathlib.Path, which: str | int = 'newest', **changes: Any) -> RestoredAgent:
    """Returns a saved agent.

    Args:
      where: folder of a run, an exported file, or `pretrained:NAME`.
      which: of a run: newest, best, the agent steps of a checkpoint, or the path of one.
      changes: settings that differ from those of the run.

    Raises:
      UserError: there is no such checkpoint, or it cannot be used.
    """
    path = checkpoint_path(where, str(which))
    contents = contents_of(checkpoint.read(path), path)
    config, _ = presets.from_text(contents.config, f'the config of {path}', presets.defaults())
    config = config.updated({'policy_jit': False, **changes})  # compiling takes longer than a few episodes
    presets.check_task(config, changes.get('task'))
    device = prepare(config.precision, 'False', config.eager)
    agent = build.make_agent(config, *Spaces.from_json(contents.spaces), device.precision)
    states = {name: contents.parts.get(name, ({}, {}))[1] for name in agent.learned}
    for name, part in agent.learned.items():
        checkpoint.check(part.weights, states[name])
    for name, part in agent.learned.items():
        assign(part.weights, states[name])
    card = Card.from_parts(contents.parts)
    steps = contents.parts['run'][0]['steps'] if contents.is_run else card.steps if card else 0
    updates = card.updates if card else int(states['learner'].get('updates', 0))
    return RestoredAgent(config, agent, path, steps, updates, contents.gym_spaces, card, str(where))


def check_spaces(restored: RestoredAgent, envs: Any) -> None:
    """Raises UserError where environments do not give and take what an agent knows."""
    here, there = Spaces(envs.observation, envs.action), restored.agent.spaces
    if here != there:
        raise UserError(
            f'{restored.config.task} does not fit the agent of {restored.path}: it has {here.describe()}; '
            f'the agent knows {there.describe()}'
        )
