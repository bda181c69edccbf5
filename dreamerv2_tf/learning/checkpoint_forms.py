"""What the plain data of a run's parts may be, so that a checkpoint is refused before anything takes it over."""

import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np

from ..errors import shown
from ..spec import ActionPart, Spaces, State

MAX_COUNT = 2**63 - 1
MAX_EPISODES = 10**7  # that an environment has ended; the names of all are made where files are missing
MAX_VALUES = 2**31 - 1  # of an observation or an action
_DIGEST = re.compile(r'[0-9a-f]{32}')


class Form(NamedTuple):
    """Which values are allowed."""

    allowed: str  # as a phrase
    fits: Callable[[Any], bool]


def check(parts: Mapping[str, State]) -> None:
    """Checks the plain data of all parts {name: (plain data, {name: array})}; parts without a form may hold any.

    Raises:
      ValueError: a value is not allowed, or two contradict each other.
    """
    for part, forms in FORMS.items():
        plain = parts[part][0] if part in parts else {}
        if not isinstance(plain, dict):
            raise ValueError(f'its part `{part}` must be values by name. Received: {shown(plain)}')
        for key, value in plain.items():
            form = forms.get(key) or forms.get(ANY_KEY)
            if form and not form.fits(value):
                raise ValueError(f'`{key}` of its part `{part}` must be {form.allowed}. Received: {shown(value)}')
    if 'card' in parts and parts['card'][0].keys() != FORMS['card'].keys():
        raise ValueError(f'its part `card` must have {", ".join(FORMS["card"])}. Received: {shown(parts["card"][0])}')
    if 'run' in parts:
        _check_together(parts)


def check_spaces(spaces: Spaces) -> None:
    """Raises ValueError where no environment could give and take this."""
    for key, spec in spaces.observation.items():
        if not all(_is_count(length) for length in spec.shape) or np.prod(spec.shape, dtype=float) > MAX_VALUES:
            raise ValueError(f'its observation `{key}` has the shape {shown(spec.shape)}')
        if spec.dtype.kind not in 'fiub':
            raise ValueError(f'its observation `{key}` is of {spec.dtype}')
    parts = spaces.action.parts
    if not parts or not all(map(_is_action_part, parts)) or spaces.action.size > MAX_VALUES:
        raise ValueError(f'its actions are {shown([tuple(part) for part in parts])}')


def _check_together(parts: Mapping[str, State]) -> None:
    """Raises ValueError where parts are not of one run."""
    run = parts['run'][0]
    if 'steps' not in run:
        raise ValueError('its part `run` lacks steps')
    late = [name for name in CLOCKS if name in parts and (parts[name][0].get('last') or 0) > run['steps']]
    if late:
        last = parts[late[0]][0]['last']
        raise ValueError(
            f'`{late[0]}` is at {last:,} agent steps and the run at {run["steps"]:,}: they are of two runs'
        )
    seeds = [parts[name][0].get('seed') for name in REPLAYS if name in parts]
    if len(set(seeds)) > 1:
        raise ValueError(f'its episodes are of two runs, with the seeds {seeds[0]} and {seeds[1]}')
    updates = parts['learner'][1].get('updates', np.array(0)) if 'learner' in parts else np.array(0)
    if updates.shape or updates.dtype.kind not in 'iu' or updates < 0:
        raise ValueError(f'`updates` of its part `learner` must be {COUNT.allowed}. Received: {shown(updates)}')


def _is_count(value: Any, most: int = MAX_COUNT) -> bool:
    return type(value) is int and 0 <= value <= most


def _is_action_part(part: ActionPart) -> bool:
    size_fits = _is_count(part.size, MAX_VALUES) and part.size > 0
    return size_fits and isinstance(part.discrete, bool) and isinstance(part.name, str)


def _is_number(value: Any) -> bool:
    return isinstance(value, float) or (type(value) is int and abs(value) <= MAX_COUNT)


def _is_digest(value: Any) -> bool:
    return isinstance(value, str) and bool(_DIGEST.fullmatch(value))


def _is_generator(value: Any) -> bool:
    """Whether it is the state of a generator of the kind that draws here."""
    try:
        np.random.default_rng(0).bit_generator.state = value
    except (TypeError, ValueError, KeyError, OverflowError):
        return False
    return True


def _is_piece(value: Any) -> bool:
    """Whether it is [digest, start, stop]."""
    if not isinstance(value, list) or len(value) != 3:
        return False
    digest, start, stop = value
    return _is_digest(digest) and _is_count(start) and _is_count(stop) and start < stop


def _is_policy(value: Any) -> bool:
    return isinstance(value, dict) and _is_count(value.get('calls'))


def _is_sampler(value: Any) -> bool:
    if not isinstance(value, dict) or not {'generator', 'rest'} <= value.keys():
        return False
    return _is_generator(value['generator']) and (value['rest'] is None or _is_piece(value['rest']))


def _is_curve(value: Any) -> bool:
    """Whether it is [[frames, return], ...]."""
    return isinstance(value, list) and all(
        isinstance(point, list) and len(point) == 2 and _is_count(point[0]) and _is_number(point[1]) for point in value
    )


def _is_list(value: Any, fits: Callable[[Any], bool]) -> bool:
    return isinstance(value, list) and all(map(fits, value))


COUNT = Form('a whole number, 0 or more', _is_count)
SOME_COUNT = Form('a whole number, 0 or more, or null', lambda value: value is None or _is_count(value))
GENERATOR = Form('the state of a PCG64 generator', _is_generator)
DIGESTS = Form('a list of digests, each 32 hex digits', lambda value: _is_list(value, _is_digest))
REPLAY = {
    'seed': COUNT,
    'numbers': Form(
        f'a list of whole numbers from 0 to {MAX_EPISODES:,}',
        lambda value: _is_list(value, lambda number: _is_count(number, MAX_EPISODES)),
    ),
    'loaded': DIGESTS,
    'evicted_episodes': COUNT,
    'leaving': DIGESTS,
}
ANY_KEY = '*'
REPLAYS = ('train_replay', 'eval_replay')
CLOCKS = ('train_clock', 'log_clock', 'eval_clock', 'film_clock')
FORMS: dict[str, dict[str, Form]] = {  # {part: {key of its plain data: form}}
    'run': {
        'steps': COUNT,
        'prefilled': Form('true or false', lambda value: isinstance(value, bool)),
        'best_return': Form('a number or null', lambda value: value is None or _is_number(value)),
        'episode_limit': SOME_COUNT,
    },
    'driver': {'episode_steps': Form('a list of whole numbers, 0 or more', lambda value: _is_list(value, _is_count))},
    **dict.fromkeys(('greedy', 'Plan2Explore', 'ModelLoss'), {'policy': Form('a count of calls', _is_policy)}),
    'random': {'generator': GENERATOR},
    'eval_policy': {'calls': COUNT},
    **dict.fromkeys(REPLAYS, REPLAY),
    'dataset': {
        'chunks': Form(
            'lists of [digest, start, stop]',
            lambda value: value is None or _is_list(value, lambda chunk: _is_list(chunk, _is_piece)),
        ),
        'sampler': Form('the state of a PCG64 generator, and a rest of [digest, start, stop] or null', _is_sampler),
    },
    'recorder': {ANY_KEY: Form('a list of numbers', lambda value: _is_list(value, _is_number) and bool(value))},
    'metrics_file': {'bytes': COUNT},
    'card': {
        'steps': COUNT,
        'updates': COUNT,
        'curve': Form('a list of [frames, return]', _is_curve),
        'returns': Form('a list of numbers', lambda value: _is_list(value, _is_number)),
        'seed': COUNT,
    },
    **dict.fromkeys(CLOCKS, {'last': SOME_COUNT, 'every': SOME_COUNT, 'owed': COUNT}),
}
