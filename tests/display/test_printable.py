"""Text from files does nothing to a terminal but stand there."""

import io
import logging

import pytest
import rich.console

from dreamerv2_tf.display.printable import PrintableFormatter, brief, plain, printable, printable_lines


@pytest.mark.parametrize(
    'text, shown',
    [
        ('image', 'image'),
        ('Käse 好 😀', 'Käse 好 😀'),
        ('\x1b[31mred', r'\x1b[31mred'),
        ('a\nb\r\tc', r'a\nb\r\tc'),
        ('\x9b31m\x07\x7f', r'\x9b31m\x07\x7f'),
        ('gpj.\u202eexe', r'gpj.\u202eexe'),
        ('\udcff\U000e0041', r'\udcff\U000e0041'),
        ('', ''),
    ],
)
def test_what_is_not_shown_becomes_an_escape(text, shown):
    assert printable(text) == shown and shown.isprintable()


def test_messages_keep_their_lines():
    assert printable_lines('one\n  two\x1b[2J') == 'one\n  two\\x1b[2J'


@pytest.mark.parametrize('text', ['[bold]x[/nope]', '[/]', ':smile:', '[link=http://x]y[/link]', '\\[a]'])
def test_rich_shows_brackets_and_colons_as_they_are(text):
    console = rich.console.Console(file=io.StringIO(), force_terminal=True, width=80)
    console.print(plain(text))
    assert console.file.getvalue() == f'{text}\n'


def test_messages_of_the_log_are_printable():
    record = logging.makeLogRecord({'msg': '%s is left out', 'args': ('\x1b[31mx',), 'levelname': 'WARNING'})
    assert PrintableFormatter('%(levelname)s: %(message)s').format(record) == r'WARNING: \x1b[31mx is left out'


def test_a_value_of_any_size_is_a_short_text():
    assert brief([4, 4]) == '[4, 4]' and brief('x' * 9, 9) == 'x' * 9
    assert brief('x' * 10**6, 10) == 'xxxxxxx...' and len(brief('\x1b' * 100, 20)) == 20
    assert brief(16**5000) == 'a huge int'
