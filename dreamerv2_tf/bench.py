"""Time the parts of a run on this machine; prints lines of JSON.

usage: python -m dreamerv2_tf.bench CASE [--FLAG VALUE] [--KEY VALUE ...]

  train    an update on random rows             --repeats N --beside PATH
  bound    the same, beside its products and convolutions alone on this machine
                                                --repeats N
  sweep    updates at half and twice the batch, length, horizon and layers
                                                --repeats N --out FILE.png, a plot of them
  policy   a policy call for all `envs`         --repeats N --beside PATH
  loop     everything together, on the task     --seconds N --beside PATH
  replay   a folder of temporary files with `replay.capacity` steps in episodes of `time_limit`, from which
           batches are drawn                    --seconds N
  envs     environments alone, with random actions, in each way of `envs_parallel`
                                                --seconds N
  dream    dreams as environments, side by side --seconds N --dreams N
  check    update, policy call and loop beside figures in the package for such machines, at settings of its
           own, in two minutes; exit code 1 if one is more than 10 % slower. --write measures and writes them
  memory   `steps` agent steps without updates: memory of the process, and how often the policy was compiled

frames_per_second are those learned from, acted in, or done, respectively. KEY is any key below.

With --beside, the authors' release does the same at the same settings in a process of its own. Both take turns, and the
row has the figures of both and `ratio` of seconds (ours / the release's), or `times_release` of frames per second. PATH
is the folder of its checkout that holds configs.yaml, agent.py and common/.
"""

import argparse
import json
import os
import pathlib
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from . import cli
from .config import flags
from .config.tree import Config
from .errors import UserError
from .startup import loading_tensorflow

if TYPE_CHECKING:
    from .benchmarks.beside.process import Checkout

CASES = {  # name: its flags
    'train': ('repeats', 'beside'),
    'bound': ('repeats',),
    'sweep': ('repeats', 'out'),
    'policy': ('repeats', 'beside'),
    'loop': ('seconds', 'beside'),
    'replay': ('seconds',),
    'envs': ('seconds',),
    'dream': ('seconds', 'dreams'),
    'check': ('write',),
    'memory': (),
}
CHECK_SETTINGS = '--configs atari cpu --task atari_pong --train_every 16 --prefill 1000 --pretrain 5'


def main(argv: Sequence[str] | None = None) -> int:
    """Returns the exit code: 0, 1 after a failure, or 2 for bad use."""
    return cli.run(parser(), argv, _bench)


def parser() -> cli.Parser:
    """Returns the parser of this command line."""
    flags = cli.Parser(__doc__, settings=True)
    flags.add_argument('case', metavar='CASE', type=cli.one_of(CASES), help=argparse.SUPPRESS)
    flags.add_argument('--repeats', type=cli.whole_number, default=10, metavar='N', help='calls that are timed (10)')
    flags.add_argument('--seconds', type=cli.whole_number, default=60, metavar='N', help='to measure (60)')
    flags.add_argument('--dreams', type=cli.whole_number, default=64, metavar='N', help='side by side (64)')
    flags.add_argument('--beside', type=pathlib.Path, metavar='PATH', help="checkout of the authors' release")
    flags.add_argument('--write', action='store_true', help='write the figures of this machine into the package')
    flags.add_argument('--out', type=pathlib.Path, metavar='FILE.png', help='for a plot')
    return flags


def _bench(given: argparse.Namespace) -> int:
    cli.check_flags(given, CASES[given.case], f'to {given.case}')
    if given.case == 'check' and given.settings:
        raise UserError(f'`check` has settings of its own: {CHECK_SETTINGS}. Received: {" ".join(given.settings)}')
    config, _ = flags.parse(CHECK_SETTINGS.split() if given.case == 'check' else given.settings)
    numbers = {name: getattr(given, name) for name in CASES[given.case] if name not in ('out', 'beside')}
    if given.beside:
        numbers['checkout'] = _checkout(given.beside, config)
    with loading_tensorflow():
        from .benchmarks import cases
        from .benchmarks.beside import turns
    rows = []
    for row in getattr(turns if given.beside else cases, given.case)(config, **numbers):
        rows.append(row)
        print(json.dumps(row), flush=True)
    if given.out:
        from .benchmarks import cost_plot

        cost_plot.save(rows, given.out)
    return 0


def _checkout(folder: pathlib.Path, config: Config) -> 'Checkout':
    """Checks what `--beside` needs while the environment variables are still the user's alone."""
    from .benchmarks.beside import process, settings

    settings.check(config)
    return process.Checkout(folder, settings.read_defaults(folder), dict(os.environ))


if __name__ == '__main__':
    sys.exit(main())
