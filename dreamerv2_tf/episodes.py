"""Show, check and convert saved episodes.

usage: python -m dreamerv2_tf.episodes ACTION DIR [--FLAG VALUE ...]

  list     a row per episode                   --sort time|return|length
  show     what one episode holds              --episode N, the newest if it is left out
  stats    returns, lengths, rewards and actions of all
  plot     the same as a plot                  --out FILE.png|.pdf|.svg
  video    one episode as a film               --out FILE.gif|.webp|.mp4 --episode N --key image
           or as a sheet of frames             --out FILE.png
  check    reads every file to its end and names the broken ones; exit code 1 if there are any
  export   writes a Minari dataset             --minari NAME, such as pong/mine-v0
  import   brings one into DIR, a new folder   --minari NAME

DIR is a folder of episodes or of a run (then its train_episodes), a file, or a pattern of them in quotes.
"""

import argparse
import sys
from collections.abc import Callable, Sequence

from . import cli
from .display import terminal
from .recordings import commands

ACTIONS: dict[str, tuple[Callable, tuple[str, ...]]] = {  # name: (function, its flags)
    'list': (commands.show_list, ('sort',)),
    'show': (commands.show_one, ('episode',)),
    'stats': (commands.show_stats, ()),
    'plot': (commands.plot, ('out',)),
    'video': (commands.film, ('out', 'episode', 'key')),
    'check': (commands.check, ()),
    'export': (commands.export_minari, ('minari',)),
    'import': (commands.import_minari, ('minari',)),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Returns the exit code: 0, 1 after a failure or where files are broken, or 2 for bad use."""
    return cli.run(parser(), argv, _run)


def parser() -> cli.Parser:
    """Returns the parser of this command line."""
    flags = cli.Parser(__doc__)
    flags.add_argument('action', metavar='ACTION', type=cli.one_of(ACTIONS), help=argparse.SUPPRESS)
    flags.add_argument('dir', metavar='DIR', help=argparse.SUPPRESS)
    flags.add_argument('--sort', type=cli.one_of(commands.ORDERS), help=argparse.SUPPRESS)
    flags.add_argument('--episode', type=_number, help=argparse.SUPPRESS)
    for name in ('key', 'out', 'minari'):
        flags.add_argument(f'--{name}', help=argparse.SUPPRESS)
    return flags


def _run(given: argparse.Namespace) -> int:
    action, allowed = ACTIONS[given.action]
    cli.check_flags(given, allowed, f'to {given.action}')
    result = action(given.dir, **{name: getattr(given, name) for name in given.flags})
    if isinstance(result, commands.Check):
        print(result.text())
        return 1 if result.broken else 0
    if isinstance(result, str):
        print(result)
    else:
        terminal.show(result)
    return 0


def _number(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f'must be a number from 0 on, as `list` shows them. Received: {text!r}')
    return int(text)


if __name__ == '__main__':
    sys.exit(main())
