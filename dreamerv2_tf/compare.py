"""Set runs beside the published score tables; `--published` shows these tables alone.

usage: python -m dreamerv2_tf.compare --logdir ROOT ... [--tasks REGEX] [--out DIR] [--FLAG VALUE ...]
       python -m dreamerv2_tf.compare --published [--game pong] [--out DIR]

Never loads TensorFlow. What is compared, and how: docs/compare.md.
"""

import argparse
import pathlib
import re
import sys

from . import cli
from .comparison import report, runs, terminal, verdicts
from .errors import UserError
from .scores import protocol, published


def main(argv=None):
    """Returns the exit code: 0, 1 after a failure, or 2 for bad use."""
    return cli.run(None, argv, _compare)


def _compare(argv):
    given = _parse(argv)
    if given.out:
        cli.check_writable(given.out)
    if given.published:
        told = report.of_published(published.find(given.game) if given.game else None)
    else:
        found = runs.find(given.logdir, given.metric, given.tasks)
        rows = verdicts.compare(found.runs, given.bin, given.at)
        told = report.of_runs(rows, found.notices + verdicts.doubts(rows), given.bin)
    terminal.show(told)
    if given.out:
        written = report.write(told, given.out)
        print(f'written to {given.out}: {", ".join(written)}')
    return 0


def _parse(argv):
    parser = cli.Parser(__doc__)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument(
        '--logdir',
        nargs='+',
        metavar='ROOT',
        help='folders with runs at any depth, metrics.jsonl files, or score files (.json)',
    )
    what.add_argument('--published', action='store_true', help='the published tables, without any run')
    parser.add_argument('--game', help='with --published: this game or task alone, and its curve')
    parser.add_argument('--tasks', type=_pattern, metavar='REGEX', help='only tasks whose whole name matches')
    parser.add_argument('--out', type=pathlib.Path, metavar='DIR', help='for a page, Markdown, CSV, JSON and plots')
    parser.add_argument(
        '--bin',
        type=_frames,
        metavar='FRAMES',
        help='whose returns are averaged (as published: 1e6 for Atari, 3e4 for dm_control)',
    )
    parser.add_argument(
        '--at', type=_frames, metavar='FRAMES', help='where to compare (where the shortest run of a task has got to)'
    )
    parser.add_argument('--metric', choices=protocol.METRICS, help='of the runs (what the published curve is made of)')
    given = parser.parse_args(argv)
    if given.game and not given.published:
        raise UserError('`--game` goes with --published; --tasks chooses among runs')
    of_runs = [name for name in ('tasks', 'bin', 'at', 'metric') if given.published and getattr(given, name)]
    if of_runs:
        raise UserError(f'`--{of_runs[0]}` is about runs and means nothing with --published')
    return given


def _frames(text):
    try:
        frames = float(text)
    except ValueError:
        frames = 0
    if not 1 <= frames < 1e12 or frames != int(frames):
        raise argparse.ArgumentTypeError(
            f'must be a whole number of frames, such as 1000000 or 1e6. Received: {text!r}'
        )
    return int(frames)


def _pattern(text):
    try:
        return re.compile(text)
    except re.error as error:
        raise argparse.ArgumentTypeError(f'{text!r} is not a regular expression: {error}') from None


if __name__ == '__main__':
    sys.exit(main())
