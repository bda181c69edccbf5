"""Which runs a sweep consists of: tasks x methods x seeds, each a command line of `train`."""

import pathlib
import shlex
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ..config import bounded_yaml, flags, presets
from ..config.tree import Config
from ..envs.registry import env_constructor
from ..errors import UserError, nearest, shown
from ..files import safe_name

Methods = Mapping[str, Mapping[str, Any]]
DEFAULT = 'default'  # the method without presets of its own
MAX_JOBS = 10_000
_OF_THE_GRID = ('task', 'seed', 'logdir')  # keys of a run that a grid says in its own words
_KEYS = ('configs', 'tasks', 'methods', 'seeds', 'budget_frames', 'settings')


class Job(NamedTuple):
    """One run of a sweep.

    Attributes:
      name: TASK/METHOD/SEED.
      words: of the command line of `train`.
      logdir: folder of the run.
      config: all its settings.
    """

    name: str
    words: tuple[str, ...]
    logdir: pathlib.Path
    config: Config

    @property
    def frames(self) -> int:
        """Frames after which it is done."""
        return int(self.config.steps * self.config.action_repeat)

    @property
    def command(self) -> str:
        """The command line without the interpreter, to be read and copied."""
        return f'python -m dreamerv2_tf.train {shlex.join(self.words)}'


class Grid(NamedTuple):
    """What a sweep varies.

    Attributes:
      configs: presets of all runs.
      tasks: names of tasks.
      methods: {name: {'presets': [...], key: value, ...}}, on top of `configs`.
      seeds: seeds.
      budget_frames: of each run; None = `steps` of its settings.
      settings: {key: value} of all runs.
    """

    configs: Sequence[str]
    tasks: Sequence[str]
    methods: Methods
    seeds: Sequence[int]
    budget_frames: int | None
    settings: Mapping[str, Any]

    def jobs(self, out: pathlib.Path) -> list[Job]:
        """Returns all runs below a folder; those with the lowest seeds come first, so that all methods are seen early.

        Raises:
          UserError: settings or a task that cannot be used, or more runs than 10,000.
        """
        count = len(self.tasks) * len(self.methods) * len(self.seeds)
        if not 0 < count <= MAX_JOBS:
            raise UserError(
                f'a sweep has 1 to {MAX_JOBS:,} runs. Received: {len(self.tasks)} tasks x {len(self.methods)} '
                f'methods x {len(self.seeds)} seeds'
            )
        tasks = dict.fromkeys(self.tasks)
        jobs = [self._job(out, task, method, seed) for seed in self.seeds for task in tasks for method in self.methods]
        for job in jobs[:: len(self.methods)][: len(tasks)]:
            env_constructor(job.config, 'train')().close()
        return jobs

    def _job(self, out: pathlib.Path, task: str, method: str, seed: int) -> Job:
        own = dict(self.methods[method])
        names = [*self.configs, *own.pop('presets', [])]
        settings = {**self.settings, **presets.flatten(own)}
        for key in settings:
            if key in _OF_THE_GRID or (key == 'steps' and self.budget_frames):
                raise UserError(
                    f'{task}/{method}: `{key}` is not for settings; tasks, seeds, out and budget_frames say it'
                )
        logdir = out / safe_name(task) / safe_name(method) / str(seed)
        words = ['--configs', *names, '--task', task, '--seed', str(seed), '--logdir', str(logdir)]
        for key, value in settings.items():
            words += [f'--{key}', *(map(str, value) if isinstance(value, list) else [str(value)])]
        try:
            config, _ = flags.parse(words)
            if self.budget_frames:
                words += ['--steps', str(-(-self.budget_frames // config.action_repeat))]
                config, _ = flags.parse(words)
        except UserError as error:
            raise UserError(f'{task}/{method}: {error}') from None
        return Job(f'{task}/{method}/{seed}', tuple(words), logdir, config)


def of_presets(names: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Returns methods {name: ...} that are presets; `default` is none, and `a+b` are two."""
    return {name: {'presets': [each for each in name.split('+') if each != DEFAULT]} for name in names}


def seeds_of(value: object) -> list[int]:
    """Returns seeds: 3 stands for 0, 1, 2. Raises UserError."""
    if type(value) is int and 1 <= value <= MAX_JOBS:
        return list(range(value))
    if isinstance(value, list) and value and all(type(seed) is int and seed >= 0 for seed in value):
        return list(dict.fromkeys(value))
    raise UserError(f'`seeds` must be how many, 1 or more, or a list of them. Received: {shown(value)}')


def from_file(path: pathlib.Path) -> Grid:
    """Returns the grid of a YAML file.

        configs: [cpu]
        tasks: [toy_catch]
        methods: {default: {}, gaussian: {presets: [gaussian_latents]}, far: {imag_horizon: 25}}
        seeds: 3
        budget_frames: 40000

    Raises:
      UserError: it cannot be read, or a key or a value that is not allowed.
    """
    tree = bounded_yaml.parse(bounded_yaml.read(path), str(path))
    for key in tree:
        if key not in _KEYS:
            raise UserError(f'{path}: unknown key `{key}`{nearest(str(key), _KEYS)}; allowed are {", ".join(_KEYS)}')
    try:
        methods = tree.get('methods', {DEFAULT: {}})
        if not isinstance(methods, dict) or not all(isinstance(own, dict) for own in methods.values()):
            raise UserError(f'`methods` must be settings by name of a method. Received: {shown(methods)}')
        return Grid(
            configs=_names(tree, 'configs', list(presets.DEFAULT_PRESETS)),
            tasks=_names(tree, 'tasks'),
            methods={str(name): {**own, 'presets': _names(own, 'presets', [])} for name, own in methods.items()},
            seeds=seeds_of(tree.get('seeds', 1)),
            budget_frames=_budget(tree.get('budget_frames')),
            settings=presets.flatten(_section(tree, 'settings')),
        )
    except UserError as error:
        raise UserError(f'{path}: {error}') from None


def _names(section: Mapping[str, Any], key: str, otherwise: list[str] | None = None) -> list[str]:
    value = section.get(key, otherwise)
    names = [value] if isinstance(value, str) else value
    if not isinstance(names, list) or not all(isinstance(name, str) and name for name in names):
        raise UserError(f'`{key}` must be a list of names. Received: {shown(value)}')
    return names


def _section(tree: Mapping[str, Any], key: str) -> dict[str, Any]:
    value = tree.get(key, {})
    if not isinstance(value, dict):
        raise UserError(f'`{key}` must be settings by name. Received: {shown(value)}')
    return value


def _budget(value: object) -> int | None:
    if value is None:
        return None
    if isinstance(value, (int, float)) and value >= 1 and value == int(value):
        return int(value)
    raise UserError(f'`budget_frames` must be a whole number, 1 or more. Received: {shown(value)}')
