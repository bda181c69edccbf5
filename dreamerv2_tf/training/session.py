"""A run of the train command: builds all parts, trains, and prints how it ended."""

import contextlib
import functools
import pathlib
from collections.abc import Callable, Mapping

from .. import build
from ..collect.failures import EnvironmentFailed
from ..comparison.published_curve import PublishedCurve
from ..config.tree import Config
from ..display.progress import Progress
from ..envs.vector import Environments
from ..envs.workers import interrupt_call
from ..errors import RunError
from ..learning import checkpoint
from ..learning.device import Device, prepare
from ..spec import Spaces
from . import achievements, messages
from .beginning import begin
from .disk_guard import DiskGuard
from .logdir import locate, locked, reading_from, write_config
from .loop import Training
from .offline import NoEnvironments, OfflineTraining, offline_config, recorded_spaces
from .parts import Parts, checkpoint_bytes, make_parts
from .signals import Stop

MakeTraining = Callable[[Parts, Callable[[], bool]], Training]


def train(config: Config, command: str, allow_changes: bool) -> int:
    """Trains an agent until it is done or a signal stops it, and prints how it ended.

    Args:
      config: all settings.
      command: goes on with this run, if it is stopped.
      allow_changes: settings may differ from those of the checkpoint that it goes on from.

    Returns the exit code.

    Raises:
      UserError: settings that cannot be used. Nothing has been made or changed.
      RunError, OSError: the run cannot go on.
    """
    config = reading_from(config)
    logdir = locate(config)
    device = prepare(config.precision, config.jit_compile, config.eager)
    stop = Stop(interrupt_call)
    with contextlib.ExitStack() as stack:
        envs: dict[str, Environments] = {
            mode: stack.enter_context(contextlib.closing(build.make_envs(config, mode, stop)))
            for mode in ('train', 'eval')
        }
        return _run(config, logdir, device, envs, Training, stop, command, allow_changes)


def train_offline(config: Config, folder: str, updates: int, command: str, allow_changes: bool) -> int:
    """Learns from saved episodes alone, until so many updates are done; otherwise as `train`.

    folder: of the episodes, or of the run that recorded them.
    """
    logdir = locate(config)
    config = offline_config(config, folder, logdir)
    envs = NoEnvironments(recorded_spaces(folder))
    device = prepare(config.precision, config.jit_compile, config.eager)
    make = functools.partial(OfflineTraining, total_updates=updates)
    return _run(config, logdir, device, {'train': envs, 'eval': envs}, make, Stop(), command, allow_changes)


def _run(
    config: Config,
    logdir: pathlib.Path,
    device: Device,
    envs: Mapping[str, Environments],
    make_training: MakeTraining,
    stop: Stop,
    command: str,
    allow_changes: bool,
) -> int:
    """Builds all parts of a run, and runs it."""
    spaces = Spaces(envs['train'].observation, envs['train'].action)
    agent = build.make_agent(config, *spaces, device.precision, device.jit_compile)
    begun = '' if checkpoint.find(logdir / 'checkpoints') else begin(config, agent)
    disk = DiskGuard(logdir, checkpoint_bytes(agent))
    with contextlib.ExitStack() as stack:
        stack.enter_context(locked(logdir))
        sinks = [stack.enter_context(contextlib.closing(sink)) for sink in build.make_sinks(config, logdir)]
        display = build.make_display()
        progress = Progress(
            display,
            functools.partial(messages.expectation, config, device),
            published=PublishedCurve(config.task, config.action_repeat, config.discount).text,
        )
        parts = make_parts(config, logdir, agent, envs, progress, sinks)
        training = make_training(parts, lambda: stop() or disk.low())
        resumed = training.resume(allow_changes) or begun
        counts = build.parameter_counts(agent)
        notes = [f'note        {note}' for note in envs['train'].notes]
        display.say('\n'.join([*messages.describe(config, device, counts, spaces, logdir), *notes, *training.plan()]))
        if resumed:
            display.say(resumed)
        if training.finished:
            display.say(f'nothing to do: {training.done} are done; more {training.longer} go on')
            return 0
        write_config(logdir, config)
        with stop.listening(), contextlib.closing(training), display:
            try:
                training.run()
            except EnvironmentFailed as error:
                raise RunError(f'{error}. All is saved; to go on: {command}') from error
            display.say(
                '\n'.join([messages.spent(parts.timing.seconds), achievements.summary(parts.metrics_file.path)]).strip()
            )
    text, disk_is_full = messages.ending(training.done, training.finished, parts.updates.done, logdir, disk, command)
    if disk_is_full:
        raise RunError(text)
    display.say(text)
    return stop.exit_code
