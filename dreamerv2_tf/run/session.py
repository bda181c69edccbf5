"""A run of the train command, from its settings to its last words."""

import contextlib
import functools

from .. import build
from ..errors import RunError
from ..learning.device import prepare
from ..metrics.progress import Progress
from . import logdir as logdirs
from . import saving, summary
from .space import Space
from .stopping import Stop
from .training import make_training


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
    logdir, stop = logdirs.locate(config), Stop()
    device = prepare(config.precision, config.jit_compile, config.eager)
    with contextlib.ExitStack() as stack:
        train_envs, eval_envs = (
            stack.enter_context(contextlib.closing(build.make_envs(config, mode))) for mode in ('train', 'eval'))
        spaces = train_envs.observation, train_envs.action
        agent = build.make_agent(config, *spaces, device.precision, device.jit_compile)
        space = Space(logdir, saving.size(agent))
        stack.enter_context(logdirs.locked(logdir))
        display = build.make_display()
        progress = Progress(display, functools.partial(summary.expectation, config, device))
        training = make_training(
            config, logdir, agent, train_envs, eval_envs, progress, lambda: stop() or space.low())
        resumed = training.resume(allow_changes)
        display.say('\n'.join(
            summary.describe(config, device, build.parameter_counts(agent), *spaces, logdir)))
        if resumed:
            display.say(resumed)
        if training.steps >= config.steps:
            display.say(f'nothing to do: {training.steps:,} of {config.steps:,} agent steps are done; '
                        'more --steps go on')
            return 0
        logdirs.write_config(logdir, config)
        with stop.listening(), contextlib.closing(training), display:
            training.run()
            display.say(summary.spent(training.timing.seconds))
    text, full = summary.ending(config, training.steps, logdir, space, command)
    if full:
        raise RunError(text)
    display.say(text)
    return stop.exit_code
