"""How many frames environments give in a second: in each way of `envs_parallel`."""

import contextlib
import time
from collections.abc import Callable, Iterator

import numpy as np

from .. import build
from ..config.tree import Config
from ..envs.calls import Failure
from ..errors import RunError

ROUNDS = 5  # in which all ways take turns, since a machine changes its speed

Step = Callable[[], None]  # one agent step in every environment, with random actions


def time_stepping(config: Config, seconds: float) -> dict[str, float]:
    """Returns {way: frames per second of all environments together}, medians of rounds.

    Args:
      config: all settings; its `envs_parallel` is left out.
      seconds: to measure all ways.

    Raises:
      RunError: an environment failed.
    """
    with contextlib.ExitStack() as stack:
        modes = [*build.VECTORS, *(['native'] if config.task.startswith('atari_') else [])]
        ways = {mode: stack.enter_context(_stepping(config.updated({'envs_parallel': mode}))) for mode in modes}
        rates: dict[str, list[float]] = {way: [] for way in ways}
        for _ in range(ROUNDS):
            for way, step in ways.items():
                rates[way].append(_rate(step, seconds / ROUNDS / len(ways)))
    frames = config.envs * config.action_repeat
    return {way: frames * float(np.median(each)) for way, each in rates.items()}


@contextlib.contextmanager
def _stepping(config: Config) -> Iterator[Step]:
    """Steps the environments of a config."""
    generator = np.random.default_rng(0)
    with contextlib.closing(build.make_envs(config, 'train')) as envs:

        def reset(index: int) -> None:
            if isinstance(failure := envs.reset(index, int(generator.integers(2**31))), Failure):
                raise RunError(f'environment {index} {failure.reason}')

        def step() -> None:
            answers = envs.step(np.stack([envs.action.random(generator) for _ in range(len(envs))]))
            for index, answer in enumerate(answers):
                if isinstance(answer, Failure):
                    raise RunError(f'environment {index} {answer.reason}')
                if answer['is_last']:
                    reset(index)

        for index in range(len(envs)):
            reset(index)
        yield step


def _rate(step: Step, seconds: float) -> float:
    """Returns how often a step is made in a second."""
    count, began = 0, time.perf_counter()
    while time.perf_counter() < began + seconds:
        step()
        count += 1
    return count / (time.perf_counter() - began)
