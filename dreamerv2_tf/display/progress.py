"""How far a run is: the phases it is in, how fast they go, and what came out so far."""

import contextlib
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Protocol, TypeVar

import rich.console
import rich.progress

SPEED_SECONDS = 30  # the newest ones, over which speed is measured
MAX_RETURNS_KEPT = 100  # of each mode
MIN_UPDATES_TO_ESTIMATE, MIN_SECONDS_TO_ESTIMATE = 4, 5  # of a phase, before the time left is estimated
LOSS_NAMES = {  # {metric: its name on the screen}
    'image_loss': 'image loss',
    'reward_loss': 'reward loss',
    'discount_loss': 'discount loss',
    'model_kl': 'KL',
    'actor_ent': 'actor entropy',
    'critic_target': 'imagined return',
}

Item = TypeVar('Item')


class Phase:
    """A part of a run with a known end. Its speed is measured from its first progress on.

    Args:
      name: such as prefill.
      unit: what is counted: frames, updates or episodes.
      done: the count at its beginning.
      total: the count at its end.
      clock: function that gives seconds.
    """

    def __init__(self, name: str, unit: str, done: int, total: int, clock: Callable[[], float]):
        self.name, self.unit, self.done, self.total = name, unit, done, total
        self._clock = clock
        self._has_moved = False
        self.restart()

    def restart(self) -> None:
        """Measures speed from now on."""
        self.updates = 0
        self._began = (self._clock(), self.done)  # (seconds, count)
        self._recent: tuple[tuple[float, int], ...] = (self._began,)

    def advance(self, done: int) -> None:
        """Notes how much is done."""
        if not self._has_moved:
            self._has_moved = True
            self.restart()
        self.done, now = done, self._clock()
        if now >= self._recent[-1][0] + 1:
            kept = [sample for sample in self._recent if sample[0] >= now - SPEED_SECONDS]
            self._recent = (*(kept or self._recent[-1:]), (now, done))

    @property
    def seconds(self) -> float:
        """Seconds since speed is measured."""
        return self._clock() - self._began[0]

    @property
    def rate(self) -> float | None:
        """Units per second in the newest seconds, or None before anything is known."""
        (since, before), (until, after) = self._recent[0], self._recent[-1]
        return (after - before) / (until - since) if until > since else None

    @property
    def seconds_left(self) -> float | None:
        """Seconds until the end, at the mean speed so far, pauses included; None in the first seconds."""
        advanced = self.done - self._began[1]
        left = max(0, self.total - self.done)
        return left * self.seconds / advanced if advanced > 0 and self.seconds >= 1 else None


class Display(Protocol):
    """Shows how far a run is."""

    def changed(self, progress: 'Progress') -> None:
        """Is called whenever a run has moved on."""

    def say(self, text: str) -> None:
        """Shows a sentence that stays."""


class Progress:
    """The progress of a run, for a display; also a sink of a `Recorder`.

    Args:
      display: shows it.
      expectation: function of the seconds left that gives the sentence to say once they are known.
      clock: function that gives seconds.
      published: function of frames that gives the published score there, as a phrase, or ''.

    Attributes:
      phases: those going on, the outer one first.
      updates: of this process.
      returns: {'train' | 'eval': the newest returns}.
      losses: {name: number}, as last written.
      published: the phrase of the frames of the newest return.
    """

    def __init__(
        self,
        display: Display,
        expectation: Callable[[float], str] | None = None,
        clock: Callable[[], float] = time.monotonic,
        published: Callable[[int], str] = lambda frames: '',
    ):
        self._display, self._clock = display, clock
        self._expectation, self._published = expectation, published
        self.published = ''
        self.phases: tuple[Phase, ...] = ()
        self.updates = 0
        self.returns: dict[str, tuple[float, ...]] = {'train': (), 'eval': ()}
        self.losses: Mapping[str, float] = {}

    @contextlib.contextmanager
    def phase(self, name: str, unit: str, done: int, total: int) -> Iterator[None]:
        """Makes the body of a with statement a phase, see `Phase`."""
        self.phases = (*self.phases, Phase(name, unit, done, total, self._clock))
        self._display.changed(self)
        try:
            yield
        finally:
            self._display.changed(self)
            self.phases = self.phases[:-1]

    def advance(self, done: int) -> None:
        """Notes how much of the innermost phase is done."""
        phase = self.phases[-1]
        phase.advance(done)
        self._display.changed(self)
        known = phase.updates >= MIN_UPDATES_TO_ESTIMATE and phase.seconds > MIN_SECONDS_TO_ESTIMATE
        if self._expectation and known and phase.unit == 'frames' and phase.seconds_left is not None:
            self.say(self._expectation(phase.seconds_left))
            self._expectation = None

    def count_update(self) -> None:
        """Counts an update. The first one compiles, so speed is measured from its end on."""
        self.updates += 1
        self.phases[-1].updates += 1
        if self.updates == 1:
            self.phases[-1].restart()

    def write(self, step: int, numbers: Mapping[str, float]) -> None:
        """Remembers returns and losses {name: number} of a `Recorder`; `step` counts frames."""
        for mode, returns in self.returns.items():
            if f'{mode}_return' in numbers:
                self.returns[mode] = (*returns, numbers[f'{mode}_return'])[-MAX_RETURNS_KEPT:]
                self.published = self._published(step)
        if 'model_loss' in numbers:
            self.losses = numbers
        self._display.changed(self)

    def say(self, text: str) -> None:
        """Shows a sentence that stays."""
        self._display.say(text)


class Silent:
    """A display that shows nothing."""

    def changed(self, progress: Progress) -> None:
        """Does nothing."""

    def say(self, text: str) -> None:
        """Does nothing."""


def bar(iterable: Iterable[Item], description: str, total: int) -> Iterable[Item]:
    """Returns the same items, with a bar on stderr where that is a terminal; for work outside of runs."""
    console = rich.console.Console(stderr=True)
    return rich.progress.track(
        iterable, description, total, console=console, transient=True, disable=not console.is_terminal
    )
