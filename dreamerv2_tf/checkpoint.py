"""Show what a checkpoint holds, and what of a run is not saved.

usage: python -m dreamerv2_tf.checkpoint show DIR_OR_FILE

DIR is the folder of a run, of which the newest checkpoint is shown. Never loads TensorFlow.
"""

import pathlib
import sys

from . import cli
from .training.inventory import describe


def main(argv: list[str] | None = None) -> int:
    """Returns the exit code: 0, 1 after a failure, or 2 for bad use."""
    return cli.run(None, argv, _show)


def _show(argv: list[str]) -> int:
    parser = cli.Parser(__doc__)
    parser.add_argument('action', choices=['show'], help='what to do')
    parser.add_argument('where', type=pathlib.Path, metavar='DIR_OR_FILE', help='folder of a run, or a checkpoint')
    given = parser.parse_args(argv)
    print('\n'.join(describe(given.where.expanduser())))
    return 0


if __name__ == '__main__':
    sys.exit(main())
