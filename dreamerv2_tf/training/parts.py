"""All parts of a run, and the list of those that a checkpoint holds."""

import dataclasses
import math
import pathlib
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from .. import build
from ..agent.foresight import Foresight
from ..agent.held_weights import HeldWeights
from ..collect.driver import Driver
from ..comparison.published_curve import PublishedCurve, WithPublished
from ..config.tree import Config
from ..display.progress import Progress
from ..envs.vector import Environments
from ..learning.checkpoint import Checkpoints
from ..learning.checkpoint_format import Contents
from ..learning.profiler import Profiler
from ..metrics.clocks import Bursts, Every, Ratio, Since
from ..metrics.jsonl import Jsonl
from ..metrics.recorder import Recorder
from ..metrics.tensorboard import TensorBoard
from ..metrics.timing import Timing
from ..replay.buffer import Buffer
from ..replay.dataset import Dataset
from ..spec import State, Stateful
from .films import Films
from .run_counts import RunCounts
from .updates import Updates

HELD = 'held_weights'  # the part that a run with `overlap` has besides


class Clocks(NamedTuple):
    """What is due every so many agent steps; `save` counts frames and minutes."""

    train: Bursts | Ratio
    log: Every
    eval: Every
    film: Every
    save: Since


@dataclasses.dataclass(frozen=True)
class Parts:
    """All parts of a run. Made by `make_parts`.

    Attributes:
      envs, replays: {mode: ...} with the modes `train` and `eval`.
    """

    config: Config
    agent: build.Agent
    envs: Mapping[str, Environments]
    replays: dict[str, Buffer]
    driver: Driver
    dataset: Dataset
    recorder: Recorder
    metrics_file: Jsonl
    updates: Updates
    held: HeldWeights | None
    progress: Progress
    timing: Timing
    films: Films
    foresight: Foresight
    checkpoints: Checkpoints
    counts: RunCounts
    clocks: Clocks

    @property
    def stateful(self) -> dict[str, Stateful]:
        """{name: part} of everything that a checkpoint holds: each has `get_state` and `set_state`.

        A part that a resumed run needs is registered here and nowhere else. What is not here is not saved; such
        things are listed in docs/resume.md.
        """
        return {
            'run': self.counts,
            **self.agent.learned,
            'eval_policy': self.agent.eval_policy,
            **({HELD: self.held} if self.held else {}),
            'driver': self.driver,
            **{f'{mode}_envs': envs for mode, envs in self.envs.items()},
            **{f'{mode}_replay': replay for mode, replay in self.replays.items()},
            'dataset': self.dataset,
            'recorder': self.recorder,
            'metrics_file': self.metrics_file,
            'train_clock': self.clocks.train,
            'log_clock': self.clocks.log,
            'eval_clock': self.clocks.eval,
            'film_clock': self.clocks.film,
        }

    def contents(self) -> Contents:
        """Returns everything that a checkpoint holds, as it is now."""
        states: dict[str, State] = {name: part.get_state() for name, part in self.stateful.items()}
        gym_spaces = self.envs['train'].gym_spaces
        return Contents(self.config.to_yaml(), self.agent.spaces.to_json(), states, gym_spaces=gym_spaces)


def make_parts(
    config: Config,
    logdir: pathlib.Path,
    agent: build.Agent,
    envs: Mapping[str, Environments],
    progress: Progress,
    sinks: Iterable[Any] = (),
) -> Parts:
    """Returns the parts of a run that keeps its episodes, checkpoints, metrics and films below `logdir`.

    Args:
      config: all settings.
      logdir: folder of the run.
      agent: an `Agent`.
      envs: {'train', 'eval'} of environments.
      progress: of the run, for a display.
      sinks: further sinks for numbers, see `Recorder`.
    """
    replays = {mode: build.make_replay(config, logdir, mode, each) for mode, each in envs.items()}
    dataset = build.make_dataset(config, replays['train'], agent.world_model.preprocess.keys)
    metrics_file, tensorboard = Jsonl(logdir / 'metrics.jsonl'), TensorBoard(logdir)
    published = PublishedCurve(config.task, config.action_repeat, config.discount)
    recorder = Recorder([progress, metrics_file, *(WithPublished(sink, published) for sink in (tensorboard, *sinks))])
    timing, counts = Timing(), RunCounts()
    held = HeldWeights(agent.policies) if config.overlap else None
    return Parts(
        config=config,
        agent=agent,
        envs=envs,
        replays=replays,
        driver=Driver(envs['train'], _seeds(config.seed, replays['train']), lambda: counts.episode_limit),
        dataset=dataset,
        recorder=recorder,
        metrics_file=metrics_file,
        updates=Updates(agent.learner, dataset, recorder, progress, timing, held, Profiler(logdir, config.profile)),
        held=held,
        progress=progress,
        timing=timing,
        films=Films(
            logdir / 'videos',
            agent.world_model,
            envs['eval'].observation,
            config.log_keys_video,
            config.seed,
            tensorboard,
        ),
        foresight=Foresight(agent.world_model, agent.actor_critic, config.discount, config.seed),
        checkpoints=Checkpoints(logdir / 'checkpoints', config.checkpoint.keep),
        counts=counts,
        clocks=Clocks(
            train=update_clock(config),
            log=Every(config.log_every),
            eval=Every(config.eval_every),
            film=Every(config.video_every),
            save=Since(config.checkpoint.every_frames, config.checkpoint.every_minutes),
        ),
    )


def checkpoint_bytes(agent: build.Agent) -> int:
    """Returns the size of a checkpoint without running episodes."""
    return sum(
        math.prod(variable.shape) * variable.dtype.size
        for part in agent.learned.values()
        for variable in part.variables.values()
    )


def update_clock(config: Config) -> Bursts | Ratio:
    """Returns what says how many updates are due after each agent step."""
    if config.train_ratio:
        return Ratio(config.train_ratio, config.dataset.batch * config.dataset.length)
    return Bursts(config.train_every, config.train_steps)


def _seeds(seed: int, replay: Buffer) -> Callable[[int], int]:
    return lambda index: build.env_seed(seed, 'train', index, replay.numbers[index])
