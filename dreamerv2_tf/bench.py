"""Time the parts of a run on this machine; prints lines of JSON.

usage: python -m dreamerv2_tf.bench CASE [--repeats N] [--seconds N] [--out FILE.png] [--KEY VALUE ...]

  train    an update on random rows
  bound    the same, beside its products and convolutions alone on this machine
  sweep    updates at half and twice the batch, length, horizon and layers; --out has a plot of them
  policy   a policy call for all `envs`
  loop     everything together, on the task
  replay   a folder of temporary files with `replay.capacity` steps in episodes of `time_limit`, from which batches
           are drawn

frames_per_second are those learned from, acted in, or done, respectively.
"""

import json
import pathlib
import sys

from . import cli
from .config import flags
from .errors import UserError, nearest
from .startup import loading_tensorflow

CASES = ('train', 'bound', 'sweep', 'policy', 'loop', 'replay')


def main(argv=None):
    """Returns the exit code: 0, 1 after a failure, or 2 for bad use."""
    return cli.run(__doc__, argv, _bench)


def _bench(argv):
    case = argv[0] if argv else ''
    if case not in CASES:
        raise UserError(f'what to time? One of {", ".join(CASES)}. Received: {case!r}{nearest(case, CASES)}')
    numbers, rest = flags.take(argv[1:], {'repeats': 10, 'seconds': 60})
    out, rest = flags.take_text(rest, 'out')
    if out and case != 'sweep':
        raise UserError(f'`--out` has a plot of sweep alone. Received: {case} --out {out}')
    config, _ = flags.parse(rest)
    with loading_tensorflow():
        from .benchmarks import cases
    rows = []
    for row in getattr(cases, case)(config, **numbers):
        rows.append(row)
        print(json.dumps(row), flush=True)
    if out:
        from .benchmarks import cost_plot

        cost_plot.save(rows, pathlib.Path(out))
    return 0


if __name__ == '__main__':
    sys.exit(main())
