"""Train a DreamerV2 agent.

usage: python -m dreamerv2_tf.train --configs atari --task atari_pong [--logdir DIR] [--KEY VALUE ...]

The same command goes on with a run that was interrupted; --resume_changed lets settings differ.
KEY is any key below, or a pattern that matches several, such as --'.*\\.norm' layer.
"""

import shlex
import sys

from .config import flags, help
from .errors import RunError, UserError
from .startup import interpreter, loading_tensorflow, show_warnings


def main(argv=None):
    """Returns the exit code.

    0, 1 for a run that failed, 2 for bad use, 143 after SIGTERM, 130 after Ctrl-C twice.
    """
    argv = sys.argv[1:] if argv is None else argv
    if {'-h', '--help'} & set(argv):
        print(help.describe(__doc__))
        return 0
    show_warnings()
    try:
        config, notices = flags.parse([word for word in argv if word != '--resume_changed'])
        for notice in notices:
            print('note:', notice)
        with loading_tensorflow():
            from .run import session
        command = f'{interpreter()} -m dreamerv2_tf.train {shlex.join(argv)}'
        return session.train(config, command, allow_changes='--resume_changed' in argv)
    except (UserError, RunError) as error:
        print(f'error: {error}', file=sys.stderr)
        return 2 if isinstance(error, UserError) else 1
    except OSError as error:
        print(f'error: {error}; what was saved before is kept', file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print('interrupted; what was saved before is kept', file=sys.stderr)
        return 130


if __name__ == '__main__':
    sys.exit(main())
