"""Mistakes that a user can mend: the command lines print the message and exit with code 2."""

import difflib


class UserError(Exception):
    """Wrong input. The message names what was given, where, and what is allowed."""


def nearest(name, allowed):
    """A hint that names the most similar allowed word, or '' where none is similar.

    >>> nearest('rssm.detr', ['rssm.deter', 'seed'])
    ' (did you mean `rssm.deter`?)'
    """
    close = difflib.get_close_matches(str(name), list(allowed), n=1, cutoff=0.5)
    return f' (did you mean `{close[0]}`?)' if close else ''
