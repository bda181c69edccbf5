"""How fast the parts of a run are on this machine."""

import contextlib
import os
import platform
import resource
import time

import keras
import numpy as np
import tensorflow as tf

from ..errors import UserError

WARM_UP = 2  # calls after the first one that are not counted


def machine():
    """What figures depend on."""
    return {'cores': len(os.sched_getaffinity(0)), 'python': platform.python_version(),
            'tensorflow': tf.__version__, 'keras': keras.__version__}


def random_rows(config, observation, action):
    """A batch of random experience {key: [B, T, ...]}; sequences begin with is_first."""
    batch, rng = (config.dataset.batch, config.dataset.length), np.random.default_rng(0)
    rows = {}
    for key, (shape, dtype) in observation.items():
        draw = (rng.integers(0, 256, (*batch, *shape)) if dtype == np.uint8
                else rng.normal(size=(*batch, *shape)))
        rows[key] = draw.astype(dtype)
    rows['reward'] = rng.normal(size=batch).astype(np.float32)
    rows['action'] = np.stack(
        [[action.random(rng) for _ in range(batch[1])] for _ in range(batch[0])])
    for flag in ('is_first', 'is_last', 'is_terminal'):
        rows[flag] = np.zeros(batch, bool)
    rows['is_first'][:, 0] = True
    return {key: tf.constant(value) for key, value in rows.items()}


def time_update(agent, rows, repeats, frames):
    """Seconds of the first update, which traces it, and the median of later ones; rows are `frames`."""
    return _time(lambda: float(agent.learner.update(rows, 0)['model_loss']), repeats, frames)


def time_policy(agent, envs, repeats, frames):
    """Seconds of the first policy call and the median of later ones; a call decides on `frames`."""
    rows = [envs.reset(index, index) for index in range(len(envs))]
    rows = {key: np.stack([row[key] for row in rows]) for key in rows[0]}
    state = None

    def call():
        nonlocal state
        _, state = agent.train_policy(rows, state)
    return _time(call, repeats, frames)


def time_loop(training, learner, pretrain, seconds):
    """Frames per second of acting and learning, from the fifth update after pretraining on.

    Args:
      training: makes a `Training` from a function that says when to stop.
      learner: its `Learner`.
      pretrain: updates before the first step of the learned policy.
      seconds: to measure.

    Raises:
      UserError: the run ends before.
    """
    began = None  # (seconds, frames, updates)

    def stop():
        nonlocal began
        if began is None and int(learner.updates) >= pretrain + 5:
            began = (time.perf_counter(), run.frames, int(learner.updates))
        return began is not None and time.perf_counter() - began[0] > seconds

    with contextlib.closing(training(stop)) as run:
        run.run()
        if began is None:
            raise UserError('the run ends before it made five updates after pretraining; '
                            'raise `steps` or lower `train_every`')
        took = time.perf_counter() - began[0]
    return {'frames_per_second': round((run.frames - began[1]) / took, 1),
            'updates': int(learner.updates) - began[2], 'seconds': round(took, 1)}


def peak_memory():
    """Most memory that the process ever used, in GB."""
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20, 2)


def _time(call, repeats, frames):
    began = time.perf_counter()
    call()
    first, times = time.perf_counter() - began, []
    for _ in range(WARM_UP + repeats):
        began = time.perf_counter()
        call()
        times.append(time.perf_counter() - began)
    median = float(np.median(times[WARM_UP:]))
    return {'trace_seconds': round(first, 2), 'median_seconds': round(median, 5),
            'frames_per_second': round(frames / median, 1)}
