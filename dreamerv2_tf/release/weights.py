"""Finds our weights among the arrays of variables.pkl, which have an order and no names.

The authors' release (package dreamerv2 2.2.0) saved the variables of its agent as tf.Module lists them: of
each module its own variables first, then those of its parts in alphabetical order of their names, each once:

    agent       steps | behaviour | wm
    behaviour   updates (with a slow critic) | _target_critic | actor | critic | rewnorm
    wm          encoder | heads: decoder, discount, reward | rssm

Without a slow critic `_target_critic` is the critic itself. Optimizers are no part of that tree, so that
their slots were not saved. Source: the names of variables in running agents of the release.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, NoReturn

import numpy as np

from ..errors import UserError

# Our layers as the release calls them; others have the same names there.
_RENAMED = (
    (r'(encoder|decoder)/mlp/norm(\d+)', r'\1/densenorm\2'),
    (r'(\w+)/mlp/(\w+)', r'\1/\2'),
    (r'decoder/dense', r'decoder/convin'),
    (r'decoder/deconv(\d+)', r'decoder/conv\1'),
    (r'decoder/out_(.+)', r'decoder/dense_\1'),
    (r'rssm/gru', r'rssm/_cell/_layer'),
    (r'rssm/gru/norm', r'rssm/_cell/_norm'),
    (r'rssm/prior(\d+)/img_dist', r'rssm/img_dist_\1'),
    (r'rssm/prior(\d+)/img_out/dense0', r'rssm/img_out_\1'),
    (r'rssm/prior(\d+)/img_out/norm0', r'rssm/img_out_norm_\1'),
)
_BEHAVIOUR, _HEADS = ('_behaviour',), ('wm', 'heads')
_ABOVE: dict[str, tuple[str, ...]] = {  # where the parts stand in the tree
    'target_critic': _BEHAVIOUR,
    'actor': _BEHAVIOUR,
    'critic': _BEHAVIOUR,
    'encoder': ('wm',),
    'decoder': _HEADS,
    'discount': _HEADS,
    'reward': _HEADS,
    'rssm': ('wm',),
}
_POSITION = {'kernel': '0', 'bias': '1', 'gamma': '0', 'beta': '1'}  # a layer lists its variables as it made them
_OWN = ''  # sorts before all names of parts


class NamedArray(NamedTuple):
    """One array of variables.pkl."""

    name: str  # of our variable, or words for another quantity
    is_weight: bool
    array: np.ndarray  # float32 where it is a weight


def find(arrays: Sequence[np.ndarray], weights: Mapping[str, Any], file: object) -> list[NamedArray]:
    """Returns the arrays of a variables.pkl with the names of our variables, in their order.

    Args:
      arrays: of the file, in its order.
      weights: {name: variable} of our agent with the same settings, see `Learner.weights`.
      file: its name, for messages.

    Raises:
      UserError: a number or a shape is not that of this agent; names the first.
    """
    expected = _order(weights)
    for index, (array, name) in enumerate(zip(arrays, expected)):
        shape = tuple(weights[name].shape) if name in weights else ()
        if array.shape != shape:
            _refuse(file, arrays, expected, f': array {index} is {array.shape} there, {name} is {shape} here')
        if name in weights and array.dtype.kind != 'f':
            _refuse(file, arrays, expected, f': array {index}, {name}, is of type {array.dtype} there, not a float')
    if len(arrays) != len(expected):
        _refuse(file, arrays, expected, '')
    return [
        NamedArray(name, name in weights, array.astype(np.float32) if name in weights else array)
        for array, name in zip(arrays, expected)
    ]


def _order(weights: Mapping[str, Any]) -> list[str]:
    """Returns names of weights and words for other quantities, in the order of the release."""
    has_slow_critic = any(name.startswith('target_critic/') for name in weights)
    places: dict[tuple[str, ...], str] = {_place(name, has_slow_critic): name for name in weights}
    places |= {(_OWN, 'tfstep'): 'agent steps', (*_BEHAVIOUR, 'rewnorm', 'mag'): 'mean size of rewards'}
    if has_slow_critic:
        places[*_BEHAVIOUR, _OWN, '_updates'] = 'updates'
    return [places[place] for place in sorted(places)]


def _place(name: str, has_slow_critic: bool) -> tuple[str, ...]:
    """Returns the place of a weight of ours in the release's tree: names from the top down."""
    layer, _, variable = name.replace('rssm/prior/', 'rssm/prior0/').rpartition('/')
    for ours, theirs in _RENAMED:
        match = re.fullmatch(ours, layer)
        if match:
            layer = match.expand(theirs)
            break
    part, *below = layer.split('/')
    slow = 'target_critic' if has_slow_critic else 'critic'
    return (*_ABOVE[part], '_target_critic' if part == slow else part, *below, _POSITION[variable])


def _refuse(file: object, arrays: Sequence[np.ndarray], expected: Sequence[str], why: str) -> NoReturn:
    raise UserError(
        f'{file} does not fit these settings{why}. It holds {len(arrays)} arrays, an agent of these settings '
        f'{len(expected)}; --config must be the config.yaml that the release wrote beside it'
    )
