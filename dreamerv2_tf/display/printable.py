"""Text from files, such as keys, paths and settings, made harmless for terminals and pages."""

import logging

import rich.text

MAX_VALUE_CHARACTERS = 100  # of a value in a sentence


def printable(text: str) -> str:
    r"""Returns a text of one line that a terminal shows and does not obey.

    Characters that are not shown, such as escape codes, line breaks, halves of surrogate pairs and marks that turn
    the direction of writing, become escapes of Python: a line break becomes `\n`, the escape character `\x1b`.
    """
    if text.isprintable():
        return text
    return ''.join(letter if letter.isprintable() else _escaped(letter) for letter in text)


def brief(value: object, max_characters: int = MAX_VALUE_CHARACTERS) -> str:
    """Returns a value of any size as a printable text that is not longer than so many characters."""
    try:
        text = printable(str(value)[: max_characters + 1])
    except (ValueError, RecursionError):  # an integer of thousands of digits, a list of thousands of levels
        return f'a huge {type(value).__name__}'
    return text if len(text) <= max_characters else f'{text[: max_characters - 3]}...'


def printable_lines(text: str) -> str:
    """Returns a text as `printable` does, but with its line breaks; for messages that are several sentences."""
    return '\n'.join(map(printable, text.split('\n')))


class PrintableFormatter(logging.Formatter):
    """Formats messages of the log, which may name files and keys of others, as printable lines."""

    def format(self, record: logging.LogRecord) -> str:
        """Returns the text of a message."""
        return printable_lines(super().format(record))


def plain(text: str, style: str = '') -> rich.text.Text:
    """Returns a printable text for rich, which shows brackets and colons as they are instead of reading markup."""
    return rich.text.Text(printable(text), style)


def _escaped(letter: str) -> str:
    return letter.encode('unicode_escape', 'surrogatepass').decode('ascii')
