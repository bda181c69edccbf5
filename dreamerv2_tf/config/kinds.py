"""The kinds of values a setting can have: what is allowed, and how text becomes a value.

Every kind has `allowed`, a phrase for error messages, and `convert(value)`, which takes what YAML or
a command line gave and returns the typed value, or raises ValueError.
"""

import dataclasses
import re
from typing import Any

from . import schedules

INF = float('inf')


@dataclasses.dataclass(frozen=True)
class Bool:
    allowed = 'True or False'

    def convert(self, value):
        words = {'true': True, 'false': False}
        return words[str(value).lower()] if str(value).lower() in words else _refuse()


@dataclasses.dataclass(frozen=True)
class Int:
    low: int = 0
    high: float = INF

    @property
    def allowed(self):
        return 'a whole number' + _range(self.low, self.high)

    def convert(self, value):
        """Whole numbers in any notation: 10000, 1e4, 10_000."""
        number = _number(value)
        whole = int(value) if re.fullmatch(r'[+-]?\d+', str(value)) else int(number)
        return whole if number == whole and self.low <= whole <= self.high else _refuse()


@dataclasses.dataclass(frozen=True)
class Float:
    low: float = 0.0
    high: float = INF

    @property
    def allowed(self):
        return 'a number' + _range(self.low, self.high)

    def convert(self, value):
        number = _number(value)
        return number if self.low <= number <= self.high else _refuse()


@dataclasses.dataclass(frozen=True)
class Positive:
    allowed = 'a number above 0'

    def convert(self, value):
        number = _number(value)
        return number if number > 0 else _refuse()


@dataclasses.dataclass(frozen=True)
class Choice:
    names: tuple

    @property
    def allowed(self):
        return 'one of ' + ', '.join(self.names)

    def convert(self, value):
        by_name = {name.lower(): name for name in self.names}
        return by_name[str(value).lower()] if str(value).lower() in by_name else _refuse()


@dataclasses.dataclass(frozen=True)
class Text:
    allowed = 'text'

    def convert(self, value):
        return value if isinstance(value, str) and value else _refuse()


@dataclasses.dataclass(frozen=True)
class Pattern:
    allowed = 'a regular expression'

    def convert(self, value):
        try:
            re.compile(value)
        except (re.error, TypeError):
            _refuse()
        return value


@dataclasses.dataclass(frozen=True)
class Classes:
    allowed = 'a whole number, 2 or more, or False (0) for Gaussian variables'

    def convert(self, value):
        if str(value).lower() == 'false':
            return 0
        number = Int(0).convert(value)
        return number if number != 1 else _refuse()


@dataclasses.dataclass(frozen=True)
class Schedule:
    low: float = 0.0
    high: float = INF

    @property
    def allowed(self):
        return f'a number{_range(self.low, self.high)}, or one of {schedules.FORMS} in that range'

    def convert(self, value):
        function = schedules.parse(value)
        if not all(self.low <= function(step) <= self.high for step in (0, 1e18)):
            _refuse()
        return value if isinstance(value, str) and '(' in value else _number(value)


@dataclasses.dataclass(frozen=True)
class Several:
    """A list whose items are of one kind; on the command line `a b c` or `a,b,c`."""

    item: Any
    length: int | None = None

    @property
    def allowed(self):
        count = f'a list of {self.length}' if self.length else 'a list'
        return f'{count}, each {self.item.allowed}'

    def convert(self, value):
        if isinstance(value, str):
            value = [part for part in re.split(r'[,\s]+', value.strip('[]() ')) if part]
        if not isinstance(value, (list, tuple)) or self.length not in (None, len(value)):
            _refuse()
        return tuple(self.item.convert(item) for item in value)


def _number(value):
    if isinstance(value, bool):
        _refuse()
    try:
        number = float(value)
    except (TypeError, ValueError):
        _refuse()
    return number if abs(number) < INF else _refuse()


def _range(low, high):
    if high < INF:
        return f' from {low} to {high}'
    return f', {low} or more' if low > -INF else ''


def _refuse():
    raise ValueError
