"""Set runs beside the published score tables, without TensorFlow.

usage: python -m dreamerv2_tf.compare --logdir ROOT ... [--tasks REGEX] [--out DIR] [--bin FRAMES] [--at FRAMES]
       python -m dreamerv2_tf.compare --published [--game pong] [--out DIR]

--logdir     folders that hold runs at any depth, metrics.jsonl files, or score files of the authors (.json)
--tasks      only tasks whose whole name this pattern matches, such as 'atari_(pong|boxing)'
--out        a folder for report.html, report.md, scores.csv, scores.json and plots
--bin        frames whose returns are averaged; as published: 1,000,000 for Atari, 30,000 for dm_control
--at         frames where runs are compared; otherwise where the shortest run of a task has got to
--metric     eval_return or train_return; otherwise what the published curve of the task is made of
--published  the published tables alone; --game shows one game, or task such as dmc_walker_walk, and its curve
"""

import argparse
import pathlib
import re
import sys

from . import command
from .analysis import comparison, printing, report, runs
from .errors import UserError
from .scores import protocol, published


def main(argv=None):
    """Returns the exit code: 0, 1 after a failure, or 2 for bad use."""
    return command.run(__doc__, argv, _compare, describe=str.strip)


def _compare(argv):
    given = _parse(argv)
    if given.out and given.out.exists() and not given.out.is_dir():
        raise UserError(f'`--out` {given.out} is not a folder')
    if given.published:
        told = report.of_published(published.find(given.game) if given.game else None)
    else:
        found = runs.find(given.logdir, given.metric, given.tasks)
        rows = comparison.compare(found.runs, given.bin, given.at)
        told = report.of_runs(rows, found.notices + comparison.doubts(rows), given.bin)
    printing.show(told)
    if given.out:
        written = report.write(told, given.out)
        print(f'written to {given.out}: {", ".join(written)}')
    return 0


class _Parser(argparse.ArgumentParser):

    def error(self, message):
        raise UserError(f'{message}; --help says what there is')


def _parse(argv):
    parser = _Parser(add_help=False, allow_abbrev=False)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument('--logdir', nargs='+')
    what.add_argument('--published', action='store_true')
    parser.add_argument('--game')
    parser.add_argument('--tasks', type=_pattern)
    parser.add_argument('--out', type=pathlib.Path)
    parser.add_argument('--bin', type=_frames)
    parser.add_argument('--at', type=_frames)
    parser.add_argument('--metric', choices=protocol.METRICS)
    given = parser.parse_args(argv)
    if given.game and not given.published:
        raise UserError('`--game` goes with --published; --tasks chooses among runs')
    return given


def _frames(text):
    try:
        frames = float(text)
    except ValueError:
        frames = 0
    if not 1 <= frames < 1e12 or frames != int(frames):
        raise argparse.ArgumentTypeError(f'must be a whole number of frames, such as 1000000 or 1e6. Received: {text!r}')
    return int(frames)


def _pattern(text):
    try:
        return re.compile(text)
    except re.error as error:
        raise argparse.ArgumentTypeError(f'{text!r} is not a regular expression: {error}') from None


if __name__ == '__main__':
    sys.exit(main())
