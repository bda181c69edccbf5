"""The kinds of values a setting can have: what is allowed, and how text becomes a value.

The `convert` of every kind takes what YAML or a command line gave, returns the typed value, and raises
ValueError if the value is not allowed.
"""

import dataclasses
import re
from typing import Any, NoReturn, Protocol

from . import schedules

INF = float('inf')
MAX_PATTERN_CHARACTERS = 1000
MAX_REPETITIONS = 4  # in a pattern; the time that it takes on a name grows exponentially with them
_REPETITION = re.compile(r'(?<!\()[*+?{]')


class Kind(Protocol):
    """The interface of all kinds."""

    @property
    def allowed(self) -> str:
        """The allowed values, as a phrase for help and error messages."""

    def convert(self, value: object) -> Any:
        """Returns the typed value. Raises ValueError if it is not allowed."""


@dataclasses.dataclass(frozen=True)
class Bool:
    """True or False, in any case."""

    allowed = 'True or False'

    def convert(self, value: object) -> bool:
        """Returns the bool. Raises ValueError."""
        words = {'true': True, 'false': False}
        return words[str(value).lower()] if str(value).lower() in words else _refuse()


@dataclasses.dataclass(frozen=True)
class Int:
    """A whole number in a range, ends included, in any notation: 10000, 1e4, 10_000."""

    low: int = 0
    high: float = INF

    @property
    def allowed(self) -> str:
        """The range, as a phrase."""
        return 'a whole number' + _range(self.low, self.high)

    def convert(self, value: object) -> int:
        """Returns the int. Raises ValueError."""
        number = _number(value)
        text = str(value)
        whole = int(text) if re.fullmatch(r'[+-]?\d+', text) else int(number)
        return whole if number == whole and self.low <= whole <= self.high else _refuse()


@dataclasses.dataclass(frozen=True)
class Float:
    """A finite number in a range, ends included."""

    low: float = 0.0
    high: float = INF

    @property
    def allowed(self) -> str:
        """The range, as a phrase."""
        return 'a number' + _range(self.low, self.high)

    def convert(self, value: object) -> float:
        """Returns the float. Raises ValueError."""
        number = _number(value)
        return number if self.low <= number <= self.high else _refuse()


@dataclasses.dataclass(frozen=True)
class Positive:
    """A finite number above 0."""

    allowed = 'a number above 0'

    def convert(self, value: object) -> float:
        """Returns the float. Raises ValueError."""
        number = _number(value)
        return number if number > 0 else _refuse()


@dataclasses.dataclass(frozen=True)
class Choice:
    """One of some names, in any case."""

    names: tuple[str, ...]

    @property
    def allowed(self) -> str:
        """The names, as a phrase."""
        return 'one of ' + ', '.join(self.names)

    def convert(self, value: object) -> str:
        """Returns the name as it is spelled in `names`. Raises ValueError."""
        by_name = {name.lower(): name for name in self.names}
        return by_name[str(value).lower()] if str(value).lower() in by_name else _refuse()


@dataclasses.dataclass(frozen=True)
class Text:
    """A text that is not empty."""

    allowed = 'text'

    def convert(self, value: object) -> str:
        """Returns the text. Raises ValueError."""
        return value if isinstance(value, str) and value else _refuse()


@dataclasses.dataclass(frozen=True)
class Pattern:
    """A regular expression, kept as text."""

    allowed = f'a regular expression with at most {MAX_REPETITIONS} repetitions, none of a group'

    def convert(self, value: object) -> str:
        """Returns the text of the pattern. Raises ValueError."""
        if not isinstance(value, str):
            _refuse()
        compile_pattern(value)
        return value


@dataclasses.dataclass(frozen=True)
class Classes:
    """The number of classes of a categorical variable; 0 or False stands for Gaussian variables."""

    allowed = 'a whole number, 2 or more, or False (0) for Gaussian variables'

    def convert(self, value: object) -> int:
        """Returns the number, 0 for False. Raises ValueError."""
        if str(value).lower() == 'false':
            return 0
        number = Int(0).convert(value)
        return number if number != 1 else _refuse()


@dataclasses.dataclass(frozen=True)
class Schedule:
    """A number, or the text of a schedule whose values all lie in a range, ends included."""

    low: float = 0.0
    high: float = INF

    @property
    def allowed(self) -> str:
        """The range and the forms of schedules, as a phrase."""
        return f'a number{_range(self.low, self.high)}, or one of {schedules.FORMS} in that range'

    def convert(self, value: object) -> float | str:
        """Returns the float, or the text of the schedule. Raises ValueError."""
        function = schedules.parse(value)
        if not all(self.low <= function(step) <= self.high for step in (0, 1e18)):
            _refuse()
        return value if isinstance(value, str) and '(' in value else _number(value)


@dataclasses.dataclass(frozen=True)
class Several:
    """A list whose items are of one kind; on the command line `a b c` or `a,b,c`."""

    item: Kind
    length: int | None = None

    @property
    def allowed(self) -> str:
        """The length and the kind of the items, as a phrase."""
        count = f'a list of {self.length}' if self.length else 'a list'
        return f'{count}, each {self.item.allowed}'

    def convert(self, value: object) -> tuple[Any, ...]:
        """Returns the items as a tuple. Raises ValueError."""
        if isinstance(value, str):
            value = [part for part in re.split(r'[,\s]+', value.strip('[]() ')) if part]
        if not isinstance(value, (list, tuple)) or self.length not in (None, len(value)):
            _refuse()
        return tuple(self.item.convert(item) for item in value)


def compile_pattern(text: str) -> re.Pattern[str]:
    """Returns a regular expression that cannot keep a process busy.

    Raises:
      ValueError: it is none, too long, or repeats too often; the message says what is wrong.
    """
    alternatives = text.split('|') if '(' not in text else [text]
    if len(text) > MAX_PATTERN_CHARACTERS:
        raise ValueError(f'it has more than {MAX_PATTERN_CHARACTERS:,} characters')
    if re.search(r'\)[*+{]', text) or any(len(_REPETITION.findall(each)) > MAX_REPETITIONS for each in alternatives):
        raise ValueError(f'it may have at most {MAX_REPETITIONS} repetitions, and none of a group')
    try:
        return re.compile(text)
    except (re.error, OverflowError, RecursionError) as error:
        raise ValueError(str(error)) from None


def _number(value: object) -> float:
    if isinstance(value, bool) or value is None:
        _refuse()
    try:
        number = float(str(value))
    except ValueError:
        _refuse()
    return number if abs(number) < INF else _refuse()


def _range(low: float, high: float) -> str:
    if high < INF:
        return f' from {low} to {high}'
    return f', {low} or more' if low > -INF else ''


def _refuse() -> NoReturn:
    raise ValueError
