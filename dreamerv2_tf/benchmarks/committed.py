"""Figures that were measured before, in multiples of a reference workload, by kind of machine; in the package."""

import json
import pathlib
from collections.abc import Mapping

from ..errors import UserError
from ..files import replacing

FILE = pathlib.Path(__file__).with_name('committed.json')
CPU_INFO = pathlib.Path('/proc/cpuinfo')
VECTOR_UNITS = ('avx2', 'avx512f', 'avx512_vnni', 'avx512_bf16', 'amx_bf16', 'asimd', 'sve')  # that kernels differ by
ALLOWED = 0.1  # share by which something may be slower than it was

Figures = Mapping[str, float]  # {what: seconds / seconds of the reference}


def machine_kind(device: str, machine: Mapping[str, int | str], cpu_info: str) -> str:
    """Returns a name for all machines whose figures can be compared.

    Args:
      device: name of what the agent computes on.
      machine: see `timers.machine`.
      cpu_info: text of /proc/cpuinfo.
    """
    lines = (line.partition(':') for line in cpu_info.splitlines())
    known = {flag for name, _, flags in lines if name.strip() in ('flags', 'Features') for flag in flags.split()}
    units = ' '.join(unit for unit in VECTOR_UNITS if unit in known)
    version = '.'.join(str(machine['tensorflow']).split('.')[:2])
    return f'{device}, {machine["cores"]} cores, {machine["threads"]} threads, {units}, tensorflow {version}'


def read(kind: str) -> Figures:
    """Returns the figures of a kind of machine.

    Raises:
      UserError: there are none.
    """
    figures = _all().get(kind)
    if figures is None:
        raise UserError(
            f'no figures are committed for this kind of machine: {kind}. `scripts/bench check --write` measures '
            f'them and writes them to {FILE}'
        )
    return figures


def write(kind: str, figures: Figures) -> None:
    """Puts the figures of a kind of machine in the place of older ones."""
    text = json.dumps({**_all(), kind: figures}, indent=2, sort_keys=True)
    with replacing(FILE) as file:
        file.write(f'{text}\n'.encode())


def change(now: float, before: float) -> float:
    """Returns how much slower something became, as a share; below 0 it is faster."""
    return round(now / before - 1, 4)


def slower(changes: Figures) -> list[str]:
    """Returns a phrase for each change that is more than allowed."""
    return [f'{what} by {share:.1%}' for what, share in changes.items() if share > ALLOWED]


def _all() -> dict[str, Figures]:
    known: dict[str, Figures] = json.loads(FILE.read_text())
    return known
