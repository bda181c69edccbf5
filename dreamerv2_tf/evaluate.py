"""Play whole episodes with the agent of a run and tell how good it is; or tell how good its world model is.

usage: python -m dreamerv2_tf.evaluate --logdir DIR [--episodes 10] [--FLAG VALUE ...]
       python -m dreamerv2_tf.evaluate --logdir DIR --model [--episodes-dir DIR] [--episodes 10] [--json]
"""

import contextlib
import json
import pathlib
import sys

from . import cli
from .errors import UserError
from .startup import loading_tensorflow

OF_PLAYING = ('envs', 'policy', 'sample', 'video', 'task')


def main(argv=None):
    """Returns the exit code: 0, 1 after a failure, or 2 for bad use."""
    return cli.run(None, argv, _evaluate)


def _evaluate(argv):
    parser = _parser()
    flags = parser.parse_args(argv)
    told = [name for name in OF_PLAYING if getattr(flags, name) != parser.get_default(name)]
    if flags.model and told:
        raise UserError(f'`--{told[0]}` is about playing and means nothing with --model')
    return _examine(flags) if flags.model else _play(flags)


def _examine(flags):
    with loading_tensorflow():
        from .inspection import quality_table
    result = quality_table.of_run(flags.logdir, flags.checkpoint, flags.episodes_dir, flags.episodes, flags.seed)
    print(json.dumps(quality_table.for_json(result)) if flags.json else quality_table.text(result))
    return 0


def _play(flags):
    with loading_tensorflow():
        from . import build
        from .evaluation import episodes, score
        from .evaluation.restore import check_spaces, restore
    changes = {'envs': min(flags.envs, flags.episodes), 'eval_eps': flags.episodes}
    changes |= {'task': flags.task} if flags.task else {}
    loaded = restore(flags.logdir, flags.checkpoint, seed=flags.seed, **changes)
    policy = episodes.policy_of(flags.policy, loaded.agent, flags.seed, flags.sample)
    with contextlib.closing(build.make_envs(loaded.config, 'eval')) as envs:
        check_spaces(loaded, envs)
        played = episodes.play(envs, policy, flags.episodes, flags.seed, flags.video)
    result = score.score(loaded, flags.policy, flags.sample, flags.seed, played)
    print(json.dumps(result) if flags.json else score.score_lines(result))
    return 0


def _parser():
    parser = cli.Parser(__doc__)
    parser.add_argument('--logdir', required=True, help='folder of the run')
    parser.add_argument('--checkpoint', default='newest', help='newest, best, agent steps, or a file (newest)')
    parser.add_argument('--episodes', type=cli.whole_number, default=10, help='how many (10)')
    parser.add_argument('--envs', type=cli.whole_number, default=1, help='that are played side by side (1)')
    parser.add_argument('--policy', default='agent', help='agent, random, or constant:N with the number of an action')
    parser.add_argument('--sample', action='store_true', help='draw actions as in training, not the most likely ones')
    parser.add_argument('--seed', type=int, default=0, help='of the games (0)')
    parser.add_argument('--video', type=pathlib.Path, metavar='FOLDER', help='for a film of each episode')
    parser.add_argument('--task', help='other than that of the run; needed where it is gym_MODULE:ID')
    parser.add_argument('--model', action='store_true', help='judge the world model on saved episodes, the newest ones')
    parser.add_argument('--episodes-dir', metavar='FOLDER', help='where these are (eval_episodes of the run)')
    parser.add_argument('--json', action='store_true', help='print one line of JSON instead')
    return parser


if __name__ == '__main__':
    sys.exit(main())
