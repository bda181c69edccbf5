"""Show an episode as the world model of a saved agent sees it: films, figures and numbers.

usage: python -m dreamerv2_tf.dream --logdir DIR --out DIR [--episode FILE] [--FLAG VALUE ...]
       python -m dreamerv2_tf.dream --agent NAME_OR_FILE --out DIR [--episode FILE] [--FLAG VALUE ...]
"""

import argparse
import pathlib
import sys
from collections.abc import Sequence

import rich.console
import rich.progress

from . import cli
from .evaluation.sources import newest_episodes, source_of
from .startup import loading_tensorflow


def main(argv: Sequence[str] | None = None) -> int:
    """Returns the exit code: 0, 1 after a failure, or 2 for bad use."""
    return cli.run(parser(), argv, _dream)


def parser() -> cli.Parser:
    """Returns the parser of this command line."""
    flags = cli.Parser(__doc__)
    flags.add_argument('--out', required=True, type=pathlib.Path, metavar='FOLDER', help='for all files')
    flags.add_argument('--episode', type=pathlib.Path, metavar='FILE', help='the newest evaluation episode')
    cli.add_source_flags(flags)
    flags.add_argument('--start', type=int, metavar='ROW', help='of the open-loop prediction (in the middle)')
    flags.add_argument('--horizon', type=cli.whole_number, default=45, help='agent steps predicted (45)')
    flags.add_argument('--samples', type=cli.whole_number, default=4, help='dreams side by side (4)')
    flags.add_argument('--seed', type=int, default=0, help='of all that is drawn (0)')
    return flags


def _dream(given: argparse.Namespace) -> int:
    cli.check_writable(given.out)
    with loading_tensorflow():
        from .inspection import dream_files
        from .inspection.dream import dream
        from .inspection.saved_agent import load_agent
        from .recordings.episodes import load_episodes
    console = rich.console.Console(stderr=True)
    source = source_of(given.logdir, given.agent)
    agent = load_agent(source, given.checkpoint)
    episode = load_episodes(given.episode or newest_episodes(source))[-1]
    agent.check(episode, episode.path)
    with console.status(f'dreaming of the {len(episode["reward"]):,} rows of {episode.path.name}'):
        view = dream(agent, episode, given.start, given.horizon, given.samples, given.seed)
    given.out.mkdir(parents=True, exist_ok=True)
    drawings = dream_files.drawings(view, agent.film_keys)
    for name, draw in rich.progress.track(drawings.items(), 'drawing', console=console, transient=True):
        dream_files.write_drawing(given.out / name, draw)
    dream_files.write_numbers(given.out / 'dream.npz', view)
    print(f'{episode.path}\nas {agent.path} sees it ({agent.frames:,} frames):')
    print(f'{given.out}: {", ".join([*drawings, "dream.npz"])}')
    for sentence in dream_files.left_out(view, agent.film_keys):
        print(f'left out: {sentence}')
    return 0


if __name__ == '__main__':
    sys.exit(main())
