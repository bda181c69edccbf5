"""What a checkpoint of a run holds, and when it fits."""

import json
import math

from ..config import presets
from ..errors import UserError
from ..learning import checkpoint

MAY_CHANGE = ('steps', 'logdir')  # settings that may differ when a run goes on


def state(counts, config, agent, generators):
    """{name: array} of a run: `run` is JSON of its counts and random states, `config` its settings."""
    run = {
        **counts, 'train_calls': agent.train_policy.calls, 'eval_calls': agent.eval_policy.calls,
        'random': {name: generator.bit_generator.state for name, generator in generators.items()}}
    return {**agent.learner.state, 'run': json.dumps(run), 'config': config.to_yaml()}


def size(agent):
    """Bytes of a checkpoint, but for its few counts and settings."""
    return sum(math.prod(v.shape) * v.dtype.size for v in agent.learner.state.values())


def restore(arrays, config, allow_changes, agent, generators):
    """Puts the arrays of a checkpoint into the agent and the generators.

    Returns the counts of the run.

    Raises:
      UserError: the checkpoint does not fit; then nothing has changed.
    """
    try:
        run = json.loads(str(arrays['run']))
        saved, _ = presets.from_text(str(arrays['config']), 'the checkpoint', presets.defaults())
        calls = run['train_calls'], run['eval_calls']
        states = {name: run['random'][name] for name in generators}
        counts = {name: run[name] for name in (
            'steps', 'train_due', 'log_due', 'video_due', 'train_episodes', 'eval_episodes')}
    except (KeyError, TypeError, ValueError) as error:
        raise UserError(f'the checkpoint is not one of a run: {error!r}') from None
    _check_unchanged(saved, config, allow_changes)
    checkpoint.restore(agent.learner.state, arrays)
    agent.train_policy.calls, agent.eval_policy.calls = calls
    for name, generator in generators.items():
        generator.bit_generator.state = states[name]
    return counts


def check_episodes(steps, buffer):
    """Raises UserError where a run has made steps but its episodes are gone."""
    if steps and not buffer.loaded_episodes:
        raise UserError(f'the checkpoint is at {steps:,} agent steps, but train_episodes holds no '
                        'episode that can be read; bring them back, or use another --logdir')


def _check_unchanged(saved, config, allow_changes):
    old, new = saved.flat, config.flat
    changed = [
        f'{key} {old.get(key, "not set")} -> {new.get(key, "not set")}'
        for key in sorted(set(old) | set(new))
        if old.get(key) != new.get(key) and key not in MAY_CHANGE]
    if changed and not allow_changes:
        raise UserError('the run in this logdir was made with other settings: '
                        f'{"; ".join(changed)}. Use them, another --logdir, or --resume_changed')
