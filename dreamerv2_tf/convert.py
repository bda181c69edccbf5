"""Bring a checkpoint of the authors' release (package dreamerv2 2.2.0) here: its weights, as a new logdir.

usage: python -m dreamerv2_tf.convert variables.pkl OUT --config config.yaml [--KEY VALUE ...]

Both files are from the release's logdir. OUT must not be there yet, or be empty; training that is started
with --configs OUT/config.yaml begins with these weights. Nothing that a pickle may hold but arrays is read.
The release leaves out observations that are single numbers; --encoder.mlp_keys and --decoder.mlp_keys can, too.
KEY is any key below.
"""

import argparse
import contextlib
import pathlib
import shlex
import sys
import tempfile
from collections.abc import Mapping, Sequence

import numpy as np

from . import cli
from .config import flags
from .config.tree import Config
from .errors import UserError
from .learning.checkpoint import Checkpoints
from .release import pickle, table, weights
from .startup import interpreter, loading_tensorflow
from .training import logdir


def main(argv: Sequence[str] | None = None) -> int:
    """Returns the exit code: 0, 1 after a failure, or 2 for bad use."""
    return cli.run(parser(), argv, _convert, reassurance='; nothing was written')


def parser() -> cli.Parser:
    """Returns the parser of this command line."""
    flags = cli.Parser(__doc__, settings=True)
    flags.add_argument('source', metavar='variables.pkl', help=argparse.SUPPRESS)
    flags.add_argument('out', metavar='OUT', type=pathlib.Path, help=argparse.SUPPRESS)
    config_help = 'config.yaml of the release; presets may follow'
    flags.add_argument('--config', '--configs', nargs='+', required=True, metavar='FILE', help=config_help)
    return flags


def _convert(given: argparse.Namespace) -> int:
    out = given.out.resolve()
    config, notices = flags.parse(['--configs', *given.config, *given.settings])
    config = config.updated({'logdir': str(out)})
    if logdir.locate(config).exists() and (any(out.iterdir()) or out.samefile('.')):
        raise UserError(f'{out} must not be there yet, or be empty and not the current folder')
    saved = pickle.load(given.source)
    with loading_tensorflow():
        from . import build
        from .evaluation.exported import weights_alone
    with contextlib.closing(build.make_envs(config, 'train')) as envs:
        agent = build.make_agent(config, envs.observation, envs.action)
    named = weights.find(saved, agent.weights, given.source)
    print('\n'.join([*(f'note: {notice}' for notice in notices), table.table(named)]))
    arrays = {one.name: one.array for one in named if one.is_weight}
    _write(out, config, weights_alone(config, agent, arrays).to_arrays())
    configs = shlex.quote(str(out / 'config.yaml'))
    print(f'written to {out}; to train on: {interpreter()} -m dreamerv2_tf.train --configs {configs}')
    return 0


def _write(out: pathlib.Path, config: Config, state: Mapping[str, np.ndarray]) -> None:
    """Writes the new logdir, whole or not at all."""
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix='.convert-', dir=out.parent) as folder:
        unfinished = pathlib.Path(folder) / 'logdir'
        unfinished.mkdir()
        logdir.write_config(unfinished, config)
        Checkpoints(unfinished / 'checkpoints').save(0, state)
        unfinished.rename(out)


if __name__ == '__main__':
    sys.exit(main())
