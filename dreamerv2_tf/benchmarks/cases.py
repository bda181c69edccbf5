"""What `scripts/bench` times: each case gives rows of figures."""

import contextlib
import itertools
from collections.abc import Iterator

from .. import build
from ..collect.driver import Driver
from ..config.tree import Config
from ..errors import RunError, UserError
from ..explore.explorer import Explorer
from ..spec import observed
from ..training.messages import LAYERS
from . import committed, timers
from .dreaming import time_dreams
from .exploring import time_beside_greedy
from .flops import Size, layers_of_update, total_flops, total_seconds
from .reference import in_references
from .segments import WITHOUT_EVALUATIONS
from .stepping import time_stepping
from .timed import Row, Timed, temporary_folder, temporary_run, timed

SWEEP = {'batch': ('dataset.batch',), 'length': ('dataset.length',), 'horizon': ('imag_horizon',), 'layers': LAYERS}
FACTORS = (0.5, 1, 2)
POLICY_CALLS = 20  # timed for each repeat of other cases: a call is short
MEMORY_ROWS = 10


def train(config: Config, repeats: int) -> Iterator[Row]:
    """Yields the row of an update on random rows; `start_seconds` are from the command to the end of the first one.

    With an explorer there is a second row: such updates beside those without it, in turns.
    """
    with timed(config) as made:
        began, figures = timers.process_seconds(), _update(made, repeats)
        yield made.row('train', {'start_seconds': round(began + figures['trace_seconds'], 2), **figures})
        if any(isinstance(behaviour, Explorer) for behaviour in made.agent.behaviours.values()):
            rows = timers.random_rows(config, made.envs.observation, made.envs.action)
            with timed(config.updated({'expl_behavior': 'greedy'})) as plain:
                beside = time_beside_greedy(made.agent, plain.agent, rows, config.imag_horizon, repeats)
            yield made.row('explorer', beside)


def bound(config: Config, repeats: int) -> Iterator[Row]:
    """Yields the row of an update beside its products and convolutions alone, in operations and in seconds.

    Raises:
      UserError: another precision than float32, continuous actions, or images of several sizes.
    """
    with timed(config) as made:
        if made.device.precision != 'float32':
            raise UserError(f'`bound` needs --precision float32. Received: {made.device.precision}')
        if not made.envs.action.discrete:
            raise UserError(f'`bound` counts updates with discrete actions. {config.task} has continuous ones')
        if len({shape[:2] for shape in observed(made.envs.observation).values() if len(shape) == 3}) > 1:
            raise UserError(f'`bound` counts images of one size. {config.task} has several')
        figures = _update(made, repeats)
        layers = layers_of_update(
            made.agent.weights, config.dataset.batch, config.dataset.length, config.imag_horizon, _image_sizes(made)
        )
        flops, alone = total_flops(layers), total_seconds(layers)
        yield made.row(
            'bound',
            {
                **figures,
                'gflops': round(flops / 1e9, 1),
                'bound_seconds': round(alone, 4),
                'gflops_per_second': round(flops / alone / 1e9, 1),
                'update_to_bound': round(figures['median_seconds'] / alone, 3),
            },
        )


def sweep(config: Config, repeats: int) -> Iterator[Row]:
    """Yields a row for updates at half and twice the batch, length, horizon and layers each."""
    for what, keys in SWEEP.items():
        for factor in FACTORS:
            changed = config.updated({key: max(1, round(config[key] * factor)) for key in keys})
            with timed(changed) as made:
                yield made.row('sweep', {'what': what, 'factor': factor, **_update(made, repeats)})


def policy(config: Config, repeats: int) -> Iterator[Row]:
    """Yields the row of a policy call for all environments."""
    with timed(config) as made:
        call, frames = timers.policy_call(made.agent, made.envs), config.envs * config.action_repeat
        yield made.row('policy', timers.time_alone(call, POLICY_CALLS * repeats, frames))


def loop(config: Config, seconds: int) -> Iterator[Row]:
    """Yields the row of acting and learning together."""
    with timed(config) as made, temporary_run(made) as run:
        yield made.row('loop', timers.time_loop(run, seconds))


def check(config: Config, write: bool) -> Iterator[Row]:
    """Yields a row each for update, policy call and loop, in multiples of a reference workload.

    Args:
      config: settings; evaluations are left out.
      write: the figures are committed for this kind of machine, instead of being compared with those that are.

    Raises:
      UserError: nothing is committed for this kind of machine.
      RunError: something became slower than is allowed.
    """
    with timed(config.updated(WITHOUT_EVALUATIONS)) as made:
        kind = committed.machine_kind(made.device.name, timers.machine(), committed.CPU_INFO.read_text())
        before = {} if write else committed.read(kind)
        figures = {what: round(figure, 4) for what, figure in in_references(made).items()}
        changes = {what: committed.change(figures[what], before[what]) for what in figures if what in before}
        for what, figure in figures.items():
            beside = {'committed': before[what], 'change': changes[what]} if what in changes else {}
            yield made.row('check', {'what': what, 'times_reference': figure, **beside, 'machine': kind})
    if write:
        committed.write(kind, figures)
    if slower := committed.slower(changes):
        raise RunError(f'slower than what is committed for {kind}: {", ".join(slower)}')


def replay(config: Config, seconds: int) -> Iterator[Row]:
    """Yields the row of a full replay: opening it and drawing batches."""
    with contextlib.closing(build.make_envs(config, 'train')) as envs, temporary_folder() as folder:
        figures = timers.time_replay(folder, config, envs, seconds)
    yield {
        'case': 'replay',
        **figures,
        'batch': config.dataset.batch,
        'length': config.dataset.length,
        **timers.machine(),
    }


def envs(config: Config, seconds: int) -> Iterator[Row]:
    """Yields a row for each way in which environments step; `times_none` is the speed beside one after the other."""
    rates = time_stepping(config, seconds)
    for way, rate in rates.items():
        yield {
            'case': 'envs',
            'envs_parallel': way,
            'frames_per_second': round(rate, 1),
            'times_none': round(rate / rates['none'], 3),
            'task': config.task,
            'envs': config.envs,
            **timers.machine(),
        }


def dream(config: Config, seconds: int, dreams: int) -> Iterator[Row]:
    """Yields the row of dreams that are stepped side by side, as `DreamVectorEnv` does it."""
    with timed(config) as made:
        yield made.row('dream', time_dreams(config, made.agent, made.envs.gym_spaces, dreams, seconds))


def memory(config: Config) -> Iterator[Row]:
    """Yields rows on what acting leaves in memory, after the first agent step and after each tenth of `steps`."""
    seeds = itertools.count()
    with timed(config) as made:
        policy, driver = made.agent.train_policy, Driver(made.envs, lambda index: next(seeds))
        for part in range(MEMORY_ROWS + 1):
            for _ in range(max(1, config.steps // MEMORY_ROWS // config.envs) if part else 1):
                driver.step(policy, lambda row, index: None)
            yield {
                'case': 'memory',
                'steps': part * (config.steps // MEMORY_ROWS),
                'anonymous_memory_gb': round(timers.anonymous_memory(), 4),
                'policy_traces': policy.traces,
                'task': config.task,
                'envs': config.envs,
                **timers.machine(),
            }


def _image_sizes(made: Timed) -> dict[str, Size]:
    """Returns {'encoder' | 'decoder': (height, width)} of the images that they convolve, where there are any."""
    model = made.agent.world_model
    keys = {'encoder': model.encoder.cnn_keys[:1], 'decoder': model.decoder.cnn_keys[:1]}
    shapes = {name: made.envs.observation[key].shape for name, each in keys.items() for key in each}
    return {name: (height, width) for name, (height, width, _) in shapes.items()}


def _update(made: Timed, repeats: int) -> dict[str, float]:
    config = made.config
    rows = timers.random_rows(config, made.envs.observation, made.envs.action)
    steps = config.dataset.batch * config.dataset.length
    return timers.time_alone(timers.update_call(made.agent, rows), repeats, steps * config.action_repeat)
