"""Play a game and the dream of it side by side, on a page in the browser.

usage: python -m dreamerv2_tf.play --logdir DIR [--FLAG VALUE ...]
       python -m dreamerv2_tf.play --agent NAME_OR_FILE [--FLAG VALUE ...]
"""

import argparse
import pathlib
import secrets
import sys
import webbrowser
from collections.abc import Sequence

from . import cli
from .errors import UserError, require
from .evaluation.sources import located, source_of
from .playground import address
from .startup import loading_tensorflow


def main(argv: Sequence[str] | None = None) -> int:
    """Returns the exit code: 0, 1 after a failure, or 2 for bad use."""
    return cli.run(parser(), argv, _play)


def parser() -> cli.Parser:
    """Returns the parser of this command line."""
    flags = cli.Parser(__doc__)
    cli.add_source_flags(flags)
    flags.add_argument('--port', type=_port, default=8765, help='of the page; 0 = any that is free (8765)')
    flags.add_argument('--host', default='127.0.0.1', help='who may come: 127.0.0.1 = this machine alone (127.0.0.1)')
    flags.add_argument('--open', action='store_true', help='open the page in the browser')
    flags.add_argument('--sessions', type=cli.whole_number, default=4, metavar='N', help='tabs at once, at most (4)')
    flags.add_argument(
        '--out', type=pathlib.Path, default=pathlib.Path('played'), metavar='FOLDER', help='for what is saved (played)'
    )
    flags.add_argument('--seed', type=int, default=0, help='of all that is drawn (0)')
    return flags


def _play(given: argparse.Namespace) -> int:
    for package in ('uvicorn', 'starlette', 'websockets'):
        require(package, 'play', 'the page')
    if given.seed < 0:
        raise UserError(f'`--seed` must be 0 or more. Received: {given.seed}')
    cli.check_writable(given.out)
    source = source_of(given.logdir, given.agent)
    located(source)
    listening = address.bound(given.host, given.port)
    with loading_tensorflow():
        from .inspection.saved_agent import load_agent
        from .playground import server
        from .playground.playing_room import PlayingRoom
    room = PlayingRoom(load_agent(source, given.checkpoint), given.out, given.sessions, given.seed)
    token = '' if given.host in address.LOCAL else secrets.token_urlsafe(16)
    page = address.address(given.host, listening.getsockname()[1], token)
    if token:
        print(f'warning: whoever reaches {given.host} and knows this address can play here', file=sys.stderr)
    if room.without_game:
        print(f'without the real game: {room.without_game}')
    print(f'{page}\nCtrl-C ends it', flush=True)
    if given.open:
        webbrowser.open(page)
    server.serve(room, listening, given.host, token)
    return 0


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f'must be a whole number from 0 to 65535. Received: {text!r}')
    return int(text)


if __name__ == '__main__':
    sys.exit(main())
