"""How fast the parts of a run are on this machine."""

import contextlib
import os
import pathlib
import platform
import resource
import time
from collections.abc import Mapping
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from .. import build
from ..collect.driver import Driver
from ..config.tree import Config
from ..envs.vector import Environments
from ..errors import UserError
from ..replay.episode_file import digest
from ..spec import ActionSpec, Row, Spec, observed
from ..training.loop import Training
from ..training.parts import Parts
from . import random_experience
from .stopwatch import Call, seconds_of

UNTIMED_CALLS = 2  # after the first one, until a call takes its usual time
UPDATES_BEFORE_TIMING = 5  # of a whole run, after pretraining


def machine() -> dict[str, int | str]:
    """Returns what figures depend on besides settings."""
    cores = len(os.sched_getaffinity(0))
    return {
        'cores': cores,
        'threads': int(os.environ.get('TF_NUM_INTRAOP_THREADS', cores)),
        'python': platform.python_version(),
        'tensorflow': tf.__version__,
        'keras': keras.__version__,
    }


def random_rows(config: Config, observation: Mapping[str, Spec], action: ActionSpec) -> dict[str, tf.Tensor]:
    """Returns a batch of random experience {key: [B, T, ...]}; sequences begin with is_first."""
    rows = random_experience.batch(config.dataset.batch, config.dataset.length, observation, action)
    return {key: tf.constant(value) for key, value in rows.items()}


def update_call(agent: build.Agent, rows: Mapping[str, tf.Tensor]) -> Call:
    """Returns a call that makes an update on rows {key: [B, T, ...]} and waits for its end."""
    return lambda: float(agent.learner.update(rows, 0)['model_loss'])


def policy_call(agent: build.Agent, envs: Environments) -> Call:
    """Returns a call of the policy on the first rows of all environments, with the state of the call before."""
    rows: Row = {}
    state = None

    def see(batch: Row, state: None) -> tuple[np.ndarray, None]:
        rows.update(batch)
        return np.stack([envs.action.zeros()] * len(envs)), None

    Driver(envs, lambda index: index).step(see, lambda row, index: None)

    def call() -> None:
        nonlocal state
        _, state = agent.train_policy(rows, state)

    return call


def time_alone(call: Call, repeats: int, frames: int) -> dict[str, float]:
    """Returns the seconds of the first call, which traces it, and the median of later ones; a call is of `frames`."""
    [first] = seconds_of(call, 1)
    median = float(np.median(seconds_of(call, UNTIMED_CALLS + repeats)[UNTIMED_CALLS:]))
    return {
        'trace_seconds': round(first, 2),
        'median_seconds': round(median, 5),
        'frames_per_second': round(frames / median, 1),
    }


def time_loop(parts: Parts, seconds: float) -> dict[str, Any]:
    """Returns the frames per second of acting and learning, from the fifth update after pretraining on.

    `longest_seconds` are what the parts of the run took at most at a time, from its beginning on.

    Args:
      parts: of a run.
      seconds: to measure.

    Raises:
      UserError: the run ends before.
    """
    updates, timing, dataset = parts.updates, parts.timing, parts.dataset
    began: tuple[float, int, int, float, dict[str, float]] | None = None

    def stop() -> bool:
        nonlocal began
        if began is None and updates.done >= parts.config.pretrain + UPDATES_BEFORE_TIMING:
            began = (time.perf_counter(), run.frames, updates.done, dataset.waited_seconds, dict(timing.seconds))
        return began is not None and time.perf_counter() - began[0] > seconds

    run = Training(parts, stop)
    with contextlib.closing(run):
        run.run()
        if began is None:
            raise UserError(
                'the run ends before it made five updates after pretraining; raise `steps` or lower `train_every`'
            )
        since, frames, updates_before, waited, seconds_before = began
        took = time.perf_counter() - since
        spent = {part: total - seconds_before.get(part, 0.0) for part, total in timing.seconds.items()}
    return {
        'frames_per_second': round((run.frames - frames) / took, 1),
        'updates': updates.done - updates_before,
        'seconds': round(took, 1),
        'waiting_for_data': round((dataset.waited_seconds - waited) / took, 5),
        'shares': {part: round(part_seconds / took, 4) for part, part_seconds in spent.items()},
        'longest_seconds': {part: round(longest, 4) for part, longest in timing.longest.items()},
    }


def time_replay(folder: pathlib.Path, config: Config, envs: Environments, seconds: float) -> dict[str, float]:
    """Returns what a full replay costs: to open, in memory, and in batches per second from a warm cache.

    Args:
      folder: for its files, as many episodes of `time_limit` steps as the capacity holds.
      config: settings by which they are written and drawn; `replay.read_dirs` is left out.
      envs: whose experience they hold; the numbers are random.
      seconds: to draw batches.

    Raises:
      UserError: no episode of `time_limit` steps fits.
    """
    section, length = config.replay, config.time_limit
    if not 0 < length <= section.capacity:
        raise UserError(
            '`time_limit` must be the steps of an episode, such as 1000, of which `replay.capacity` holds '
            f'some. Received: time_limit={length}, replay.capacity={section.capacity}'
        )
    episode = random_experience.episode(length, envs.observation, envs.action)
    alone = config.updated({'replay.read_dirs': []})
    store = build.make_store(alone, folder, 'train', envs)
    for number in range(section.capacity // length):
        store.write(digest(config.seed, 0, number), episode)
    before, began = anonymous_memory(), time.perf_counter()
    replay = build.make_replay(alone, folder, 'train', envs)
    opened = time.perf_counter() - began
    dataset = build.make_dataset(config, replay, observed(envs.observation))
    for _ in range(2 * replay.loaded_steps // (config.dataset.batch * config.dataset.length)):
        next(dataset)  # until nearly all rows were read once: in a run they are read many times
    began, count = time.perf_counter(), 0
    while time.perf_counter() < began + seconds:
        next(dataset)
        count += 1
    return {
        'steps': replay.loaded_steps,
        'episodes': replay.loaded_episodes,
        'disk_gb': round(store.bytes / 1e9, 2),
        'open_seconds': round(opened, 3),
        'anonymous_memory_gb': round(anonymous_memory() - before, 3),
        'batches_per_second': round(count / (time.perf_counter() - began), 1),
    }


def process_seconds() -> float:
    """Returns the seconds since the process started."""
    uptime = float(pathlib.Path('/proc/uptime').read_text().split()[0])
    fields = pathlib.Path('/proc/self/stat').read_text().rpartition(')')[2].split()
    return uptime - int(fields[19]) / os.sysconf('SC_CLK_TCK')


def anonymous_memory() -> float:
    """Returns the memory of the process that is no part of a file, in GB (RssAnon)."""
    status = pathlib.Path('/proc/self/status').read_text()
    return int(status.partition('RssAnon:')[2].split()[0]) / 2**20


def peak_memory() -> float:
    """Returns the most memory that the process ever used, in GB."""
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20, 2)
