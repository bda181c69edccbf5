"""Bring a checkpoint of the authors' release (package dreamerv2 2.2.0) here: its weights, as a new logdir.

usage: python -m dreamerv2_tf.convert variables.pkl OUT --config config.yaml [--KEY VALUE ...]

Both files are from the release's logdir. OUT must not be there yet, or be empty; training that is started
with --configs OUT/config.yaml begins with these weights. Nothing that a pickle may hold but arrays is read.
The release leaves out observations that are single numbers; --encoder.mlp_keys and --decoder.mlp_keys can, too.
KEY is any key below.
"""

import contextlib
import pathlib
import re
import shlex
import sys
import tempfile

from . import cli
from .config import flags
from .errors import UserError
from .learning.checkpoint import Checkpoints
from .release.pickle import load
from .release.weights import find
from .startup import interpreter, loading_tensorflow
from .training import logdir as logdirs


def main(argv=None):
    """Returns the exit code: 0, 1 after a failure, or 2 for bad use."""
    return cli.run(__doc__, argv, _convert, comfort='; nothing was written')


def _convert(argv):
    words = [re.sub('^--config(?==|$)', '--configs', word) for word in argv]
    if len(words) < 3 or words[0].startswith('--') or not words[2].startswith('--configs'):
        raise UserError(
            'expected variables.pkl, a new folder, and --config with the config.yaml of the release. '
            f'Received: {shlex.join(argv)!r}'
        )
    source, out = words[0], pathlib.Path(words[1]).resolve()
    config, notices = flags.parse(words[2:])
    config = config.updated({'logdir': str(out)})
    if logdirs.locate(config).exists() and (any(out.iterdir()) or out.samefile('.')):
        raise UserError(f'{out} must not be there yet, or be empty and not the current folder')
    arrays = load(source)
    with loading_tensorflow():
        from . import build
        from .training.parts import weights_alone
    with contextlib.closing(build.make_envs(config, 'train')) as envs:
        agent = build.make_agent(config, envs.observation, envs.action)
    found = find(arrays, agent.weights, source)
    print('\n'.join([*(f'note: {notice}' for notice in notices), *_table(found)]))
    weights = {one.name: one.array for one in found if one.is_weight}
    _write(out, config, weights_alone(config, agent, weights).to_arrays())
    print(
        f'written to {out}; to train on: {interpreter()} -m dreamerv2_tf.train --configs '
        f'{shlex.quote(str(out / "config.yaml"))}'
    )
    return 0


def _table(found):
    width = max(len(one.name) for one in found)
    for index, one in enumerate(found):
        what = 'x'.join(map(str, one.array.shape)) if one.is_weight else f'{one.array}, left out'
        yield f'{index:4}  {one.name:{width}}  {what}'
    others = [one.name for one in found if not one.is_weight]
    yield (
        f'{len(found) - len(others)} of {len(found)} arrays are weights; left out are {len(others)}: '
        f'{", ".join(others)}. The state of optimizers is not in the file; they begin anew'
    )


def _write(out, config, state):
    """The new logdir, whole or not at all."""
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix='.convert-', dir=out.parent) as folder:
        made = pathlib.Path(folder) / 'made'
        made.mkdir()
        logdirs.write_config(made, config)
        Checkpoints(made / 'checkpoints').save(0, state)
        made.rename(out)


if __name__ == '__main__':
    sys.exit(main())
