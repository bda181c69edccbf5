"""Set runs beside the published score tables; `--published` shows these tables alone.

usage: python -m dreamerv2_tf.compare --logdir ROOT ... [--tasks REGEX] [--out DIR] [--FLAG VALUE ...]
       python -m dreamerv2_tf.compare --published [--game pong] [--out DIR]

Never loads TensorFlow. What is compared, and how: docs/compare.md.
"""

import argparse
import pathlib
import sys
from collections.abc import Sequence

from . import cli
from .comparison import report, report_files, runs, terminal, verdicts
from .scores import protocol, published

FLAGS_WITH_RUNS = ('logdir', 'tasks', 'bin', 'at', 'metric', 'out')
FLAGS_WITH_PUBLISHED = ('published', 'game', 'out')


def main(argv: Sequence[str] | None = None) -> int:
    """Returns the exit code: 0, 1 after a failure, or 2 for bad use."""
    return cli.run(parser(), argv, _compare)


def parser() -> cli.Parser:
    """Returns the parser of this command line."""
    flags = cli.Parser(__doc__)
    what = flags.add_mutually_exclusive_group(required=True)
    runs_help = 'folders with runs at any depth, metrics.jsonl files, or score files (.json)'
    what.add_argument('--logdir', nargs='+', metavar='ROOT', help=runs_help)
    what.add_argument('--published', action='store_true', help='the published tables, without any run')
    flags.add_argument('--game', help='with --published: this game or task alone, and its curve')
    flags.add_argument('--tasks', type=cli.pattern, metavar='REGEX', help='only tasks whose whole name matches')
    flags.add_argument('--out', type=pathlib.Path, metavar='DIR', help='for a page, Markdown, CSV, JSON and plots')
    bin_help = 'whose returns are averaged (as published: 1e6 for Atari, 3e4 for dm_control)'
    flags.add_argument('--bin', type=cli.frames, metavar='FRAMES', help=bin_help)
    at_help = 'where to compare (where the shortest run of a task has got to)'
    flags.add_argument('--at', type=cli.frames, metavar='FRAMES', help=at_help)
    metric_help = f'of the runs: {" or ".join(protocol.METRICS)} (what the published curve is made of)'
    flags.add_argument('--metric', type=cli.one_of(protocol.METRICS), help=metric_help)
    return flags


def _compare(given: argparse.Namespace) -> int:
    allowed, where = (
        (FLAGS_WITH_PUBLISHED, 'with --published') if given.published else (FLAGS_WITH_RUNS, 'without --published')
    )
    cli.check_flags(given, allowed, where)
    if given.out:
        cli.check_writable(given.out)
    result = _report_published(given) if given.published else _report_runs(given)
    terminal.show(result)
    if given.out:
        written = report_files.write(result, given.out)
        print(f'written to {given.out}: {", ".join(written)}')
    return 0


def _report_published(given: argparse.Namespace) -> report.Report:
    return report.of_published(published.find(given.game) if given.game else None)


def _report_runs(given: argparse.Namespace) -> report.Report:
    found = runs.find(given.logdir, given.metric, given.tasks)
    rows = verdicts.compare(found.runs, given.bin, given.at)
    return report.of_runs(rows, found.notices + verdicts.doubts(rows), given.bin)


if __name__ == '__main__':
    sys.exit(main())
