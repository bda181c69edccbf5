"""Errors for people: the command lines print the message alone."""

import difflib
import importlib


class UserError(Exception):
    """Wrong input, exit code 2. The message names what was given, where, and what is allowed."""


class RunError(Exception):
    """A run that cannot go on, exit code 1. The message says what happened and what is kept."""


class SnapshotError(Exception):
    """A running episode that cannot go on in this process. The message says why."""


def nearest(name, allowed):
    """A hint that names the most similar allowed word, or '' where none is similar.

    >>> nearest('rssm.detr', ['rssm.deter', 'seed'])
    ' (did you mean `rssm.deter`?)'
    """
    close = difflib.get_close_matches(str(name), list(allowed), n=1, cutoff=0.5)
    return f' (did you mean `{close[0]}`?)' if close else ''


def require(module, extra, what):
    """Imports a module of an extra of this project and returns it.

    Args:
      module: its name, such as minari.data_collector.
      extra: that brings it, such as minari.
      what: needs it; begins the sentence.

    Raises:
      UserError: it cannot be imported; says how it is installed.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        package = module.partition('.')[0]
        reason = '' if error.name == package else f', which cannot be imported: {error}'
        raise UserError(f"{what} needs the package {package}{reason}: pip install 'dreamerv2_tf[{extra}]'") from None
