"""Reads checkpoints of version 0.1, whose arrays had other names and whose counts lay in one list."""

import json
from typing import Any

import numpy as np

BEHAVIOUR = ('actor', 'critic', 'target_critic', 'reward_norm')  # begin the names of what the behaviour holds
MODES = ('train', 'eval')
POLICY_STATE = {  # fields in the order in which they were numbered, by their number
    4: ('logit', 'stoch', 'deter', 'action'),
    5: ('mean', 'std', 'stoch', 'deter', 'action'),
}
CLOCKS = {'train': 'train_every', 'log': 'log_every', 'eval': 'eval_every', 'video': 'video_every'}


def converted(arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Returns the arrays of a checkpoint of 0.1 under the names of format 2.

    Raises:
      KeyError, TypeError, ValueError: it is no such checkpoint.
    """
    apart = {'run', 'config', 'spaces'}
    renamed = {
        _renamed(name): array for name, array in arrays.items() if name not in apart and not name.startswith('policy/')
    }
    plain: dict[str, Any] = {'learner': {}, 'greedy': {}}
    if 'run' in arrays:
        counts = json.loads(str(arrays['run']))
        plain |= _parts(counts, str(arrays['config']))
        renamed |= _driver_rows(arrays) | _policy_state(arrays)
    return {
        **renamed,
        'parts': np.array(json.dumps(plain)),
        'config': arrays['config'],
        'spaces': arrays['spaces'],
        'format': np.array(1),
        'version': np.array('0.1'),
    }


def _renamed(name: str) -> str:
    """`open/train/0/image` -> `train_replay/0/image`, `rssm/gru/kernel` -> `learner/rssm/gru/kernel`, ..."""
    first, _, rest = name.partition('/')
    if first in ('open', 'env'):
        mode, _, inside = rest.partition('/')
        return f'{mode}_{"replay" if first == "open" else "envs"}/{inside}'
    return f'{"greedy" if first in BEHAVIOUR else "learner"}/{name}'


def _parts(counts: dict[str, Any], config: str) -> dict[str, Any]:
    """Returns {part: plain data} of the counts."""
    periods = dict(line.split(':', 1) for line in config.splitlines() if line[:1].isalpha())
    clocks = {
        f'{"film" if name == "video" else name}_clock': {
            'last': counts['clocks'][name],
            'every': int(float(periods[key])),
        }
        for name, key in CLOCKS.items()
    }
    drawn = counts['dataset']
    return {
        'run': {key: counts[key] for key in ('steps', 'prefilled', 'best_return')},
        'greedy': {'policy': {'calls': counts['train_calls']}},
        'random': {'generator': counts['random']['random policy']},
        'eval_policy': {'calls': counts['eval_calls']},
        'driver': {},
        **{f'{mode}_envs': {} for mode in MODES},
        **{f'{mode}_replay': _manifest(counts[f'{mode}_buffer']) for mode in MODES},
        'dataset': {
            'chunks': drawn['chunks'],
            'sampler': {'rest': drawn['rest'], 'generator': counts['random']['sampler']},
        },
        'recorder': counts['recorder'],
        'metrics_file': {'bytes': counts['metrics_bytes']},
        **clocks,
    }


def _manifest(saved: dict[str, Any]) -> dict[str, Any]:
    """Returns the manifest of today: it lists loaded episodes and counts others; that of 0.1 lists all."""
    return {
        'seed': saved['seed'],
        'numbers': saved['numbers'],
        'loaded': saved['saved'],
        'evicted_episodes': 0,
        'leaving': saved['leaving'],
    }


def _driver_rows(arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Returns the newest rows of running episodes, without their actions."""
    rows = {}
    for name, array in arrays.items():
        if name.startswith('open/train/') and not name.endswith('/action'):
            rows[f'driver/rows/{name.removeprefix("open/train/")}'] = array[-1]
    return rows


def _policy_state(arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    numbered = [name for name in arrays if name.startswith('policy/')]
    if not numbered:
        return {}
    fields = POLICY_STATE[len(numbered)]
    return {f'driver/policy/{field}': arrays[f'policy/{index}'] for index, field in enumerate(fields)}
