"""What all commands share: help, and mistakes as one line and an exit code."""

import argparse
import sys
import tempfile

from .config import help
from .errors import RunError, UserError, nearest
from .startup import allow_open_files, show_warnings


def run(usage, argv, body, comfort=''):
    """Runs `body(argv)` and returns its exit code, or 0 after --help.

    Args:
      usage: text above all settings in --help; None where the body answers it, as a `Parser` does.
      argv: words of the command line, or None for this process's.
      body: function; may raise.
      comfort: ends what is said when the machine or the user breaks it off.

    Returns 2 after bad use, 1 after a failure, 130 after Ctrl-C.
    """
    argv = sys.argv[1:] if argv is None else argv
    if usage and {'-h', '--help'} & set(argv):
        print(help.describe(usage))
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


class Parser(argparse.ArgumentParser):
    """Reads the words of a command whose flags are no settings of a run.

    Args:
      usage: text of --help, above the flags.
    """

    def __init__(self, usage):
        super().__init__(
            description=usage,
            usage=argparse.SUPPRESS,
            allow_abbrev=False,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )

    def parse_args(self, argv):
        """Raises UserError; after --help, SystemExit."""
        values, unknown = self.parse_known_args(argv)
        if unknown:
            flags = [flag for action in self._actions for flag in action.option_strings if flag.startswith('--')]
            raise UserError(f'what is `{unknown[0]}`?{nearest(unknown[0], flags)} Flags are {", ".join(flags)}')
        return values

    def error(self, message):
        raise UserError(message)


def check_writable(folder):
    """Raises UserError where the folder of `--out`, which need not exist, could not be written to."""
    try:
        existing = next(path for path in (folder, *folder.absolute().parents) if path.exists())
        with tempfile.TemporaryDirectory(dir=existing):
            pass
    except OSError as error:
        raise UserError(f'`--out` {folder} cannot be written: {error.strerror}') from None


def whole_number(text):
    """A count, 1 or more, as the type of a flag."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f'must be a whole number, 1 or more. Received: {text!r}')
    return int(text)
