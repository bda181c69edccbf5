"""What a run's config.yaml says of how it was scored: ours, or that of the authors' release."""

import pathlib
import re
from typing import NamedTuple

import ruamel.yaml

KEYS = (
    'task',
    'seed',
    'logdir',
    'action_repeat',
    'time_limit',
    'atari_full_actions',
    'eval_noise',
    'eval_state_mean',
    'discount',
    'slow_baseline',
)
_LINE = re.compile(rf'^(?:{"|".join(KEYS)}):.*$', re.MULTILINE)
_OWN = re.compile(  # of one run alone, so that runs of one method differ in it
    r'^(task|seed|logdir|steps|envs|envs_parallel|precision|jit_compile|eager|log_\w+|video_every|'
    r'wandb_project|profile|overlap|'
    r'  every_\w+|  keep|  read_dirs|  disk_limit_gb|  compress):.*$',
    re.MULTILINE,
)


class Settings(NamedTuple):
    """Attributes:
    task, method, seed: which run it is.
    values: {key: value} of `KEYS` that are there.
    rest: the text without what is of one run alone, to see whether two runs are of one method.
    """

    task: str
    method: str
    seed: str
    values: dict
    rest: str


def read(path):
    """The `Settings` of a config.yaml.

    The method is what LOGDIR/<task>/<method>/<seed> in its key `logdir` says, else dreamerv2. So is the
    seed for the release, which never read its key `seed`.

    Raises:
      ValueError: there is no task in it.
    """
    text = path.read_text(errors='replace')
    values = _parse('\n'.join(_LINE.findall(text))) or _parse(text)
    task = values.get('task')
    if not isinstance(task, str) or not task.isprintable():
        raise ValueError('names no task')
    if 'slow_baseline' in values:
        values = {'atari_full_actions': False} | values  # fixed in the release's code
    parts = pathlib.PurePath(str(values.get('logdir', ''))).parts
    method, seed = 'dreamerv2', str(values.get('seed', 0))
    if len(parts) >= 3 and parts[-3] == task and parts[-2].isprintable():
        method = parts[-2]
        seed = parts[-1] if 'slow_baseline' in values else seed
    return Settings(task, method, seed, values, _OWN.sub('', text))


def _parse(text):
    """Parsing a whole file takes a hundred times as long as a few lines of it."""
    try:
        tree = ruamel.yaml.YAML(typ='safe', pure=True).load(text)
    except (ruamel.yaml.YAMLError, ValueError, RecursionError):
        return {}
    return tree if isinstance(tree, dict) and 'task' in tree else {}
