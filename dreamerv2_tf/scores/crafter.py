"""Crafter's success rates and score: Hafner, "Benchmarking the Spectrum of Agent Capabilities", arXiv 2109.06780."""

import json
import pathlib
from collections.abc import Mapping

import numpy as np

PREFIX = 'max_train_log_achievement_'  # of numbers in metrics.jsonl: how often an episode unlocked the achievement


def success_rates(metrics: pathlib.Path) -> dict[str, float]:
    """Returns {achievement: percent of the training episodes that unlocked it at least once}, from metrics.jsonl.

    Empty where no episode has recorded achievements.
    """
    unlocked: dict[str, list[bool]] = {}
    if not metrics.exists():
        return {}
    with metrics.open('rb') as file:
        for line in file:
            if PREFIX.encode() in line and line.endswith(b'}\n'):
                for name, count in json.loads(line).items():
                    if name.startswith(PREFIX):
                        unlocked.setdefault(name.removeprefix(PREFIX), []).append((count or 0) > 0)
    return {name: 100 * float(np.mean(each)) for name, each in unlocked.items()}


def score(rates: Mapping[str, float]) -> float:
    """Returns the geometric mean of success rates in percent, each with 1 added.

    S = exp(1/N sum_i ln(1 + s_i)) - 1
    """
    return float(np.expm1(np.mean(np.log1p(list(rates.values())))))
