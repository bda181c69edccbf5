"""Train a DreamerV2 agent.

usage: python -m dreamerv2_tf.train --configs atari --task atari_pong [--logdir DIR] [--KEY VALUE ...]

The same command goes on with a run that was interrupted; --resume_changed lets settings differ.
KEY is any key below, or a pattern that matches several, such as --'.*\\.norm' layer.
"""

import logging
import shlex
import signal
import sys

from .config import flags, help
from .errors import UserError
from .startup import loading_tensorflow


def main(argv=None):
    """Returns the exit code: 0, 2 for bad use, 130 or 143 where a signal ended it before it began."""
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
    except UserError as error:
        print(f'error: {error}', file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print('interrupted; what was saved before is kept', file=sys.stderr)
        return 130


def _train(config, argv):
    with loading_tensorflow():
        from . import build
    from .learning.device import prepare
    from .run import logdir as logdirs
    from .run import summary
    from .run.training import make_training

    logdir = logdirs.locate(config)
    device = prepare(config.precision, config.jit_compile, config.eager)
    train_envs, eval_envs = build.make_envs(config, 'train'), build.make_envs(config, 'eval')
    received = []

    def on_signal(number, frame):
        if received:
            raise KeyboardInterrupt  # the second one does not wait for the step to end
        received.append(number)

    try:
        agent = build.make_agent(
            config, train_envs.observation, train_envs.action, device.precision, device.jit_compile)
        training = make_training(config, logdir, agent, train_envs, eval_envs,
                                 build.make_recorder(logdir), stop=lambda: bool(received))
        resumed = training.resume(allow_changes='--resume_changed' in argv)
        print('\n'.join(summary.describe(
            config, device, build.parameter_counts(agent), train_envs.observation, train_envs.action,
            logdir)))
        if resumed:
            print(f'resumed at {training.frames:,} frames')
        sys.stdout.flush()
        if training.steps >= config.steps:
            print(f'nothing to do: {training.steps:,} of {config.steps:,} agent steps are done; '
                  'more --steps go on')
            return 0
        logdirs.write_config(logdir, config)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, on_signal)
        training.run()
    finally:
        train_envs.close()
        eval_envs.close()
    if received:
        print(f'stopped at {training.frames:,} frames; to go on: '
              f'python -m dreamerv2_tf.train {shlex.join(argv)}')
    return 143 if signal.SIGTERM in received else 0


if __name__ == '__main__':
    sys.exit(main())
