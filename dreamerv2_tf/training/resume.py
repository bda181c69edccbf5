"""What a checkpoint of a run holds, and when it fits."""

import json
import math

from ..config import presets
from ..config.schema import setting_of
from ..errors import UserError
from ..learning import checkpoint
from ..spec import Spaces

def state(position, config, agent):
    """{name: array} of a run: `run` is JSON of its counts."""
    counts, arrays = position.take()
    return {**agent.learner.state, **arrays, 'run': json.dumps(counts), **origin(config, agent)}


def origin(config, agent):
    """What an agent is built from, as part of a checkpoint: its settings and spaces."""
    return {'config': config.to_yaml(), 'spaces': agent.spaces.to_json()}


def size(agent):
    """Bytes of a checkpoint, but for running episodes."""
    return sum(math.prod(v.shape) * v.dtype.size for v in agent.learner.state.values())


def restore(arrays, position, config, agent, allow_changes):
    """Puts the arrays of a checkpoint into the agent and the run.

    Without `run` a checkpoint holds weights alone: then a new run begins with them.

    Returns how it went, as a phrase.

    Raises:
      UserError: the checkpoint does not fit; then nothing has changed.
    """
    there = str(arrays.get('spaces', agent.spaces.to_json()))
    if there != agent.spaces.to_json():
        raise UserError(
            f'the checkpoint is of an agent with {Spaces.from_json(there).describe()}; '
            f'here are {agent.spaces.describe()}'
        )
    if 'run' not in arrays:
        checkpoint.restore(agent.learner.weights, arrays)
        return 'begins with the weights of the checkpoint'
    try:
        counts = json.loads(str(arrays['run']))
        saved, _ = presets.from_text(str(arrays['config']), 'the checkpoint', presets.defaults())
        steps, prefilled = counts['steps'], counts['prefilled']
        missing = sorted(set(position.take()[0]) - set(counts))
        if missing:
            raise KeyError(*missing)
    except (KeyError, TypeError, ValueError) as error:
        raise UserError(f'the checkpoint is not one of a run: {error!r}') from None
    changed = _changes(saved.flat, config.flat)
    if changed and not allow_changes:
        raise UserError(
            'the run in this logdir was made with other settings: '
            f'{"; ".join(changed)}. Use them, another --logdir, or --resume_changed'
        )
    if prefilled and not position.has_episodes:
        raise UserError(
            f'the checkpoint is at {steps:,} agent steps, but train_episodes holds no episode; '
            'bring them back, or use another --logdir'
        )
    checkpoint.restore(agent.learner.state, arrays)
    ended = position.put(counts, arrays, bool(changed))
    told = f'resumed at {position.steps * config.action_repeat:,} frames'
    return f'{told}; running episodes ended there: {ended}' if ended else told


def _changes(old, new):
    return [
        f'{key} {old.get(key, "not set")} -> {new.get(key, "not set")}'
        for key in sorted(set(old) | set(new))
        if old.get(key) != new.get(key) and not _may_change(key)
    ]


def _may_change(key):
    setting = setting_of(key)
    return setting is not None and setting.resume == 'free'
