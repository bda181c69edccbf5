"""Time the parts of a run on this machine; prints one line of JSON.

usage: python -m dreamerv2_tf.bench train|policy|loop|replay [--repeats N] [--seconds N] [--KEY VALUE ...]

train is an update on random rows, policy a call for all `envs`, loop everything together, on the task.
replay fills a folder of temporary files with `replay.capacity` steps in episodes of `time_limit` and draws batches.
frames_per_second are those learned from, acted in, or done, respectively.
"""

import contextlib
import functools
import json
import pathlib
import sys
import tempfile

from . import command
from .config import flags
from .errors import UserError
from .startup import loading_tensorflow

CASES = ('train', 'policy', 'loop', 'replay')
SIZES = ('rssm.deter', 'rssm.hidden', 'rssm.stoch', 'rssm.discrete', 'encoder.cnn_depth', 'actor.units')


def main(argv=None):
    """Returns the exit code: 0, 1 after a failure, or 2 for bad use."""
    return command.run(__doc__, argv, _bench)


def _bench(argv):
    if not argv or argv[0] not in CASES:
        raise UserError(f'what to time? One of {", ".join(CASES)}. Received: {" ".join(argv[:1])!r}')
    numbers, rest = flags.take(argv[1:], {'repeats': 10, 'seconds': 60})
    config, _ = flags.parse(rest)
    print(json.dumps(_run(argv[0], config, **numbers)))
    return 0


def _run(case, config, repeats, seconds):
    with loading_tensorflow():
        from . import build
    from .learning.device import prepare
    from .metrics.progress import Progress, Silent
    from .run import benchmark
    from .run.training import make_training

    device = prepare(config.precision, config.jit_compile, config.eager)
    with contextlib.ExitStack() as stack:
        def make_envs(mode):
            return stack.enter_context(contextlib.closing(build.make_envs(config, mode)))

        def make_folder():
            return pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory()))

        envs = make_envs('train')
        if case == 'replay':
            episode = functools.partial(
                benchmark.random_episode, observation=envs.observation, action=envs.action)
            measured = benchmark.time_replay(make_folder(), config, episode, seconds)
            return {'case': case, **measured, 'batch': config.dataset.batch, 'length': config.dataset.length,
                    **benchmark.machine()}
        agent = build.make_agent(config, envs.observation, envs.action, device.precision, device.jit_compile)
        if case == 'train':
            rows = benchmark.random_rows(config, envs.observation, envs.action)
            steps = config.dataset.batch * config.dataset.length
            measured = benchmark.time_update(agent, rows, repeats, steps * config.action_repeat)
        elif case == 'policy':
            measured = benchmark.time_policy(agent, envs, 20 * repeats, config.envs * config.action_repeat)
        else:
            measured = benchmark.time_loop(
                functools.partial(make_training, config, make_folder(), agent, envs, make_envs('eval'),
                                  Progress(Silent())),
                agent.learner, config.pretrain, seconds)
    sizes = {key: config[key] for key in SIZES}
    return {
        'case': case, **measured, 'task': config.task, 'envs': config.envs,
        'batch': config.dataset.batch, 'length': config.dataset.length, 'horizon': config.imag_horizon,
        'train_every': config.train_every, **sizes, 'device': device.name, 'precision': device.precision,
        'jit_compile': device.jit_compile, 'peak_memory_gb': benchmark.peak_memory(), **benchmark.machine()}


if __name__ == '__main__':
    sys.exit(main())
