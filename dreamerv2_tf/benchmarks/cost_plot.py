"""Seconds per update over batch, length, horizon and layers, as a plot."""

import pathlib
from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib.figure

from ..files import replacing


def save(rows: Sequence[Mapping[str, Any]], path: pathlib.Path) -> None:
    """Writes a PNG of the rows of `cases.sweep`. A dotted line shows what would be linear."""
    panels: dict[str, list[tuple[float, float]]] = {}
    for row in rows:
        panels.setdefault(row['what'], []).append((row['factor'], row['median_seconds']))
    figure = matplotlib.figure.Figure((3 * len(panels), 3), layout='constrained')
    for axis, (what, points) in zip(figure.subplots(1, len(panels), sharey=True), panels.items()):
        factors, seconds = zip(*points)
        base = seconds[factors.index(1)]
        axis.plot(factors, seconds, marker='o')
        axis.plot(factors, [base * factor for factor in factors], ':', color='gray')
        axis.set(xlabel=f'{what}, times the usual', ylim=(0, None))
    figure.axes[0].set_ylabel('seconds per update')
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as file:
        figure.savefig(file, format='png', dpi=120)
