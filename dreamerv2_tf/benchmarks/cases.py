"""What `scripts/bench` times: each case gives rows of figures."""

import contextlib
import itertools
import pathlib
import tempfile
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from .. import build
from ..collect.driver import Driver
from ..config.tree import Config
from ..display.progress import Progress, Silent
from ..envs.vector import Environments
from ..errors import UserError
from ..explore.explorer import Explorer
from ..learning.device import Device, prepare
from ..spec import observed
from ..training.messages import LAYERS
from ..training.parts import make_parts
from . import timers
from .dreaming import time_dreams
from .exploring import time_beside_greedy
from .flops import Size, layers_of_update, total_flops, total_seconds
from .stepping import time_stepping

SIZES = ('rssm.deter', 'rssm.hidden', 'rssm.stoch', 'rssm.discrete', 'encoder.cnn_depth', 'actor.units')
SWEEP = {'batch': ('dataset.batch',), 'length': ('dataset.length',), 'horizon': ('imag_horizon',), 'layers': LAYERS}
FACTORS = (0.5, 1, 2)
POLICY_CALLS = 20  # timed for each repeat of other cases: a call is short
MEMORY_ROWS = 10

Row = dict[str, Any]


class Timed(NamedTuple):
    """Everything that a case times."""

    config: Config
    device: Device
    envs: Environments
    agent: build.Agent

    def row(self, case: str, figures: Mapping[str, Any]) -> Row:
        """Returns figures with all that they depend on."""
        config = self.config
        return {
            'case': case,
            **figures,
            'task': config.task,
            'envs': config.envs,
            'batch': config.dataset.batch,
            'length': config.dataset.length,
            'horizon': config.imag_horizon,
            'train_every': config.train_every,
            **{key: config[key] for key in SIZES},
            'overlap': config.overlap,
            'device': self.device.name,
            'precision': self.device.precision,
            'jit_compile': self.device.jit_compile,
            'policy_jit': config.policy_jit,
            'peak_memory_gb': timers.peak_memory(),
            **timers.machine(),
        }


def train(config: Config, repeats: int) -> Iterator[Row]:
    """Yields the row of an update on random rows; `start_seconds` are from the command to the end of the first one.

    With an explorer there is a second row: such updates beside those without it, in turns.
    """
    with _timed(config) as timed:
        began, figures = timers.process_seconds(), _update(timed, repeats)
        yield timed.row('train', {'start_seconds': round(began + figures['trace_seconds'], 2), **figures})
        if any(isinstance(behaviour, Explorer) for behaviour in timed.agent.behaviours.values()):
            rows = timers.random_rows(config, timed.envs.observation, timed.envs.action)
            with _timed(config.updated({'expl_behavior': 'greedy'})) as plain:
                beside = time_beside_greedy(timed.agent, plain.agent, rows, config.imag_horizon, repeats)
            yield timed.row('explorer', beside)


def bound(config: Config, repeats: int) -> Iterator[Row]:
    """Yields the row of an update beside its products and convolutions alone, in operations and in seconds.

    Raises:
      UserError: another precision than float32, continuous actions, or images of several sizes.
    """
    with _timed(config) as timed:
        if timed.device.precision != 'float32':
            raise UserError(f'`bound` needs --precision float32. Received: {timed.device.precision}')
        if not timed.envs.action.discrete:
            raise UserError(f'`bound` counts updates with discrete actions. {config.task} has continuous ones')
        if len({shape[:2] for shape in observed(timed.envs.observation).values() if len(shape) == 3}) > 1:
            raise UserError(f'`bound` counts images of one size. {config.task} has several')
        figures = _update(timed, repeats)
        layers = layers_of_update(
            timed.agent.weights, config.dataset.batch, config.dataset.length, config.imag_horizon, _image_sizes(timed)
        )
        flops, alone = total_flops(layers), total_seconds(layers)
        yield timed.row(
            'bound',
            {
                **figures,
                'gflops': round(flops / 1e9, 1),
                'bound_seconds': round(alone, 4),
                'gflops_per_second': round(flops / alone / 1e9, 1),
                'update_to_bound': round(figures['median_seconds'] / alone, 3),
            },
        )


def sweep(config: Config, repeats: int) -> Iterator[Row]:
    """Yields a row for updates at half and twice the batch, length, horizon and layers each."""
    for what, keys in SWEEP.items():
        for factor in FACTORS:
            changed = config.updated({key: max(1, round(config[key] * factor)) for key in keys})
            with _timed(changed) as timed:
                yield timed.row('sweep', {'what': what, 'factor': factor, **_update(timed, repeats)})


def policy(config: Config, repeats: int) -> Iterator[Row]:
    """Yields the row of a policy call for all environments."""
    with _timed(config) as timed:
        frames = config.envs * config.action_repeat
        yield timed.row('policy', timers.time_policy(timed.agent, timed.envs, POLICY_CALLS * repeats, frames))


def loop(config: Config, seconds: int) -> Iterator[Row]:
    """Yields the row of acting and learning together."""
    with _timed(config) as timed, _folder() as folder, contextlib.closing(build.make_envs(config, 'eval')) as evals:
        envs = {'train': timed.envs, 'eval': evals}
        run = make_parts(config, folder, timed.agent, envs, Progress(Silent()))
        yield timed.row('loop', timers.time_loop(run, seconds))


def replay(config: Config, seconds: int) -> Iterator[Row]:
    """Yields the row of a full replay: opening it and drawing batches."""
    with contextlib.closing(build.make_envs(config, 'train')) as envs, _folder() as folder:
        figures = timers.time_replay(folder, config, envs, seconds)
    yield {
        'case': 'replay',
        **figures,
        'batch': config.dataset.batch,
        'length': config.dataset.length,
        **timers.machine(),
    }


def envs(config: Config, seconds: int) -> Iterator[Row]:
    """Yields a row for each way in which environments step; `times_none` is the speed beside one after the other."""
    rates = time_stepping(config, seconds)
    for way, rate in rates.items():
        yield {
            'case': 'envs',
            'envs_parallel': way,
            'frames_per_second': round(rate, 1),
            'times_none': round(rate / rates['none'], 3),
            'task': config.task,
            'envs': config.envs,
            **timers.machine(),
        }


def dream(config: Config, seconds: int, dreams: int) -> Iterator[Row]:
    """Yields the row of dreams that are stepped side by side, as `DreamVectorEnv` does it."""
    with _timed(config) as timed:
        yield timed.row('dream', time_dreams(config, timed.agent, timed.envs.gym_spaces, dreams, seconds))


def memory(config: Config) -> Iterator[Row]:
    """Yields rows on what acting leaves in memory, after the first agent step and after each tenth of `steps`."""
    seeds = itertools.count()
    with _timed(config) as timed:
        policy, driver = timed.agent.train_policy, Driver(timed.envs, lambda index: next(seeds))
        for part in range(MEMORY_ROWS + 1):
            for _ in range(max(1, config.steps // MEMORY_ROWS // config.envs) if part else 1):
                driver.step(policy, lambda row, index: None)
            yield {
                'case': 'memory',
                'steps': part * (config.steps // MEMORY_ROWS),
                'anonymous_memory_gb': round(timers.anonymous_memory(), 4),
                'policy_traces': policy.traces,
                'task': config.task,
                'envs': config.envs,
                **timers.machine(),
            }


@contextlib.contextmanager
def _timed(config: Config) -> Iterator[Timed]:
    device = prepare(config.precision, config.jit_compile, config.eager)
    with contextlib.closing(build.make_envs(config, 'train')) as envs:
        agent = build.make_agent(config, envs.observation, envs.action, device.precision, device.jit_compile)
        yield Timed(config, device, envs, agent)


@contextlib.contextmanager
def _folder() -> Iterator[pathlib.Path]:
    with tempfile.TemporaryDirectory() as folder:
        yield pathlib.Path(folder)


def _image_sizes(timed: Timed) -> dict[str, Size]:
    """Returns {'encoder' | 'decoder': (height, width)} of the images that they convolve, where there are any."""
    model = timed.agent.world_model
    keys = {'encoder': model.encoder.cnn_keys[:1], 'decoder': model.decoder.cnn_keys[:1]}
    shapes = {name: timed.envs.observation[key].shape for name, each in keys.items() for key in each}
    return {name: (height, width) for name, (height, width, _) in shapes.items()}


def _update(timed: Timed, repeats: int) -> dict[str, float]:
    config = timed.config
    rows = timers.random_rows(config, timed.envs.observation, timed.envs.action)
    steps = config.dataset.batch * config.dataset.length
    return timers.time_update(timed.agent, rows, repeats, steps * config.action_repeat)
