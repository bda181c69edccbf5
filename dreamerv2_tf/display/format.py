"""Numbers as people read them."""

import math
from collections.abc import Sequence

from .progress import Phase

RETURNS_IN_MEAN = 20  # the newest ones
MIN_EXPONENT_SCORE = 1e15  # from which on a score is written with an exponent


def score_text(value: float) -> str:
    """Returns a score such as 0.35, 18.2, 1,234 or 1.5e+16; '' where it is not finite."""
    if not math.isfinite(value):
        return ''
    if abs(value) >= MIN_EXPONENT_SCORE:
        return f'{value:.4g}'
    return f'{value:,.0f}' if abs(value) >= 1000 else f'{value:.1f}' if abs(value) >= 10 else f'{value:.2f}'


def duration_text(seconds: float) -> str:
    """Returns '45 s', '12 min', '3 h 20 min' or '9 d 4 h'."""
    minutes, hours, days = (round(seconds / size) for size in (60, 3600, 86400))
    if seconds < 99:
        return f'{seconds:.0f} s'
    if minutes < 100:
        return f'{minutes} min'
    if hours < 48:
        return f'{minutes // 60} h {minutes % 60} min'
    return f'{hours // 24} d {hours % 24} h' if days < 100 else f'{days:,} d'


def speed_text(phase: Phase) -> str:
    """Returns '236 frames/s', or '' before the speed is known."""
    if phase.rate is None:
        return ''
    return f'{phase.rate:.0f} {phase.unit}/s' if phase.rate >= 10 else f'{phase.rate:.2g} {phase.unit}/s'


def returns_text(returns: Sequence[float]) -> str:
    """Returns 'last 5, mean of 20 3.4' for the returns of episodes, the newest last; '' where there are none."""
    if not returns:
        return ''
    newest = returns[-RETURNS_IN_MEAN:]
    mean = f', mean of {len(newest)} {sum(newest) / len(newest):.4g}' if len(newest) > 1 else ''
    return f'last {newest[-1]:.4g}{mean}'
