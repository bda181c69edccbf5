r"""Train a DreamerV2 agent.

usage: python -m dreamerv2_tf.train --configs atari --task atari_pong [--logdir DIR] [--KEY VALUE ...]

With --offline DIR --updates N it learns from saved episodes alone, those of a folder or of a run.
The same command goes on with a run that was interrupted; --resume_changed lets settings differ.
KEY is any key below, or a pattern that matches several, such as --'.*\.norm' layer.
"""

import argparse
import functools
import shlex
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from . import cli
from .config import flags
from .errors import UserError
from .startup import interpreter, loading_tensorflow
from .training import signals

if TYPE_CHECKING:
    import os

    from .config.tree import Config
    from .envs.python_tasks import EnvFn
    from .from_python import Result


def main(argv: Sequence[str] | None = None) -> int:
    """Returns the exit code.

    0, also after Ctrl-C or SIGUSR1; 1 for a run that failed, 2 for bad use, 143 after SIGTERM, 129 where the terminal
    was closed, 130 after Ctrl-C twice.
    """
    with signals.nothing_to_save():
        return cli.run(parser(), argv, _train, reassurance='; what was saved before is kept')


def parser() -> cli.Parser:
    """Returns the parser of this command line."""
    flags = cli.Parser(__doc__, settings=True)
    flags.add_argument('--offline', metavar='DIR', help='learn from the saved episodes in DIR alone; needs --updates')
    flags.add_argument('--updates', type=cli.whole_number, metavar='N', help='updates to make, with --offline')
    flags.add_argument(
        '--resume_changed',
        type=cli.true_or_false,
        nargs='?',
        const=True,
        default=False,
        metavar='True|False',
        help='go on with an interrupted run though settings differ (False)',
    )
    return flags


def _train(given: argparse.Namespace) -> int:
    own = ['--offline', given.offline, '--updates', str(given.updates)] if given.offline else []
    if bool(given.offline) != bool(given.updates):
        raise UserError('`--offline DIR` and `--updates N` go together')
    if given.offline:
        flags.check_offline(given.settings)
    config, notices = flags.parse(given.settings)
    for notice in notices:
        print('note:', notice)
    with loading_tensorflow():
        from .training import session
    train = session.train
    if given.offline:
        train = functools.partial(session.train_offline, folder=given.offline, updates=given.updates)
    command = f'{interpreter()} -m dreamerv2_tf.train {shlex.join([*own, *given.settings])}'
    return train(config, command=command, allow_changes=given.resume_changed)


def call(env: 'str | EnvFn', config: 'Config', logdir: 'str | os.PathLike[str] | None' = None) -> 'Result':
    """Trains an agent until all steps are done, and returns what it has come to.

        result = dv2.train(Corridor, dv2.load_config('cpu', steps=50000), logdir='runs/corridor')
        print(result.returns['eval'][-1], result.agent.play(Corridor(), episodes=3).returns)

    The same call goes on with a run that was interrupted. It prints what the command prints. Ctrl-C saves and then
    raises KeyboardInterrupt; in other threads than the main one, signals are left alone.

    Args:
      env: a function without arguments that makes a `gymnasium.Env`, such as its class; or a task, or an id of
        Gymnasium. Functions that are not registered give tasks called `python_NAME`.
      config: what `load_config` returns; its task has no effect. Where it has `envs_parallel` process, the function
        goes to other processes and must be one that can be pickled.
      logdir: folder of the run; None = that of the config.

    Raises:
      UserError: what was given cannot be used. Nothing has been made or changed.
      RunError, OSError: the run cannot go on; what was saved is kept.
      SystemExit: a signal such as SIGTERM ended it, with all saved.
    """
    with loading_tensorflow():
        from . import from_python
    return from_python.train(env, config, logdir)


cli.make_callable(__name__, call)

if __name__ == '__main__':
    sys.exit(main())
