"""Train a DreamerV2 agent.

usage: python -m dreamerv2_tf.train --configs atari --task atari_pong [--logdir DIR] [--KEY VALUE ...]

The same command goes on with a run that was interrupted; --resume_changed lets settings differ.
KEY is any key below, or a pattern that matches several, such as --'.*\\.norm' layer.
"""

import shlex
import sys

from . import command
from .config import flags
from .startup import interpreter, loading_tensorflow


def main(argv=None):
    """Returns the exit code.

    0, 1 for a run that failed, 2 for bad use, 143 after SIGTERM, 129 where the terminal was closed,
    130 after Ctrl-C twice.
    """
    return command.run(__doc__, argv, _train, comfort='; what was saved before is kept')


def _train(argv):
    settings = [word for word in argv if word != '--resume_changed']
    config, notices = flags.parse(settings)
    for notice in notices:
        print('note:', notice)
    with loading_tensorflow():
        from .run import session
    again = f'{interpreter()} -m dreamerv2_tf.train {shlex.join(settings)}'
    return session.train(config, again, allow_changes=settings != argv)


if __name__ == '__main__':
    sys.exit(main())
