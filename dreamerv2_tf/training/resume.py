"""How a run goes on from a checkpoint, and when the checkpoint fits."""

from collections.abc import Iterable

import numpy as np

from ..config.changes import changed_settings
from ..config.schema import keeps_experience
from ..errors import StateError, UserError
from ..learning.checkpoint_format import Contents
from ..nets.weights import assign
from ..spec import Spaces, State
from .fitting import (
    LINE_PARTS,
    NOTHING,
    check_complete,
    check_drawn,
    check_held,
    check_memory,
    check_running,
    check_weights,
)
from .parts import Parts

GAME_PARTS = ('train_envs', 'eval_envs', 'driver')  # parts that go on only where the environments can
REPLAY_PARTS = ('train_replay', 'eval_replay')


def resume(contents: Contents, parts: Parts, allow_changes: bool) -> str:
    """Sets the parts of a run to the state in a checkpoint.

    Everything is read and compared before the first part changes. Where running episodes cannot go on, they end as
    truncated, and files that the run wrote later count from now on, with their steps. A checkpoint of weights alone
    begins a new run.

    Args:
      contents: of the checkpoint.
      parts: of the run.
      allow_changes: settings may differ from those of the checkpoint.

    Returns how the run goes on, as a phrase.

    Raises:
      UserError: the checkpoint does not fit; then nothing has changed.
    """
    agent = parts.agent
    if contents.spaces != agent.spaces.to_json():
        raise UserError(
            f'the checkpoint is of an agent with {Spaces.from_json(contents.spaces).describe()}; '
            f'here are {agent.spaces.describe()}'
        )
    if not contents.is_run:
        check_weights(contents, agent)
        for name, part in agent.learned.items():
            assign(part.weights, contents.parts.get(name, NOTHING)[1])
        return 'begins with the weights of the checkpoint'
    changed = changed_settings(contents.config, parts.config, 'the config of the checkpoint')
    if changed and not allow_changes:
        raise UserError(
            f'the run in this logdir was made with other settings: {"; ".join(changed.values())}. '
            'Use them, another --logdir, or --resume_changed'
        )
    check_complete(contents, parts)
    check_running(contents, parts)
    counts, _ = contents.parts['run']
    if counts['prefilled'] and not parts.replays['train'].total_episodes:
        raise UserError(
            f'the checkpoint is at {counts["steps"]:,} agent steps, but train_episodes holds no episode; '
            'bring them back, or use another --logdir'
        )
    check_weights(contents, agent)
    check_held(contents, parts)
    if keeps_experience(changed):
        check_memory(contents, parts)
        check_drawn(contents, parts)
    try:
        return _put(contents.parts, parts, changed)
    except (KeyError, TypeError, ValueError, IndexError, AttributeError, OverflowError) as error:
        raise UserError(f'the checkpoint cannot be used: {error!r}; nothing in this logdir has changed') from error


def _put(states: dict[str, State], parts: Parts, changed: Iterable[str]) -> str:
    same_experience = keeps_experience(changed)
    ended = '' if same_experience else 'settings have changed'
    stateful = parts.stateful
    for name in stateful:
        if name not in (*GAME_PARTS, *LINE_PARTS, *REPLAY_PARTS, 'dataset'):
            stateful[name].set_state(*states.get(name, NOTHING))
    if not ended:
        ended = _resume_games(states, parts)
    for mode, replay in parts.replays.items():
        replay.set_state(*states[f'{mode}_replay'])
        gained = replay.adopt_later() if ended else 0
        parts.counts.add_steps(gained if mode == 'train' else 0)
    parts.dataset.set_state(*states['dataset'])
    if not same_experience:
        parts.dataset.drop_drawn()
    if not ended:
        for name in (*LINE_PARTS, 'driver'):
            stateful[name].set_state(*states[name])
    phrase = f'resumed at {parts.counts.steps * parts.config.action_repeat:,} frames'
    return f'{phrase}; running episodes ended there: {ended}' if ended else phrase


def _resume_games(states: dict[str, State], parts: Parts) -> str:
    """Lets the environments go on with their episodes; returns why they cannot, or ''."""
    for mode, envs in parts.envs.items():
        running, saved = (_indices(states[f'{mode}_{kind}'][1]) for kind in ('replay', 'envs'))
        if not envs.resumable or running - saved:
            return 'episodes of this task cannot be saved while they go on'
        try:
            envs.set_state(*states[f'{mode}_envs'])
        except StateError as error:
            return str(error)
    return ''


def _indices(arrays: dict[str, np.ndarray]) -> set[str]:
    """Returns the numbers of the environments in names such as `0/image`."""
    return {name.partition('/')[0] for name in arrays}
