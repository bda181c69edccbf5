"""The attack finds what it looks for."""

import logging

import numpy as np
import pytest

from dreamerv2_tf.errors import UserError

from . import guard
from .case import Case


@pytest.fixture
def case(tmp_path, request):
    with guard.limits(request.config.attack_stderr):
        yield Case(tmp_path / 'case')


def wait_forever():
    while True:
        pass


def write_outside(case):
    (case.folder / 'outside' / 'secret.txt').write_text('other')


def test_a_reader_that_hangs_is_found(case, monkeypatch):
    monkeypatch.setattr(guard, 'MAX_SECONDS', 0.05)
    assert not case.read('reader', wait_forever).refusal
    assert case.findings[0].startswith('reader: takes longer than 0.05 s')


def test_an_error_of_python_is_found_and_one_of_the_project_is_a_refusal(case):
    case.read('reader', lambda: 1 / 0)
    assert case.findings == ["reader: ZeroDivisionError: 'division by zero' in test_guard.py:<lambda>"]

    def refuse():
        raise UserError('no')

    assert case.read('reader', refuse)[:2] == ('UserError', 'no')
    assert len(case.findings) == 1


def test_memory_beyond_the_limit_is_found(case):
    case.read('reader', lambda: np.ones(2**31, np.uint8))
    assert 'MemoryError' in case.findings[0]


def test_a_file_that_is_touched_is_found(case):
    with case.untouched('reader'):
        write_outside(case)
    assert case.findings == ['reader: touched secret.txt']
    with case.untouched('reader', but=(case.folder / 'outside',)):
        write_outside(case)
    assert len(case.findings) == 1


def test_control_characters_and_long_lines_that_are_printed_are_found(case):
    case.command('printer', lambda: print('\x1b[31mred') or 1)
    case.command('printer', lambda: print('x' * 4000) or 1)
    assert 'control characters' in case.findings[0] and '4,000 characters' in case.findings[1]


def test_handlers_of_the_log_are_as_before(case):
    before = list(logging.root.handlers)
    case.command('printer', lambda: 1)
    assert logging.root.handlers == before
