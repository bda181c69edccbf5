"""How many frames environments give in a second: in each way of `envs_parallel`, and in ale-py's own vector."""

import contextlib
import time
from collections.abc import Callable, Iterator

import ale_py.vector_env
import numpy as np
from gymnasium.vector import AutoresetMode

from .. import build
from ..config.tree import Config
from ..envs import atari
from ..envs.calls import Failure
from ..errors import RunError

ROUNDS = 5  # in which all ways take turns, since a machine changes its speed
NATIVE = 'native'  # AtariVectorEnv, which steps its games in threads of C++

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
        ways = {mode: stack.enter_context(_stepping(config.updated({'envs_parallel': mode}))) for mode in build.VECTORS}
        suite, _, game = config.task.partition('_')
        if suite == 'atari':
            ways[NATIVE] = stack.enter_context(_native(config, game))
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


@contextlib.contextmanager
def _native(config: Config, game: str) -> Iterator[Step]:
    """Steps the same game in ale-py's vector, with the settings that are nearest to those here."""
    generator = np.random.default_rng(0)
    envs = ale_py.vector_env.AtariVectorEnv(
        atari.game_id(game),
        config.envs,
        frameskip=config.action_repeat,
        max_num_frames_per_episode=config.time_limit * config.action_repeat,
        repeat_action_probability=atari.STICKY_PROBABILITY,
        full_action_space=config.atari_full_actions,
        grayscale=config.atari_grayscale,
        img_height=atari.IMAGE_SIZE[0],
        img_width=atari.IMAGE_SIZE[1],
        stack_num=1,
        reward_clipping=False,
        use_fire_reset=False,
        autoreset_mode=AutoresetMode.SAME_STEP,
    )
    with contextlib.closing(envs):
        envs.reset(seed=0)
        yield lambda: envs.step(generator.integers(envs.single_action_space.n, size=config.envs))


def _rate(step: Step, seconds: float) -> float:
    """Returns how often a step is made in a second."""
    count, began = 0, time.perf_counter()
    while time.perf_counter() < began + seconds:
        step()
        count += 1
    return count / (time.perf_counter() - began)
