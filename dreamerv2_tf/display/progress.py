"""How far a run is: the phases it is in, how fast they go, and what came out so far."""

import contextlib
import time

import rich.console
import rich.progress

RECENT_SECONDS = 30  # over which speed is measured
RETURNS = 100  # episodes remembered of each mode
ESTIMATE_UPDATES, ESTIMATE_SECONDS = 4, 5  # of a phase, after which the time left can be told
LOSSES = {  # metrics that are shown, with their names for people
    'image_loss': 'image loss',
    'reward_loss': 'reward loss',
    'discount_loss': 'discount loss',
    'model_kl': 'KL',
    'actor_ent': 'actor entropy',
    'critic_target': 'imagined return',
}


class Phase:
    """A part of a run with a known end. Its speed is measured from its first progress on.

    Args:
      name: such as prefill.
      unit: what is counted: frames, updates or episodes.
      done, total: counts at its beginning and at its end.
      clock: function that gives seconds.
    """

    def __init__(self, name, unit, done, total, clock):
        self.name, self.unit, self.done, self.total = name, unit, done, total
        self._clock = clock
        self._moved = False
        self.restart()

    def restart(self):
        """Measures speed from now on."""
        self.updates = 0
        self._began = (self._clock(), self.done)
        self._recent = (self._began,)

    def advance(self, done):
        """Notes how much is done."""
        if not self._moved:
            self._moved = True
            self.restart()
        self.done, now = done, self._clock()
        if now >= self._recent[-1][0] + 1:
            kept = [sample for sample in self._recent if sample[0] >= now - RECENT_SECONDS]
            self._recent = (*(kept or self._recent[-1:]), (now, done))

    @property
    def seconds(self):
        """Since speed is measured."""
        return self._clock() - self._began[0]

    @property
    def rate(self):
        """Units per second of late, or None before anything is known."""
        (since, before), (until, after) = self._recent[0], self._recent[-1]
        return (after - before) / (until - since) if until > since else None

    @property
    def seconds_left(self):
        """Until the end, at the mean speed so far, pauses included; None before it is known."""
        made = self.done - self._began[1]
        left = max(0, self.total - self.done)
        return left * self.seconds / made if made > 0 and self.seconds else None


class Progress:
    """What a run tells about itself; also a sink of a `Recorder`.

    Args:
      display: has `changed(progress)` and `say(text)`.
      expectation: function of the seconds left that gives the sentence to say once they are known.
      clock: function that gives seconds.
      published: function of frames that gives what is published there, as a phrase, or ''.

    Attributes:
      phases: those going on, the outer one first.
      updates: of this process.
      returns: {'train' | 'eval': the newest returns}.
      losses: {name: number}, as last written.
      published: the phrase of the frames of the newest return.
    """

    def __init__(self, display, expectation=None, clock=time.monotonic, published=lambda frames: ''):
        self._display, self._clock = display, clock
        self._expectation, self._published = expectation, published
        self.published = ''
        self.phases = ()
        self.updates = 0
        self.returns = {'train': (), 'eval': ()}
        self.losses = {}

    @contextlib.contextmanager
    def phase(self, name, unit, done, total):
        """The body is that phase."""
        self.phases = (*self.phases, Phase(name, unit, done, total, self._clock))
        self._display.changed(self)
        try:
            yield
        finally:
            self._display.changed(self)
            self.phases = self.phases[:-1]

    def advance(self, done):
        """How much of the innermost phase is done."""
        phase = self.phases[-1]
        phase.advance(done)
        self._display.changed(self)
        known = phase.updates >= ESTIMATE_UPDATES and phase.seconds > ESTIMATE_SECONDS
        if self._expectation and known and phase.unit == 'frames' and phase.seconds_left is not None:
            self.say(self._expectation(phase.seconds_left))
            self._expectation = None

    def count_update(self):
        """An update was made. The first one compiles, so speed is measured from its end on."""
        self.updates += 1
        self.phases[-1].updates += 1
        if self.updates == 1:
            self.phases[-1].restart()

    def write(self, step, numbers):
        """See `Recorder`."""
        for mode, returns in self.returns.items():
            if f'{mode}_return' in numbers:
                self.returns[mode] = (*returns, numbers[f'{mode}_return'])[-RETURNS:]
                self.published = self._published(step)
        if 'model_loss' in numbers:
            self.losses = numbers
        self._display.changed(self)

    def say(self, text):
        """A sentence that stays."""
        self._display.say(text)


class Silent:
    """A display that shows nothing."""

    def changed(self, progress):
        """Nothing."""

    def say(self, text):
        """Nothing."""


def bar(iterable, doing, total):
    """The same, with a bar on stderr where that is a terminal; for work outside of runs."""
    console = rich.console.Console(stderr=True)
    return rich.progress.track(iterable, doing, total, console=console, transient=True, disable=not console.is_terminal)
