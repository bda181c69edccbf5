"""What all commands share: help, and mistakes as one line and an exit code."""

import sys

from .config import help
from .errors import RunError, UserError
from .startup import allow_open_files, show_warnings


def run(usage, argv, body, comfort='', describe=help.describe):
    """Runs `body(argv)` and returns its exit code, or 0 after --help.

    Args:
      usage: text of --help, above all settings.
      argv: words of the command line, or None for this process's.
      body: function; may raise.
      comfort: ends what is said when the machine or the user breaks it off.
      describe: function of `usage` that gives the text of --help; where no setting can be given, not this one.

    Returns 2 after bad use, 1 after a failure, 130 after Ctrl-C.
    """
    argv = sys.argv[1:] if argv is None else argv
    if {'-h', '--help'} & set(argv):
        print(describe(usage))
        return 0
    show_warnings()
    allow_open_files()
    try:
        return body(argv)
    except (UserError, RunError) as error:
        print(f'error: {error}', file=sys.stderr)
        return 2 if isinstance(error, UserError) else 1
    except OSError as error:
        print(f'error: {error}{comfort}', file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f'interrupted{comfort}', file=sys.stderr)
        return 130
