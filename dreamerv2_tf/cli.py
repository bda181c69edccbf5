"""What all command lines share: one parser, its help, and mistakes as one line and an exit code."""

import argparse
import contextlib
import inspect
import pathlib
import re
import sys
import tempfile
import traceback
import types
from collections.abc import Callable, Collection, Sequence
from typing import Any, NoReturn

from . import startup
from .config import flags
from .config.help import describe_settings
from .config.schema import MAX_EVAL_ENVS
from .display.printable import PrintableFormatter, printable_lines
from .errors import RunError, UserError, nearest

DEBUG_FLAG = '--debug_errors'


class Parser(argparse.ArgumentParser):
    """Reads the words of a command line: flags of the command and, with `settings`, those of a run.

    Flags of the command are added as to any argparse parser and may stand anywhere among the settings. A flag takes
    the words that its type needs, a setting all words up to the next flag.

    Args:
      usage: the text of --help above the flags.
      settings: every other `--key value ...` is a setting of a run; --help lists them all.
    """

    def __init__(self, usage: str, settings: bool = False):
        super().__init__(
            description=usage.strip(),
            usage=argparse.SUPPRESS,
            allow_abbrev=False,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        self._takes_settings = settings
        self.add_argument(DEBUG_FLAG, action='store_true', help='show with an error where in the code it comes from')

    @property
    def known_flags(self) -> list[str]:
        """Flags of the command, with dashes."""
        return [flag for flag in self._option_string_actions if flag.startswith('--')]

    def parse(self, argv: Sequence[str]) -> argparse.Namespace:
        """Returns the values of the command's flags by name, and two more lists.

        flags: names of the flags that were given, without dashes.
        settings: the words that are settings, for `config.flags.parse`.

        Raises:
          UserError: an unknown word, with the nearest known name, or a value that is not allowed.
        """
        own, settings = self._split(argv)
        if self._takes_settings:
            flags.check_keys(settings, self.known_flags)
        elif settings:
            raise self._unknown(settings[0])
        values, surplus = self.parse_known_args(own)
        if surplus:
            raise self._unknown(surplus[0])
        actions = (self._option_string_actions.get(word.partition('=')[0]) for word in own)
        given = [action.option_strings[0] for action in actions if action]
        values.flags = [flag.removeprefix('--') for flag in given if flag != DEBUG_FLAG]
        values.settings = settings
        return values

    def format_help(self) -> str:
        """Returns the text of --help."""
        text = super().format_help()
        return f'{text}\n{describe_settings()}\n' if self._takes_settings else text

    def error(self, message: str) -> NoReturn:
        """Raises UserError in this project's words instead of leaving the process."""
        message = re.sub(r'^argument ([^\s/]+)\S*: expected .*', r'`\1` needs a value', message)
        message = re.sub(r'^argument ([^\s/]+)\S*:(?= must)', r'`\1`', message)
        raise UserError(message)

    def _unknown(self, word: str) -> UserError:
        more = ', and the settings of --help' if self._takes_settings else ''
        hint = nearest(word.partition('=')[0], self.known_flags)
        return UserError(f'what is `{word}`?{hint} Flags are {", ".join(self.known_flags)}{more}')

    def _split(self, argv: Sequence[str]) -> tuple[list[str], list[str]]:
        """Returns (words of the command's flags, words of other flags), each flag with all that follows it."""
        own: list[str] = []
        others: list[str] = []
        current = own  # words before the first flag are the command's
        for word in argv:
            if word.partition('=')[0] in self._option_string_actions:
                current = own
            elif word.startswith('--'):
                current = others
            current.append(word)
        return own, others


def run(
    parser: Parser, argv: Sequence[str] | None, body: Callable[[argparse.Namespace], int], reassurance: str = ''
) -> int:
    """Parses a command line, runs `body` on the result and returns the exit code.

    Args:
      parser: of the command line.
      argv: words of the command line, or None for this process's.
      body: function of what `Parser.parse` returns; may raise.
      reassurance: ends the sentence where the machine or the user breaks the command off.

    Returns what `body` returns, 0 after --help, 2 after bad use, 1 after a failure, 130 after Ctrl-C.
    """
    errors = startup.open_streams()
    code, message = _outcome(parser, sys.argv[1:] if argv is None else argv, body, reassurance)
    if message:
        with contextlib.suppress(OSError):
            print(printable_lines(message), file=errors)
    for stream in (sys.stdout, sys.stderr):
        startup.drop_unwritable(stream)
    return code


def _outcome(
    parser: Parser, argv: Sequence[str], body: Callable[[argparse.Namespace], int], reassurance: str
) -> tuple[int, str]:
    """Returns (exit code, message for the user or '')."""
    try:
        if {'-h', '--help'} & set(argv):
            print(parser.format_help(), end='')
            code = 0
        else:
            startup.show_warnings(PrintableFormatter('%(levelname)s: %(message)s'))
            startup.allow_open_files()
            code = body(parser.parse(argv))
        sys.stdout.flush()
        return code, ''
    except (UserError, RunError) as error:
        where = traceback.format_exc() if DEBUG_FLAG in argv else ''
        return 2 if isinstance(error, UserError) else 1, f'{where}error: {error}'
    except BrokenPipeError:  # nobody reads on, as after `| head`
        return 1, ''
    except OSError as error:
        return 1, f'error: {error}{reassurance}'
    except KeyboardInterrupt:
        return 130, f'interrupted{reassurance}'


def check_flags(given: argparse.Namespace, allowed: Collection[str], where: str) -> None:
    """Checks that every flag of a command line has a meaning.

    Args:
      given: what `Parser.parse` returned.
      allowed: names of flags, without dashes.
      where: ends the sentence of the error, such as 'to stats' or 'with --model'.

    Raises:
      UserError: a flag that is not allowed was given; names those that are.
    """
    for name in given.flags:
        if name not in allowed:
            others = f'; allowed are --{", --".join(allowed)}' if allowed else ''
            raise UserError(f'`--{name}` means nothing {where}{others}')


def check_writable(folder: pathlib.Path) -> None:
    """Raises UserError where the folder of `--out`, which need not exist, could not be written to."""
    try:
        existing = next(path for path in (folder, *folder.absolute().parents) if path.exists())
        with tempfile.TemporaryDirectory(dir=existing):
            pass
    except OSError as error:
        raise UserError(f'`--out` {folder} cannot be written: {error.strerror or error}') from None


def add_source_flags(flags: Parser) -> None:
    """Adds the flags that say which saved agent is meant, see `evaluation.sources.source_of`."""
    flags.add_argument('--logdir', help='folder of a run')
    flags.add_argument(
        '--agent', metavar='NAME_OR_FILE', help='instead: an agent that comes with the package, or an exported one'
    )
    flags.add_argument('--checkpoint', default='newest', help='of a run: newest, best, agent steps, or a file (newest)')


def whole_number(text: str) -> int:
    """Type of a flag: a count, 1 or more."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f'must be a whole number, 1 or more. Received: {text!r}')
    return int(text)


def side_by_side(text: str) -> int:
    """Type of a flag: how many episodes of an evaluation are played at once."""
    if not text.isdecimal() or not 1 <= int(text) <= MAX_EVAL_ENVS:
        raise argparse.ArgumentTypeError(f'must be a whole number from 1 to {MAX_EVAL_ENVS}. Received: {text!r}')
    return int(text)


def make_callable(door: str, function: Callable[..., Any]) -> None:
    """Lets the module of a command be called like the function of the public surface that has its name.

    `import dreamerv2_tf.train` puts the module in the place of the function `dreamerv2_tf.train`, as Python does with
    every module of a package. So both are one object, in whatever order they are asked for.

    Args:
      door: name of the module, its `__name__`.
      function: what a call does.
    """
    signature = {'__call__': staticmethod(function), '__signature__': inspect.signature(function)}
    sys.modules[door].__class__ = type('CallableModule', (types.ModuleType,), signature)


def true_or_false(text: str) -> bool:
    """Type of a flag: a truth value."""
    if text.lower() not in ('true', 'false'):
        raise argparse.ArgumentTypeError(f'must be True or False. Received: {text!r}')
    return text.lower() == 'true'


def one_of(names: Collection[str]) -> Callable[[str], str]:
    """Returns the type of a flag that is one of some names."""

    def convert(text: str) -> str:
        if text not in names:
            hint = nearest(text, names)
            raise argparse.ArgumentTypeError(f'must be one of {", ".join(names)}. Received: {text!r}{hint}')
        return text

    return convert


def frames(text: str) -> int:
    """Type of a flag: a number of frames, 1 or more, in any notation."""
    try:
        number = float(text)
    except ValueError:
        number = 0
    if not 1 <= number < 1e12 or number != int(number):
        raise argparse.ArgumentTypeError(
            f'must be a whole number of frames, such as 1000000 or 1e6. Received: {text!r}'
        )
    return int(number)


def pattern(text: str) -> re.Pattern[str]:
    """Type of a flag: a regular expression."""
    try:
        return re.compile(text)
    except re.error as error:
        raise argparse.ArgumentTypeError(f'must be a regular expression. Received: {text!r}: {error}') from None
