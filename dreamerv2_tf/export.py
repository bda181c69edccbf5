"""Export the agent of a run to one file: weights, settings, training curve, and how well it plays.

usage: python -m dreamerv2_tf.export LOGDIR --out FILE.npz [--FLAG VALUE ...]

The agent plays for its score, and the first of these episodes are kept beside the file, in FILE_episodes/. Then
`--agent FILE.npz` takes the place of `--logdir` in evaluate, dream and play, and dv2.load_agent('FILE.npz') loads it.
"""

import argparse
import contextlib
import pathlib
import sys
from collections.abc import Sequence

from . import cli
from .errors import UserError
from .evaluation.sources import episodes_folder
from .startup import loading_tensorflow


def main(argv: Sequence[str] | None = None) -> int:
    """Returns the exit code: 0, 1 after a failure, or 2 for bad use."""
    return cli.run(parser(), argv, _export)


def parser() -> cli.Parser:
    """Returns the parser of this command line."""
    flags = cli.Parser(__doc__)
    flags.add_argument('logdir', metavar='LOGDIR', help=argparse.SUPPRESS)
    flags.add_argument('--out', required=True, type=pathlib.Path, metavar='FILE', help='that is written, *.npz')
    flags.add_argument('--checkpoint', default='newest', help='newest, best, agent steps, or a file (newest)')
    flags.add_argument('--episodes', type=cli.whole_number, default=30, help='that it plays for its score (30)')
    flags.add_argument('--keep', type=cli.whole_number, default=3, help='how many of them are kept (3)')
    flags.add_argument('--envs', type=cli.side_by_side, default=1, help='that are played side by side (1)')
    flags.add_argument('--seed', type=int, default=0, help='of the games (0)')
    return flags


def _export(given: argparse.Namespace) -> int:
    if given.out.suffix != '.npz' or given.out.exists() or episodes_folder(given.out).exists():
        raise UserError(
            f'`--out` must be a file NAME.npz that is not there yet, nor NAME_episodes/. Received: {given.out}'
        )
    cli.check_writable(given.out.parent)
    with loading_tensorflow():
        from . import build
        from .evaluation import episodes, exported
        from .evaluation.restore import check_spaces, restore
    changes = {'eval_envs': given.envs, 'eval_eps': given.episodes}
    restored = restore(given.logdir, given.checkpoint, **changes)
    kept: list[episodes.Episode] = []

    def keep(number: int, episode: episodes.Episode) -> None:
        if number <= given.keep:
            kept.append(episode)

    with contextlib.closing(build.make_envs(restored.config, 'eval')) as envs:
        check_spaces(restored, envs)
        played = episodes.play(envs, restored.agent.eval_policy, given.episodes, given.seed, keep)
    card = exported.card_of(given.logdir, restored, [episode['return'] for episode in played], given.seed)
    exported.write(given.out, restored, card, kept)
    print(f'{given.out}: {given.out.stat().st_size / 1e6:.1f} MB, {restored.config.task}, {card.text()}')
    return 0


if __name__ == '__main__':
    sys.exit(main())
