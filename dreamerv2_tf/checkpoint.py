"""Show what a checkpoint holds, and what of a run is not saved.

usage: python -m dreamerv2_tf.checkpoint show DIR_OR_FILE

DIR is the folder of a run, of which the newest checkpoint is shown. Never loads TensorFlow.
"""

import argparse
import pathlib
import sys
from collections.abc import Sequence

from . import cli
from .display.printable import printable_lines
from .training.describe_checkpoint import describe


def main(argv: Sequence[str] | None = None) -> int:
    """Returns the exit code: 0, 1 after a failure, or 2 for bad use."""
    return cli.run(parser(), argv, _show)


def parser() -> cli.Parser:
    """Returns the parser of this command line."""
    flags = cli.Parser(__doc__)
    flags.add_argument('action', type=cli.one_of(('show',)), metavar='show', help=argparse.SUPPRESS)
    flags.add_argument('where', type=pathlib.Path, metavar='DIR_OR_FILE', help=argparse.SUPPRESS)
    return flags


def _show(given: argparse.Namespace) -> int:
    print(printable_lines('\n'.join(describe(given.where.expanduser()))))
    return 0


if __name__ == '__main__':
    sys.exit(main())
