"""A run of the train command, from its settings to its last words."""

import contextlib
import functools

from .. import build
from ..display.progress import Progress
from ..errors import RunError
from ..learning.device import prepare
from . import logdir as logdirs
from . import messages, offline, resume
from .disk_guard import Space
from .loop import make_training
from .published_curve import OnTrack
from .signals import Stop


def train(config, command, allow_changes):
    """Trains an agent until it is done or told to stop, and prints how it went.

    Args:
      config: a `Config`.
      command: goes on with this run, if it is stopped.
      allow_changes: settings may differ from those of the checkpoint that it goes on from.

    Returns the exit code.

    Raises:
      UserError: settings that cannot be used. Nothing has been made or changed.
      RunError, OSError: the run cannot go on.
    """
    logdir = logdirs.locate(config)
    device = prepare(config.precision, config.jit_compile, config.eager)
    with contextlib.ExitStack() as stack:
        envs = [stack.enter_context(contextlib.closing(build.make_envs(config, mode))) for mode in ('train', 'eval')]
        return _run(config, logdir, device, envs, make_training, command, allow_changes)


def train_offline(config, folder, updates, command, allow_changes):
    """Learns from saved episodes alone, until so many updates are done; otherwise as `train`.

    folder: of the episodes, or of the run that recorded them.
    """
    logdir = logdirs.locate(config)
    config = offline.configured(config, folder, logdir)
    envs = offline.Nobody(offline.spaces(folder))
    device = prepare(config.precision, config.jit_compile, config.eager)
    make = functools.partial(make_training, kind=functools.partial(offline.Offline, updates))
    return _run(config, logdir, device, [envs, envs], make, command, allow_changes)


def _run(config, logdir, device, envs, make, command, allow_changes):
    """Makes all parts of a run, and runs it.

    envs: [train, eval]; make: see `make_training`.
    """
    stop, spaces = Stop(), (envs[0].observation, envs[0].action)
    agent = build.make_agent(config, *spaces, device.precision, device.jit_compile)
    space = Space(logdir, resume.size(agent))
    with contextlib.ExitStack() as stack:
        stack.enter_context(logdirs.locked(logdir))
        sinks = [stack.enter_context(contextlib.closing(sink)) for sink in build.make_sinks(config, logdir)]
        display = build.make_display()
        progress = Progress(
            display,
            functools.partial(messages.expectation, config, device),
            published=OnTrack(config.task, config.action_repeat, config.discount).text,
        )
        training = make(config, logdir, agent, *envs, progress, lambda: stop() or space.low(), sinks)
        resumed = training.resume(allow_changes)
        counts = build.parameter_counts(agent)
        display.say('\n'.join([*messages.describe(config, device, counts, *spaces, logdir), *training.plan()]))
        if resumed:
            display.say(resumed)
        if training.finished:
            display.say(f'nothing to do: {training.done} are done; more {training.more} go on')
            return 0
        logdirs.write_config(logdir, config)
        with stop.listening(), contextlib.closing(training), display:
            training.run()
            display.say(messages.spent(training.timing.seconds))
    text, full = messages.ending(training.done, training.finished, logdir, space, command)
    if full:
        raise RunError(text)
    display.say(text)
    return stop.exit_code
