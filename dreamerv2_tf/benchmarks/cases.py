"""What `scripts/bench` times: each case gives rows of figures."""

import contextlib
import functools
import pathlib
import tempfile
from typing import NamedTuple

from .. import build
from ..display.progress import Progress, Silent
from ..envs.vector import Serial
from ..errors import UserError
from ..learning.device import Device, prepare
from ..training.messages import LAYERS
from ..training.parts import make_parts
from . import timers
from .flops import layers_of_update, total_flops, total_seconds

SIZES = ('rssm.deter', 'rssm.hidden', 'rssm.stoch', 'rssm.discrete', 'encoder.cnn_depth', 'actor.units')
SWEEP = {'batch': ('dataset.batch',), 'length': ('dataset.length',), 'horizon': ('imag_horizon',), 'layers': LAYERS}
FACTORS = (0.5, 1, 2)


class Made(NamedTuple):
    """What is timed."""

    config: dict
    device: Device
    envs: Serial
    agent: build.Agent

    def row(self, case, figures):
        """Figures with all that they depend on."""
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
            'peak_memory_gb': timers.peak_memory(),
            **timers.machine(),
        }


def train(config, repeats, seconds):
    """An update on random rows; `start_seconds` are from the command to the end of the first one."""
    with _made(config) as made:
        began, figures = timers.process_seconds(), _update(made, repeats)
        yield made.row('train', {'start_seconds': round(began + figures['trace_seconds'], 2), **figures})


def bound(config, repeats, seconds):
    """An update, and its products and convolutions each by itself, as floating point operations and seconds.

    Raises:
      UserError: another precision than float32, or continuous actions.
    """
    with _made(config) as made:
        if made.device.precision != 'float32':
            raise UserError(f'`bound` needs --precision float32. Received: {made.device.precision}')
        if not made.envs.action.discrete:
            raise UserError(f'`bound` counts updates with discrete actions. {config.task} has continuous ones')
        figures = _update(made, repeats)
        layers = layers_of_update(
            made.agent.weights, config.dataset.batch, config.dataset.length, config.imag_horizon
        )
        flops, alone = total_flops(layers), total_seconds(layers)
        yield made.row(
            'bound',
            {
                **figures,
                'gflops': round(flops / 1e9, 1),
                'bound_seconds': round(alone, 4),
                'gflops_per_second': round(flops / alone / 1e9, 1),
                'update_to_bound': round(figures['median_seconds'] / alone, 3),
            },
        )


def sweep(config, repeats, seconds):
    """Updates at half and twice the batch, length, horizon and layers, a row each."""
    for what, keys in SWEEP.items():
        for factor in FACTORS:
            changed = config.updated({key: max(1, round(config[key] * factor)) for key in keys})
            with _made(changed) as made:
                yield made.row('sweep', {'what': what, 'factor': factor, **_update(made, repeats)})


def policy(config, repeats, seconds):
    """A policy call for all environments."""
    with _made(config) as made:
        frames = config.envs * config.action_repeat
        yield made.row('policy', timers.time_policy(made.agent, made.envs, 20 * repeats, frames))


def loop(config, repeats, seconds):
    """Acting and learning."""
    with _made(config) as made, _folder() as folder, contextlib.closing(build.make_envs(config, 'eval')) as evals:
        envs = {'train': made.envs, 'eval': evals}
        parts = make_parts(config, folder, made.agent, envs, Progress(Silent()))
        yield made.row('loop', timers.time_loop(parts, seconds))


def replay(config, repeats, seconds):
    """A full replay: opening it and drawing batches."""
    with contextlib.closing(build.make_envs(config, 'train')) as envs, _folder() as folder:
        episode = functools.partial(timers.random_episode, observation=envs.observation, action=envs.action)
        figures = timers.time_replay(folder, config, episode, seconds)
    yield {
        'case': 'replay',
        **figures,
        'batch': config.dataset.batch,
        'length': config.dataset.length,
        **timers.machine(),
    }


@contextlib.contextmanager
def _made(config):
    device = prepare(config.precision, config.jit_compile, config.eager)
    with contextlib.closing(build.make_envs(config, 'train')) as envs:
        agent = build.make_agent(config, envs.observation, envs.action, device.precision, device.jit_compile)
        yield Made(config, device, envs, agent)


@contextlib.contextmanager
def _folder():
    with tempfile.TemporaryDirectory() as folder:
        yield pathlib.Path(folder)


def _update(made, repeats):
    config = made.config
    rows = timers.random_rows(config, made.envs.observation, made.envs.action)
    steps = config.dataset.batch * config.dataset.length
    return timers.time_update(made.agent, rows, repeats, steps * config.action_repeat)
