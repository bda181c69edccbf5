"""Rows of an episode from what Minari gives, and the checks that nothing of it is lost or made up on the way."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import gymnasium
import numpy as np

from ..envs.actions import ActionAdapter
from ..envs.observations import Observer
from ..spec import FLAGS, NOT_OBSERVED, ActionSpec

Rows = dict[str, np.ndarray]  # {key: [L+1, ...]}


def own_rows(episode: Any, action: ActionSpec) -> Rows:
    """Returns the arrays of an episode that `minari.export` wrote with these actions."""
    actions = _joined(episode.actions, action)
    begin = {'action': np.zeros_like(actions[:1]), 'reward': np.zeros_like(episode.rewards[:1])}
    return {
        **episode.observations,
        'action': np.concatenate([begin['action'], actions]),
        'reward': np.concatenate([begin['reward'], episode.rewards]),
        **episode.infos,
    }


def exported(actions: np.ndarray, action: ActionSpec) -> Any:
    """Returns actions [L, A] as Minari keeps them: numbers of choices, else vectors, a tuple where both occur."""
    if action.continuous:
        return actions
    cuts = np.cumsum([part.size for part in action.parts])[:-1]
    pieces = [
        piece.argmax(1) if part.discrete else piece for part, piece in zip(action.parts, np.split(actions, cuts, 1))
    ]
    if action.is_choice:
        return pieces[0]
    return np.stack(pieces, 1) if action.discrete else tuple(pieces)


def action_space(action: ActionSpec, bound: float) -> gymnasium.Space:
    """Returns the space of actions as `exported` returns them, of which numbers lie in -bound .. bound."""
    if action.continuous:
        return gymnasium.spaces.Box(-bound, bound, (action.size,), np.float32)
    if action.is_choice:
        return gymnasium.spaces.Discrete(action.size)
    if action.discrete:
        return gymnasium.spaces.MultiDiscrete([part.size for part in action.parts])
    return gymnasium.spaces.Tuple([action_space(ActionSpec((part,)), bound) for part in action.parts])


def _joined(actions: Any, action: ActionSpec) -> np.ndarray:
    """Returns action vectors [L, A] of what `exported` returned."""
    if action.continuous:
        return np.asarray(actions)
    pieces = actions if isinstance(actions, tuple) else np.reshape(actions, (len(actions), -1)).T
    vectors = [
        np.eye(part.size, dtype=np.float32)[piece] if part.discrete else piece
        for part, piece in zip(action.parts, pieces)
    ]
    return np.concatenate(vectors, 1)


def foreign_rows(observations: gymnasium.Space, actions: gymnasium.Space) -> Callable[[Any], Rows]:
    """Returns a function that makes the arrays of an episode as an environment with these spaces would have.

    The function raises ValueError where the episode does not fit its spaces: it has not one observation more
    than actions, an integer that 32 bits do not hold, or an action outside the bounds of its space, where the agent,
    whose actions lie in -1 .. 1, could never act. Actions of a Box without bounds must lie in -1 .. 1.

    Raises:
      UserError: spaces that are not supported.
    """
    observer, adapter = Observer(observations), ActionAdapter(actions)

    def convert(episode: Any) -> Rows:
        steps = len(episode.rewards)
        counts = sorted({len(episode.terminations), *map(len, _leaves(episode.actions))} - {steps})
        if counts:
            raise ValueError(
                f'it must have as many actions and terminations as its {steps:,} rewards. Received: {counts[0]:,}'
            )
        for values in _leaves(episode.observations):
            _check_observations(values, steps)
        views = [observer.arrays(_row(episode.observations, index)) for index in range(steps + 1)]
        flags = np.zeros((3, steps + 1), bool)
        flags[0, 0] = flags[1, -1] = True
        flags[2, 1:] = episode.terminations
        with np.errstate(over='ignore'):  # an infinite number is found by `check`
            return {
                **{key: np.stack([view[key] for view in views]) for key in observer.specs},
                'action': np.stack([adapter.spec.zeros(), *_vectors(episode.actions, steps, adapter)]),
                'reward': np.concatenate([[0], episode.rewards]).astype(np.float32),
                **dict(zip(FLAGS, flags)),
            }

    return convert


def check(rows: Mapping[str, np.ndarray]) -> None:
    """Raises ValueError unless {key: [L+1, ...]} is a whole episode of finite numbers."""
    missing = set(NOT_OBSERVED) - set(rows)
    if missing:
        raise ValueError(f'it lacks {", ".join(sorted(missing))}')
    lengths = {key: len(values) for key, values in rows.items()}
    if len(set(lengths.values())) > 1 or lengths['reward'] < 2:
        raise ValueError(f'each key must have the same number of rows, 2 or more. Received: {lengths}')
    for key, values in rows.items():
        if not np.isfinite(values).all():
            row, *_ = place = tuple(np.argwhere(~np.isfinite(values))[0])
            raise ValueError(f'row {row}: `{key}` must be finite. Received: {values[place]}')


def _check_observations(values: np.ndarray, steps: int) -> None:
    """Raises ValueError unless an array of an observation has L+1 rows, which the stored dtypes can hold."""
    if len(values) != steps + 1:
        raise ValueError(
            f'it has {len(values):,} observations for {steps:,} actions, and must have {steps + 1:,}: the last one, '
            'after the last action, counts. Write the dataset again with it, or without the last action'
        )
    if np.issubdtype(values.dtype, np.integer) and values.size:
        limits = np.iinfo(np.int32)
        outside = (values < limits.min) | (values > limits.max)
        if outside.any():
            row, *_ = place = tuple(np.argwhere(outside)[0])
            raise ValueError(f'row {row}: observations must fit 32 bits. Received: {values[place]}')


def _vectors(actions: Any, steps: int, adapter: ActionAdapter) -> Iterator[np.ndarray]:
    """Yields the action vector [A] of each step. Raises ValueError where the agent could never act like that."""
    for step in range(steps):
        try:
            yield adapter.from_env(_row(actions, step))
        except ValueError as error:
            ends = ', '.join(f'{values.min():g} to {values.max():g}' for values in _leaves(actions))
            raise ValueError(
                f'row {step + 1}: {error}. The actions of this episode go from {ends}. Write the dataset again with an '
                'action space whose bounds hold all of them'
            ) from None


def _leaves(tree: Any) -> Iterator[np.ndarray]:
    """Yields the arrays of a tree such as {'a': [T, ...], 'b': ([T, ...],)}."""
    if isinstance(tree, (dict, tuple)):
        for part in tree.values() if isinstance(tree, dict) else tree:
            yield from _leaves(part)
    else:
        yield np.asarray(tree)


def _row(tree: Any, index: int) -> Any:
    """Returns one row of a tree such as {'a': [T, ...], 'b': ([T, ...],)}."""
    if isinstance(tree, dict):
        return {key: _row(value, index) for key, value in tree.items()}
    return tuple(_row(value, index) for value in tree) if isinstance(tree, tuple) else tree[index]
