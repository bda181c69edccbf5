"""Crafter's success rates and score, beside the other numbers of a run."""

import pathlib

from ..scores import crafter
from .parts import Parts


def log(parts: Parts, frames: int) -> None:
    """Writes `crafter_score` and `success_rate_NAME` of all training episodes so far, in Crafter alone."""
    is_crafter = parts.config.task.startswith('crafter_')
    rates = crafter.success_rates(parts.metrics_file.path) if is_crafter else {}
    if rates:
        named = {f'success_rate_{name}': rate for name, rate in rates.items()}
        parts.recorder.write_at_once(frames, {'crafter_score': crafter.score(rates), **named})


def summary(metrics: pathlib.Path) -> str:
    """Returns a line on them, the most frequent first; '' where there are none."""
    rates = crafter.success_rates(metrics)
    if not rates:
        return ''
    ordered = sorted(rates.items(), key=lambda each: -each[1])
    unlocked = ', '.join(f'{name} {rate:.3g}%' for name, rate in ordered if rate)
    return f'Crafter score {crafter.score(rates):.3g}; unlocked in training episodes: {unlocked or "nothing"}'
