"""Look into saved episodes.

usage: python -m dreamerv2_tf.episodes ACTION DIR [--FLAG VALUE ...]

  list     a row per episode                   --sort time|return|length
  show     what one episode holds              --episode N, the newest if it is left out
  stats    returns, lengths, rewards and actions of all
  plot     the same as a picture               --out FILE.png|.pdf|.svg
  video    one episode as a film               --out FILE.gif|.webp|.mp4 --episode N --key image
           or as a sheet of pictures           --out FILE.png
  check    reads every file to its end and names the broken ones; exit code 1 if there are any
  export   writes a Minari dataset             --minari NAME, such as pong/mine-v0
  import   brings one into DIR, a new folder   --minari NAME

DIR is a folder of episodes or of a run (then its train_episodes), a file, or a pattern of them in quotes.
"""

import argparse
import sys

from . import cli
from .analysis import looking
from .errors import UserError, nearest

ACTIONS = {  # name: (function, its flags)
    'list': (looking.show_all, ('sort',)),
    'show': (looking.show_one, ('episode',)),
    'stats': (looking.statistics, ()),
    'plot': (looking.plot, ('out',)),
    'video': (looking.video, ('out', 'episode', 'key')),
    'check': (looking.check, ()),
    'export': (looking.write_minari, ('minari',)),
    'import': (looking.read_minari, ('minari',)),
}


def main(argv=None):
    """Returns the exit code: 0, 1 after a failure or where files are broken, or 2 for bad use."""
    return cli.run(None, argv, _run)


def _run(argv):
    flags = vars(_parser().parse_args(argv))
    action, where = flags.pop('action'), flags.pop('dir')
    if action not in ACTIONS:
        raise UserError(f'what to do? One of {", ".join(ACTIONS)}. Received: {action!r}{nearest(action, ACTIONS)}')
    body, allowed = ACTIONS[action]
    given = {name: value for name, value in flags.items() if value is not None}
    for name in given:
        if name not in allowed:
            told = f'; it takes --{", --".join(allowed)}' if allowed else ''
            raise UserError(f'`--{name}` means nothing to {action}{told}')
    return body(where, **given)


def _parser():
    parser = cli.Parser(__doc__)
    parser.add_argument('action', metavar='ACTION', help=argparse.SUPPRESS)
    parser.add_argument('dir', metavar='DIR', help=argparse.SUPPRESS)
    parser.add_argument('--sort', help=argparse.SUPPRESS)
    parser.add_argument('--episode', type=_number, help=argparse.SUPPRESS)
    for name in ('key', 'out', 'minari'):
        parser.add_argument(f'--{name}', help=argparse.SUPPRESS)
    return parser


def _number(text):
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f'must be a number from 0 on, as `list` shows them. Received: {text!r}')
    return int(text)


if __name__ == '__main__':
    sys.exit(main())
