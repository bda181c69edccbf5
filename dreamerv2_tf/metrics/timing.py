"""Measures what a run spends its time on."""

import contextlib
import time
from collections.abc import Callable, Iterator
from typing import ParamSpec, TypeVar

P = ParamSpec('P')
T = TypeVar('T')


class Timing:
    """Seconds spent in the named parts of a run; a part does not count what parts inside it take.

    Args:
      clock: function that gives seconds.

    Attributes:
      seconds: {part: seconds} since the beginning; `rest` is outside of all parts.
      longest: {part: seconds of its longest single run, without the parts inside it}.
    """

    def __init__(self, clock: Callable[[], float] = time.perf_counter):
        self._clock = clock
        self.seconds: dict[str, float] = {}
        self.longest: dict[str, float] = {}
        self._parts = ['rest']  # those going on, the inner one last
        self._spent = [0.0]  # seconds in each of them by now
        self._since = clock()
        self._before: dict[str, float] = {}  # `seconds` at the last call of `shares`

    @contextlib.contextmanager
    def part(self, name: str) -> Iterator[None]:
        """Counts the time of the body for that part."""
        self._count()
        self._parts.append(name)
        self._spent.append(0.0)
        try:
            yield
        finally:
            self._count()
            self._parts.pop()
            self.longest[name] = max(self._spent.pop(), self.longest.get(name, 0.0))

    def of(self, name: str, function: Callable[P, T]) -> Callable[P, T]:
        """Returns the function with the time of its calls counted for that part."""

        def timed(*args: P.args, **kwargs: P.kwargs) -> T:
            with self.part(name):
                return function(*args, **kwargs)

        return timed

    def shares(self) -> dict[str, float]:
        """Returns {part: share of the time} since the last call."""
        self._count()
        spent = {name: seconds - self._before.get(name, 0.0) for name, seconds in self.seconds.items()}
        self._before = dict(self.seconds)
        total = sum(spent.values())
        return {name: seconds / total for name, seconds in spent.items()} if total else {}

    def _count(self) -> None:
        """Counts the time since the last call for the innermost part."""
        now = self._clock()
        spent = now - self._since
        self.seconds[self._parts[-1]] = self.seconds.get(self._parts[-1], 0.0) + spent
        self._spent[-1] += spent
        self._since = now
