"""Play whole episodes with the agent of a run and print its score; or measure how good its world model is.

usage: python -m dreamerv2_tf.evaluate --logdir DIR [--episodes 10] [--FLAG VALUE ...]
       python -m dreamerv2_tf.evaluate --agent NAME_OR_FILE [--episodes 10] [--FLAG VALUE ...]
       python -m dreamerv2_tf.evaluate --logdir DIR --model [--episodes-dir DIR] [--episodes 10] [--json]
"""

import argparse
import contextlib
import functools
import json
import pathlib
import sys
from collections.abc import Sequence

from . import cli
from .evaluation.sources import source_of
from .startup import loading_tensorflow

SHARED_FLAGS = ('logdir', 'agent', 'checkpoint', 'episodes', 'seed', 'json')
PLAY_FLAGS = (*SHARED_FLAGS, 'envs', 'policy', 'sample', 'video', 'task')
MODEL_FLAGS = (*SHARED_FLAGS, 'model', 'episodes-dir')


def main(argv: Sequence[str] | None = None) -> int:
    """Returns the exit code: 0, 1 after a failure, or 2 for bad use."""
    return cli.run(parser(), argv, _evaluate)


def parser() -> cli.Parser:
    """Returns the parser of this command line."""
    flags = cli.Parser(__doc__)
    cli.add_source_flags(flags)
    flags.add_argument('--episodes', type=cli.whole_number, default=10, help='how many (10)')
    flags.add_argument('--envs', type=cli.side_by_side, default=1, help='that are played side by side (1)')
    flags.add_argument('--policy', default='agent', help='agent, random, or constant:N with the number of an action')
    flags.add_argument('--sample', action='store_true', help='draw actions as in training, not the most likely ones')
    flags.add_argument('--seed', type=int, default=0, help='of the games (0)')
    flags.add_argument('--video', type=pathlib.Path, metavar='FOLDER', help='for a film of each episode')
    flags.add_argument('--task', help='other than that of the run; needed where it is gym_MODULE:ID')
    flags.add_argument('--model', action='store_true', help='judge the world model on saved episodes, the newest ones')
    flags.add_argument('--episodes-dir', metavar='FOLDER', help='where these are (those that the agent was judged by)')
    flags.add_argument('--json', action='store_true', help='print one line of JSON instead')
    return flags


def _evaluate(given: argparse.Namespace) -> int:
    allowed, where = (MODEL_FLAGS, 'with --model') if given.model else (PLAY_FLAGS, 'without --model')
    cli.check_flags(given, allowed, where)
    return _judge_model(given) if given.model else _play(given)


def _judge_model(given: argparse.Namespace) -> int:
    with loading_tensorflow():
        from .inspection import quality_table
    source = source_of(given.logdir, given.agent)
    result = quality_table.of_agent(source, given.checkpoint, given.episodes_dir, given.episodes, given.seed)
    print(json.dumps(quality_table.for_json(result)) if given.json else quality_table.text(result))
    return 0


def _play(given: argparse.Namespace) -> int:
    with loading_tensorflow():
        from . import build
        from .evaluation import episodes, score
        from .evaluation.restore import check_spaces, restore
    changes = {'eval_envs': given.envs, 'eval_eps': given.episodes}
    changes |= {'task': given.task} if given.task else {}
    restored = restore(source_of(given.logdir, given.agent), given.checkpoint, seed=given.seed, **changes)
    policy = episodes.policy_of(given.policy, restored.agent, given.seed, given.sample)
    with contextlib.closing(build.make_envs(restored.config, 'eval')) as envs:
        check_spaces(restored, envs)
        film = functools.partial(episodes.write_films, given.video) if given.video else None
        played = episodes.play(envs, policy, given.episodes, given.seed, film)
    result = score.score(restored, given.policy, given.sample, given.seed, played)
    print(json.dumps(result) if given.json else score.score_lines(result))
    return 0


if __name__ == '__main__':
    sys.exit(main())
