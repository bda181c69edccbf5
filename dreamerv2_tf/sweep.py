r"""Train many runs, tasks x methods x seeds, and compare them; the same command goes on after any end.

usage: python -m dreamerv2_tf.sweep --out DIR --grid FILE.yaml [--jobs 2] [--print]
       python -m dreamerv2_tf.sweep --out DIR --tasks toy_catch --presets default gaussian_latents --seeds 3
           [--configs cpu] [--budget_frames 40000] [--jobs 2] [--KEY VALUE ...]

A method is a preset, or several as a+b, on top of --configs; `default` is none. Runs are in DIR/TASK/METHOD/SEED,
what they print in DIR/logs, the comparison in DIR/compare. Examples of FILE: docs/experiments.md. KEY is any key below.
"""

import argparse
import pathlib
import sys
from collections.abc import Sequence

import rich.console

from . import cli
from .comparison import report, report_files, runs, verdicts
from .config import flags, presets
from .distributed import grid, sweep_table
from .distributed.pool import LocalPool
from .distributed.sweep import Sweep
from .errors import UserError
from .training.signals import Stop


def main(argv: Sequence[str] | None = None) -> int:
    """Returns the exit code: 0, 1 where a run failed, or 2 for bad use."""
    return cli.run(parser(), argv, _sweep, reassurance='; the same command goes on')


def parser() -> cli.Parser:
    """Returns the parser of this command line."""
    flags = cli.Parser(__doc__, settings=True)
    flags.add_argument('--out', required=True, type=pathlib.Path, metavar='DIR', help='for all runs')
    flags.add_argument('--grid', type=pathlib.Path, metavar='FILE', help='says which runs; or the next flags do')
    flags.add_argument('--tasks', nargs='+', metavar='TASK', help='tasks')
    flags.add_argument('--presets', nargs='+', metavar='PRESET', default=[grid.DEFAULT], help='methods (default)')
    flags.add_argument('--seeds', nargs='+', type=int, default=[1], metavar='N', help='how many, or a list (1)')
    flags.add_argument('--configs', nargs='+', metavar='PRESET', help='presets of all runs (atari)')
    flags.add_argument('--budget_frames', type=cli.frames, metavar='FRAMES', help='of each run (`steps`)')
    flags.add_argument('--jobs', type=cli.whole_number, default=1, help='runs at once (1)')
    flags.add_argument('--print', action='store_true', help='only list the commands')
    return flags


def _sweep(given: argparse.Namespace) -> int:
    jobs = _jobs(given)
    if given.print:
        print('\n'.join(job.command for job in jobs))
        return 0
    cli.check_writable(given.out)
    logs, stop = given.out / 'logs', Stop()
    with sweep_table.LiveTable(rich.console.Console()) as shown, stop.listening():
        ended = Sweep(jobs, LocalPool(given.jobs, logs), logs).run(stop, shown.show)
        shown.show(ended)
    finished = [one for one in ended if one.standing == 'finished']
    print(f'{len(finished)} of {len(ended)} runs are finished{_compare(jobs, given.out)}')
    if stop():
        print('stopped; the same command goes on')
    return stop.exit_code or int(any(one.standing == 'failed' for one in ended))


def _compare(jobs: Sequence[grid.Job], out: pathlib.Path) -> str:
    """Compares all runs that have returns; returns where that can be read, as a phrase."""
    folders = [job.logdir for job in jobs if (job.logdir / 'metrics.jsonl').is_file()]
    if not folders:
        return ''
    found = runs.find(folders)
    rows = verdicts.compare(found.runs)
    report_files.write(report.of_runs(rows, found.notices + verdicts.doubts(rows)), out / 'compare')
    return f'; compared in {out / "compare" / "report.html"}'


def _jobs(given: argparse.Namespace) -> list[grid.Job]:
    try:
        return _grid(given).jobs(given.out)
    except UserError as error:
        named = not given.grid or str(given.grid) in str(error)
        raise UserError(str(error) if named else f'{given.grid}: {error}') from None


def _grid(given: argparse.Namespace) -> grid.Grid:
    if given.grid:
        others = sorted({*given.flags} - {'out', 'grid', 'jobs', 'print'})
        if others or given.settings:
            raise UserError(f'`--{[*others, *given.settings][0].removeprefix("--")}` is said in the file of `--grid`')
        return grid.from_file(given.grid)
    if not given.tasks:
        raise UserError('give `--grid FILE`, or `--tasks` and what else is to vary')
    seeds = grid.seeds_of(given.seeds if len(given.seeds) > 1 else given.seeds[0])
    configs = given.configs or presets.DEFAULT_PRESETS
    return grid.Grid(
        configs,
        given.tasks,
        grid.of_presets(given.presets),
        seeds,
        given.budget_frames,
        flags.values_of(given.settings),
    )


if __name__ == '__main__':
    sys.exit(main())
