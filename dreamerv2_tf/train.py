"""Train a DreamerV2 agent.

usage: python -m dreamerv2_tf.train --configs atari --task atari_pong [--logdir DIR] [--KEY VALUE ...]

The same command goes on with a run that was interrupted. KEY is any key below, or a pattern that
matches several, such as --'.*\\.norm' layer.
"""

import logging
import pathlib
import signal
import sys

from .config import flags, help
from .errors import UserError
from .startup import loading_tensorflow


def main(argv=None):
    """Returns the exit code: 0, 2 for bad use, 143 after SIGTERM."""
    argv = sys.argv[1:] if argv is None else argv
    if {'-h', '--help'} & set(argv):
        print(help.describe(__doc__))
        return 0
    logging.basicConfig(format='%(levelname)s: %(message)s', level=logging.WARNING)
    try:
        config, notices = flags.parse(argv)
        for notice in notices:
            print('note:', notice)
        return _train(config, argv)
    except UserError as error:
        print(f'error: {error}', file=sys.stderr)
        return 2


def _train(config, argv):
    with loading_tensorflow():
        from . import build
    from .learning.checkpoint import Checkpoints
    from .learning.device import prepare
    from .run import summary
    from .run.training import Training

    logdir = pathlib.Path(
        f'logdir/{config.task}/dreamerv2/{config.seed}' if config.logdir == 'auto' else config.logdir)
    build.check_logdir(logdir)
    device = prepare(config.precision, config.jit_compile, config.eager)
    train_envs, eval_envs = build.make_envs(config, 'train'), build.make_envs(config, 'eval')
    agent = build.make_agent(
        config, train_envs.observation, train_envs.action, device.precision, device.jit_compile)
    print('\n'.join(summary.describe(
        config, device, build.parameter_counts(agent), train_envs.observation, train_envs.action,
        logdir)), flush=True)

    received = []
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda number, frame: received.append(number))
    train_buffer, eval_buffer = (build.make_buffer(config, logdir, mode) for mode in ('train', 'eval'))
    dataset = build.make_dataset(config, train_buffer, agent.world_model)
    training = Training(
        config, agent, train_envs, eval_envs, train_buffer, eval_buffer, dataset,
        build.make_recorder(logdir), Checkpoints(logdir / 'checkpoints'), stop=lambda: bool(received))
    try:
        if training.resume():
            print(f'resumed at {training.frames:,} frames', flush=True)
        logdir.mkdir(parents=True, exist_ok=True)
        (logdir / 'config.yaml').write_text(config.to_yaml())
        training.run()
    finally:
        train_envs.close()
        eval_envs.close()
    if received:
        print(f'stopped at {training.frames:,} frames; to go on: '
              f'python -m dreamerv2_tf.train {" ".join(argv)}')
    return 143 if signal.SIGTERM in received else 0


if __name__ == '__main__':
    sys.exit(main())
