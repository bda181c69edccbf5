"""Errors for people: the command lines print the message alone."""

import difflib
import importlib
from collections.abc import Iterable
from types import ModuleType


class UserError(Exception):
    """Wrong input, exit code 2. The message names what was given, where, and what is allowed."""


class RunError(Exception):
    """A run that cannot go on, exit code 1. The message says what happened and what is kept."""


class StateError(Exception):
    """A saved state that a part cannot go on from in this process. The message says why."""


MAX_SHOWN_CHARACTERS = 200  # of a value that a message repeats


def shorten(text: str) -> str:
    """Returns a text for a message: cut off where it is too long, control characters written as escapes."""
    printable = ''.join(each if each.isprintable() else ascii(each)[1:-1] for each in text[:MAX_SHOWN_CHARACTERS])
    return printable if len(text) <= MAX_SHOWN_CHARACTERS else f'{printable}...'


def shown(value: object) -> str:
    """Returns a value as Python writes it, cut off where that is too long for a message."""
    try:
        return shorten(repr(value))
    except (ValueError, RecursionError):
        return 'a number of more than 4,300 digits, or a list inside lists without end'


def nearest(name: str, allowed: Iterable[str]) -> str:
    """Returns a hint that names the most similar allowed word, or '' if none is similar.

    >>> nearest('rssm.detr', ['rssm.deter', 'seed'])
    ' (did you mean `rssm.deter`?)'
    """
    close = difflib.get_close_matches(str(name), list(allowed), n=1, cutoff=0.5)
    return f' (did you mean `{close[0]}`?)' if close else ''


def require(module: str, extra: str, what: str) -> ModuleType:
    """Imports a module of an optional package and returns it.

    Args:
      module: name of the module, such as minari.data_collector.
      extra: the extra of this project that brings the package, such as minari.
      what: needs the package; it begins the message.

    Raises:
      UserError: the module cannot be imported. The message says how it is installed.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        package = module.partition('.')[0]
        reason = '' if error.name == package else f', which cannot be imported: {error}'
        raise UserError(f"{what} needs the package {package}{reason}: pip install 'dreamerv2_tf[{extra}]'") from None
