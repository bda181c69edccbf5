"""Show an episode as the world model of a run sees it: films, pictures and numbers.

usage: python -m dreamerv2_tf.dream --logdir DIR --out DIR [--episode FILE] [--FLAG VALUE ...]
"""

import pathlib
import sys

import rich.console
import rich.progress

from . import cli
from .startup import loading_tensorflow


def main(argv=None):
    """Returns the exit code: 0, 1 after a failure, or 2 for bad use."""
    return cli.run(None, argv, _dream)


def _dream(argv):
    flags = _parser().parse_args(argv)
    cli.check_writable(flags.out)
    with loading_tensorflow():
        from .inspection import files
        from .inspection.dream import dream, newest_episode
        from .inspection.saved_agent import load_agent
        from .recordings.episodes import load_episodes
    console = rich.console.Console(stderr=True)
    agent = load_agent(flags.logdir, flags.checkpoint)
    episode = load_episodes(flags.episode)[-1] if flags.episode else newest_episode(flags.logdir)
    agent.check(episode, episode.path)
    with console.status(f'looking at the {len(episode["reward"]):,} rows of {episode.path.name}'):
        view = dream(agent, episode, flags.start, flags.horizon, flags.samples, flags.seed)
    flags.out.mkdir(parents=True, exist_ok=True)
    products = files.products(view, agent.film_keys)
    for name, product in rich.progress.track(products.items(), 'drawing', console=console, transient=True):
        files.write(flags.out, name, product)
    files.write_numbers(flags.out, view)
    print(f'{episode.path}\nas {agent.path} sees it ({agent.frames:,} frames):')
    print(f'{flags.out}: {", ".join([*products, "dream.npz"])}')
    for sentence in files.left_out(view, agent.film_keys):
        print(f'left out: {sentence}')
    return 0


def _parser():
    parser = cli.Parser(__doc__)
    parser.add_argument('--logdir', required=True, help='folder of the run')
    parser.add_argument('--out', required=True, type=pathlib.Path, metavar='FOLDER', help='for what is made')
    parser.add_argument('--episode', type=pathlib.Path, metavar='FILE', help='the newest evaluation episode')
    parser.add_argument('--checkpoint', default='newest', help='newest, best, agent steps, or a file (newest)')
    parser.add_argument('--start', type=int, metavar='ROW', help='of the open-loop prediction (in the middle)')
    parser.add_argument('--horizon', type=cli.whole_number, default=45, help='agent steps predicted (45)')
    parser.add_argument('--samples', type=cli.whole_number, default=4, help='dreams side by side (4)')
    parser.add_argument('--seed', type=int, default=0, help='of all that is drawn (0)')
    return parser


if __name__ == '__main__':
    sys.exit(main())
