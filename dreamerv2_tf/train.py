"""Train a DreamerV2 agent.

usage: python -m dreamerv2_tf.train --configs atari --task atari_pong [--logdir DIR] [--KEY VALUE ...]

With --offline DIR --updates N it learns from saved episodes alone, those of a folder or of a run.
The same command goes on with a run that was interrupted; --resume_changed lets settings differ.
KEY is any key below, or a pattern that matches several, such as --'.*\\.norm' layer.
"""

import functools
import shlex
import sys

from . import cli
from .config import flags
from .errors import UserError
from .startup import interpreter, loading_tensorflow


def main(argv=None):
    """Returns the exit code.

    0, 1 for a run that failed, 2 for bad use, 143 after SIGTERM, 129 where the terminal was closed,
    130 after Ctrl-C twice.
    """
    return cli.run(__doc__, argv, _train, comfort='; what was saved before is kept')


def _train(argv):
    settings = [word for word in argv if word != '--resume_changed']
    folder, words = flags.take_text(settings, 'offline')
    numbers, words = flags.take(words, {'updates': 0})
    if bool(folder) != bool(numbers['updates']):
        raise UserError('`--offline DIR` and `--updates N` go together')
    if folder:
        flags.check_offline(words)
    config, notices = flags.parse(words)
    for notice in notices:
        print('note:', notice)
    with loading_tensorflow():
        from .training import session
    again = f'{interpreter()} -m dreamerv2_tf.train {shlex.join(settings)}'
    train = functools.partial(session.train_offline, folder=folder, **numbers) if folder else session.train
    return train(config, command=again, allow_changes=settings != argv)


if __name__ == '__main__':
    sys.exit(main())
