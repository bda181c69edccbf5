"""Whether a run is on track: what the published agent had at the same number of frames."""

from typing import Any

from ..display.format import score_text
from ..scores import protocol, published


class OnTrack:
    """The published curve of a task, for runs that can be compared with it.

    Args:
      task: its name.
      action_repeat: frames of an agent step.
      discount: of the agent; another one has its own published curve on Montezuma's Revenge.

    Attributes:
      metric: the return that is comparable, 'eval_return' or 'train_return'.
    """

    def __init__(self, task: str, action_repeat: int, discount: float | None = None) -> None:
        self.metric = protocol.metric_of(task)
        refused = protocol.refusal(task, self.metric, action_repeat)
        self._curve = None if refused else published.curve_of(task, discount)

    def text(self, frames: int) -> str:
        """The published mean and range there, for people; '' for tasks without them."""
        if self._curve is None:
            return ''
        point = self._curve.at(frames)
        if point is None:
            return f'nothing below {self._curve.first:,} frames'
        span = f'{score_text(point.low)} to {score_text(point.high)} of {point.seeds} seeds'
        return f'{score_text(point.mean)}, {span} at {frames:,} frames'

    def numbers(self, frames: int) -> dict[str, float]:
        """{name: number} of the published mean and range there; {} where nothing is published."""
        point = self._curve and self._curve.at(frames)
        if not point:
            return {}
        return {f'{self.metric}_published_{name}': getattr(point, name) for name in ('mean', 'low', 'high')}


class WithPublished:
    """A sink of a `Recorder` that hands on returns with the published ones beside them.

    Args:
      sink: gets them.
      on_track: knows the published ones.
    """

    def __init__(self, sink: Any, on_track: OnTrack) -> None:
        self._sink, self._on_track = sink, on_track

    def write(self, step: int, numbers: dict[str, float]) -> None:
        """See `Recorder`."""
        if self._on_track.metric in numbers:
            numbers = numbers | self._on_track.numbers(step)
        self._sink.write(step, numbers)
