"""Where the time of a run goes."""

import contextlib
import time


class Timing:
    """Seconds spent in the named parts of a run; a part does not count what parts inside it take.

    Args:
      clock: function that gives seconds.

    Attributes:
      seconds: {part: seconds} since the beginning; `rest` is outside of all parts.
      longest: {part: seconds that it took at most at a time, without the parts inside it}.
    """

    def __init__(self, clock=time.perf_counter):
        self._clock = clock
        self.seconds, self.longest = {}, {}
        self._parts = ['rest']  # those going on, the inner one last
        self._spent = [0.0]  # seconds in each of them by now
        self._since = clock()
        self._told = {}  # seconds at the last `shares`

    @contextlib.contextmanager
    def part(self, name):
        """The body is that part."""
        self._pass()
        self._parts.append(name)
        self._spent.append(0.0)
        try:
            yield
        finally:
            self._pass()
            self._parts.pop()
            self.longest[name] = max(self._spent.pop(), self.longest.get(name, 0.0))

    def of(self, name, function):
        """The function, whose calls are that part."""

        def timed(*args):
            with self.part(name):
                return function(*args)

        return timed

    def shares(self):
        """{part: share of the time} since the last call."""
        self._pass()
        spent = {name: seconds - self._told.get(name, 0.0) for name, seconds in self.seconds.items()}
        self._told = dict(self.seconds)
        total = sum(spent.values())
        return {name: seconds / total for name, seconds in spent.items()} if total else {}

    def _pass(self):
        now = self._clock()
        spent = now - self._since
        self.seconds[self._parts[-1]] = self.seconds.get(self._parts[-1], 0.0) + spent
        self._spent[-1] += spent
        self._since = now
