"""What cases time: an agent and its environments, and the row of figures that they give."""

import contextlib
import pathlib
import tempfile
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from .. import build
from ..config.tree import Config
from ..display.progress import Progress, Silent
from ..envs.vector import Environments
from ..learning.device import Device, prepare
from ..training.parts import Parts, make_parts
from . import timers

SIZES = ('rssm.deter', 'rssm.hidden', 'rssm.stoch', 'rssm.discrete', 'encoder.cnn_depth', 'actor.units')

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


@contextlib.contextmanager
def timed(config: Config) -> Iterator[Timed]:
    """Makes everything that a case times, and closes its environments."""
    device = prepare(config.precision, config.jit_compile, config.eager)
    with contextlib.closing(build.make_envs(config, 'train')) as envs:
        agent = build.make_agent(config, envs.observation, envs.action, device.precision, device.jit_compile)
        yield Timed(config, device, envs, agent)


@contextlib.contextmanager
def temporary_run(made: Timed) -> Iterator[Parts]:
    """Makes the parts of a run that leaves nothing behind."""
    evals = build.make_envs(made.config, 'eval')
    with contextlib.closing(evals), temporary_folder() as folder:
        envs = {'train': made.envs, 'eval': evals}
        yield make_parts(made.config, folder, made.agent, envs, Progress(Silent()))


@contextlib.contextmanager
def temporary_folder() -> Iterator[pathlib.Path]:
    """Makes a folder that is gone afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        yield pathlib.Path(folder)
