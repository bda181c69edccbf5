"""A new run that begins with what another one has learned and seen, `from`."""

import pathlib

from ..config.tree import Config
from ..errors import UserError
from ..learning import checkpoint
from ..learning.checkpoint_format import contents_of
from ..nets.weights import assign
from ..spec import Spaces
from .describe_checkpoint import newest
from .parts import Parts

NOWHERE = 'none'  # value of `from`


def reading_from(config: Config) -> Config:
    """Returns the config with which a run also reads the episodes of the run that it begins from.

    Raises:
      UserError: there is no such run, or it has no checkpoint.
    """
    if config['from'] == NOWHERE:
        return config
    source = pathlib.Path(config['from']).expanduser()
    newest(source)
    folder = str((source / 'train_episodes').absolute())
    known = [*config.replay.read_dirs]
    has_episodes = source.is_dir() and folder not in known and any(pathlib.Path(folder).glob('*.npz'))
    return config.updated({'replay.read_dirs': [*known, folder]}) if has_episodes else config


def begin(parts: Parts) -> str:
    """Takes over the world model, and with `from_actor` actor and critic, of the run that `from` names.

    Returns how the run begins, as a phrase; '' where it begins with nothing.

    Raises:
      UserError: there is no checkpoint, or it does not fit; then nothing has changed.
    """
    if parts.config['from'] == NOWHERE:
        return ''
    path = newest(pathlib.Path(parts.config['from']).expanduser())
    contents, agent = contents_of(checkpoint.read(path), path), parts.agent
    if contents.spaces != agent.spaces.to_json():
        raise UserError(
            f'`from` {path} is of an agent with {Spaces.from_json(contents.spaces).describe()}; '
            f'here are {agent.spaces.describe()}'
        )
    taken = {'learner': agent.learner.weights}
    if parts.config.from_actor:
        taken['greedy'] = agent.task.weights
    for name, variables in taken.items():
        checkpoint.check(variables, contents.parts.get(name, ({}, {}))[1])
    for name, variables in taken.items():
        assign(variables, contents.parts[name][1])
    what = 'world model, actor and critic' if parts.config.from_actor else 'world model'
    return f'begins with the {what} of {path}'
