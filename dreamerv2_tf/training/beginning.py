"""A new run that begins with what another one has learned and seen, `from`."""

import pathlib

from .. import build
from ..config.tree import Config
from ..errors import UserError
from ..learning import checkpoint
from ..learning.checkpoint_format import contents_of
from ..nets.weights import assign
from ..spec import Spaces
from .describe_checkpoint import newest
from .logdir import NOWHERE


def begin(config: Config, agent: build.Agent) -> str:
    """Gives a new agent the world model, and with `from_actor` actor and critic, of the run that `from` names.

    Returns how the run begins, as a phrase; '' where it begins with nothing.

    Raises:
      UserError: there is no checkpoint, or it does not fit; then nothing has changed.
    """
    if config['from'] == NOWHERE:
        return ''
    path = newest(pathlib.Path(config['from']))
    contents = contents_of(checkpoint.read(path), path)
    if contents.spaces != agent.spaces.to_json():
        raise UserError(
            f'`from` {path} is of an agent with {Spaces.from_json(contents.spaces).describe()}; '
            f'here are {agent.spaces.describe()}'
        )
    taken = {'learner': agent.learner.weights}
    if config.from_actor:
        taken['greedy'] = agent.task.weights
    try:
        for name, variables in taken.items():
            checkpoint.check(variables, contents.parts.get(name, ({}, {}))[1])
    except UserError as error:
        raise UserError(f'`from` {path} does not fit: {error}') from None
    for name, variables in taken.items():
        assign(variables, contents.parts[name][1])
    what = 'world model, actor and critic' if config.from_actor else 'world model'
    return f'begins with the {what} of {path}'
