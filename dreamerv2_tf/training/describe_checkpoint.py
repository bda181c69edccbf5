"""What a checkpoint holds, and what of a run is not saved, for people. Needs no TensorFlow."""

import math
import pathlib

from ..config import presets
from ..errors import UserError, shorten
from ..learning.card import Card
from ..learning.checkpoint import find, read_file
from ..learning.checkpoint_format import Contents, contents_of
from ..spec import Spaces, State

MEANING = {  # of the parts of every run
    'run': 'agent steps, whether the prefill is over, the best evaluation return',
    'learner': 'world model, its optimiser, number of updates',
    'greedy': 'actor, critic, slow critic, their optimisers, reward normaliser, calls of the policy',
    'random': 'random state of uniform actions',
    'eval_policy': 'calls of the policy that plays evaluations; those of evaluations do not count',
    'driver': 'newest rows of running episodes, memory of the policy',
    'train_envs': 'running games that collect',
    'eval_envs': 'games of evaluations',
    'train_replay': 'which episodes count, rows of running ones',
    'eval_replay': 'the same of evaluation episodes',
    'dataset': 'pieces that are drawn already, random state of the draws',
    'recorder': 'numbers since the last line of metrics.jsonl',
    'metrics_file': 'length of metrics.jsonl; what was written later is cut off',
    'train_clock': 'when the next update is due',
    'log_clock': 'when the next line of losses is due',
    'eval_clock': 'when the next evaluation is due',
    'film_clock': 'when the next films are due',
}
MEANING_OF_SOME = {  # of parts that not every checkpoint has
    'card': 'of an exported agent: what it has learned from, and how well it plays',
    'Plan2Explore': 'ensemble, its optimiser, norms of its rewards, and what `greedy` has, for exploration',
    'held_weights': 'with `overlap`: the weights with which the run acts, one update old',
    'ModelLoss': 'head that predicts a loss, and what Plan2Explore has besides',
}
NOT_SAVED = (
    'finished episodes: they are files in train_episodes/ and eval_episodes/, which the checkpoint names',
    'a running evaluation: it begins anew',
    'minutes since the last checkpoint: checkpoint.every_minutes counts anew',
    'fps and time_*: they are measured anew',
    'films that are being made: the next ones are made when they are due',
    'what TensorBoard and Weights & Biases got after the checkpoint: they get it again',
    'failures of environments in a row: they are counted anew',
    'compiled graphs: the first update and the first policy call compile again',
)
HASH_MEANING = {
    True: 'its hash holds: the arrays are those that were written',
    False: 'its hash does not hold: arrays were changed, swapped or mixed after it was written; no run goes on from it',
    None: 'it has no hash: an earlier version wrote it',
}
GAMES_NOT_SAVED = 'running games: those of this task cannot be saved, so that running episodes end as truncated'


def describe(where: pathlib.Path) -> list[str]:
    """Returns lines on the contents of a checkpoint.

    Args:
      where: a file, or the folder of a run, of which the newest checkpoint is described and what is not saved.

    Raises:
      UserError: there is no checkpoint.
    """
    path = newest(where)
    arrays, hash_holds = read_file(path)
    contents = contents_of(arrays, path)
    version = shorten(contents.version)
    lines = [
        f'{path}, {_size(path.stat().st_size)}, format {contents.format}, written by version {version}',
        HASH_MEANING[hash_holds],
        f'agent of {Spaces.from_json(contents.spaces).describe()}',
        _counts(contents),
        '',
        'parts:',
        *(_part(name, state) for name, state in contents.parts.items()),
        '',
        'settings that differ from the defaults:',
        *_settings(contents.config),
    ]
    if where.is_dir() and contents.is_run:
        _, running_games = contents.parts.get('train_envs', ({}, {}))
        games = [] if running_games else [GAMES_NOT_SAVED]
        lines += ['', 'not saved:', *(f'  {sentence}' for sentence in (*games, *NOT_SAVED))]
    return lines


def newest(where: pathlib.Path) -> pathlib.Path:
    """Returns a file itself, or the newest checkpoint of a run's folder. Raises UserError where there is none."""
    if where.is_file():
        return where
    if not where.is_dir():
        raise UserError(f'{where} is not there; expected the folder of a run, or a checkpoint such as 000000025000.npz')
    paths = find(where / 'checkpoints') or find(where) or find(where / 'checkpoints', 'best-*')
    if not paths:
        raise UserError(f'{where} holds no checkpoint; expected the folder of a run, or a file of its checkpoints/')
    return paths[-1]


def _counts(contents: Contents) -> str:
    if not contents.is_run:
        card = Card.from_parts(contents.parts)
        return card.text() if card else 'weights alone: a new run begins with them'
    config, _ = presets.from_text(contents.config, 'its config', presets.defaults())
    counts = contents.parts['run'][0]
    best = counts.get('best_return')
    updates = contents.parts['learner'][1].get('updates', 0)
    parts = [
        f'{counts["steps"]:,} agent steps = {counts["steps"] * config.action_repeat:,} frames',
        f'{int(updates):,} updates',
        'prefilled' if counts.get('prefilled') else 'in the prefill',
        'no evaluation yet' if best is None or not math.isfinite(best) else f'best evaluation return {best:.4g}',
    ]
    return ', '.join(parts)


def _part(name: str, state: State) -> str:
    _, arrays = state
    size = _size(sum(array.nbytes for array in arrays.values())) if arrays else ''
    count = f'{len(arrays)} arrays' if arrays else ''
    meaning = {**MEANING, **MEANING_OF_SOME}.get(name, '')
    return f'  {name:14} {count:>11} {size:>9}  {meaning}'.rstrip()


def _settings(text: str) -> list[str]:
    config, _ = presets.from_text(text, 'its config', presets.defaults())
    usual = presets.defaults().flat
    return [f'  {key} {value}' for key, value in sorted(config.flat.items()) if usual.get(key) != value]


def _size(size: float) -> str:
    return f'{size / 1e6:.1f} MB' if size >= 1e5 else f'{size / 1e3:.1f} kB'
