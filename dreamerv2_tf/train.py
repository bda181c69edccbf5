"""Train a DreamerV2 agent.

usage: python -m dreamerv2_tf.train --configs atari --task atari_pong [--logdir DIR] [--KEY VALUE ...]

The same command goes on with a run that was interrupted; --resume_changed lets settings differ.
KEY is any key below, or a pattern that matches several, such as --'.*\\.norm' layer.
"""

import contextlib
import functools
import logging
import shlex
import sys

from .config import flags, help
from .errors import RunError, UserError
from .startup import loading_tensorflow


def main(argv=None):
    """Returns the exit code.

    0, 1 for a run that failed, 2 for bad use, 143 after SIGTERM, 130 after Ctrl-C twice.
    """
    argv = sys.argv[1:] if argv is None else argv
    if {'-h', '--help'} & set(argv):
        print(help.describe(__doc__))
        return 0
    logging.basicConfig(format='%(levelname)s: %(message)s', level=logging.WARNING)
    try:
        settings = [word for word in argv if word != '--resume_changed']
        config, notices = flags.parse(settings)
        for notice in notices:
            print('note:', notice)
        return _train(config, argv)
    except (UserError, RunError) as error:
        print(f'error: {error}', file=sys.stderr)
        return 2 if isinstance(error, UserError) else 1
    except OSError as error:
        print(f'error: {error}; what was saved before is kept', file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print('interrupted; what was saved before is kept', file=sys.stderr)
        return 130


def _train(config, argv):
    with loading_tensorflow():
        from . import build
    from .learning.device import prepare
    from .metrics.progress import Progress
    from .run import logdir as logdirs
    from .run import saving, summary
    from .run.space import Space
    from .run.stopping import Stop
    from .run.training import make_training

    logdir, stop = logdirs.locate(config), Stop()
    device = prepare(config.precision, config.jit_compile, config.eager)
    command = f'python -m dreamerv2_tf.train {shlex.join(argv)}'
    with contextlib.ExitStack() as stack:
        def closing(thing):
            return stack.enter_context(contextlib.closing(thing))

        train_envs, eval_envs = (closing(build.make_envs(config, mode)) for mode in ('train', 'eval'))
        spaces = train_envs.observation, train_envs.action
        agent = build.make_agent(config, *spaces, device.precision, device.jit_compile)
        stack.enter_context(logdirs.locked(logdir))
        space, display = Space(logdir, saving.size(agent)), build.make_display()
        progress = Progress(display, functools.partial(summary.expectation, config, device))
        training = closing(make_training(
            config, logdir, agent, train_envs, eval_envs, progress, lambda: stop() or space.low()))
        resumed = training.resume(allow_changes='--resume_changed' in argv)
        counts = build.parameter_counts(agent)
        print('\n'.join(summary.describe(config, device, counts, *spaces, logdir)))
        if resumed:
            print(f'resumed at {training.frames:,} frames')
        if training.steps >= config.steps:
            print(f'nothing to do: {training.steps:,} of {config.steps:,} agent steps are done; '
                  'more --steps go on')
            return 0
        sys.stdout.flush()
        logdirs.write_config(logdir, config)
        with stop.listening(), display:
            training.run()
    if space.low():
        raise RunError(f'{space.describe()} and go on: {command}')
    print(f'stopped at {training.frames:,} frames; to go on: {command}' if stop() else
          f'finished {training.frames:,} frames; all is in {logdir}')
    return stop.exit_code


if __name__ == '__main__':
    sys.exit(main())
