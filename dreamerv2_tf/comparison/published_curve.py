"""The published scores beside those of a run, at the same number of frames."""

from typing import Any

from ..display.format import score_text
from ..scores import protocol, published
from ..scores.curves import Curve


class PublishedCurve:
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
        """Returns the published mean and range at some frames as a phrase; '' for tasks without them."""
        if self._curve is None:
            return ''
        point = self._curve.at(frames)
        if point is None:
            return f'nothing below {self._curve.first:,} frames{early_text(self._curve, frames)}'
        span = f'{score_text(point.low)} to {score_text(point.high)} of {point.seeds} seeds'
        return f'{score_text(point.mean)}, {span} at {frames:,} frames'

    def numbers(self, frames: int) -> dict[str, float]:
        """Returns {name: number} of the published mean and range at some frames; {} where nothing is published."""
        point = self._curve and self._curve.at(frames)
        if not point:
            return {}
        return {f'{self.metric}_published_{name}': getattr(point, name) for name in ('mean', 'low', 'high')}


def early_text(curve: Curve, frames: int) -> str:
    """Returns a phrase on what another agent had reached before the first published point, or ''."""
    early = published.early_curve_of(curve.task)
    point = early and early.at(min(frames, early.last))
    if not point:
        return ''
    return (
        f'; DreamerV3 (another agent and protocol) had {score_text(point.mean)}, {score_text(point.low)} to '
        f'{score_text(point.high)} of {point.seeds} seeds, at {point.frames:,} frames'
    )


class WithPublished:
    """A sink of a `Recorder` that adds the published returns to those of a run.

    Args:
      sink: receives both.
      published: the published curve.
    """

    def __init__(self, sink: Any, published: PublishedCurve) -> None:
        self._sink, self._published = sink, published

    def write(self, step: int, numbers: dict[str, float]) -> None:
        """See `Recorder`."""
        if self._published.metric in numbers:
            numbers = numbers | self._published.numbers(step)
        self._sink.write(step, numbers)
