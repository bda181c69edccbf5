"""Play an environment with random actions and say what an agent sees of it, and what is wrong.

usage: python -m dreamerv2_tf.check_env TASK_OR_MODULE:ID [--KEY VALUE ...]

1,000 steps are made. TASK is one as for --task, an id of Gymnasium, or MODULE:ID, where MODULE registers ID.
The exit code is 0 if nothing is wrong, 1 if something is, 2 for bad use.
"""

import argparse
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from . import cli
from .config import flags

if TYPE_CHECKING:
    import gymnasium

    from .env_check.examine import Examination
    from .envs.python_tasks import EnvFn


def main(argv: Sequence[str] | None = None) -> int:
    """Returns the exit code."""
    return cli.run(parser(), argv, _check)


def parser() -> cli.Parser:
    """Returns the parser of this command line."""
    made = cli.Parser(__doc__, settings=True)
    made.add_argument('task', metavar='TASK', help=argparse.SUPPRESS)
    return made


def call(env: 'str | EnvFn | gymnasium.Env') -> 'Examination':
    """Plays an environment with random actions, and prints what an agent sees of it and what is wrong.

        dv2.check_env(Corridor).problems   # [] if nothing is wrong

    Args:
      env: a function that makes a `gymnasium.Env`, such as its class; an environment; a task; or an id of Gymnasium.

    Raises:
      UserError: it is none of these, or it cannot be made.
    """
    from .config.presets import defaults
    from .env_check import of_task

    return of_task.check(env, defaults())


def _check(given: argparse.Namespace) -> int:
    from .env_check import of_task

    presets = [] if any(word.partition('=')[0] == '--configs' for word in given.settings) else ['--configs', 'defaults']
    config, _ = flags.parse([*presets, *given.settings])
    return 1 if of_task.check(given.task, config).problems else 0


cli.make_callable(__name__, call)

if __name__ == '__main__':
    sys.exit(main())
