"""What an explorer adds to an update."""

import time
from collections.abc import Callable, Mapping

import numpy as np
import tensorflow as tf

from .. import build
from ..agent.imagination import Trajectory
from ..explore.explorer import Explorer
from ..seeding import tensor_seed


def time_beside_greedy(
    agent: build.Agent, plain: build.Agent, rows: Mapping[str, tf.Tensor], horizon: int, repeats: int
) -> dict[str, float]:
    """Times updates with an explorer, updates without one, and what is curious alone, in turns.

    Args:
      agent: with an explorer.
      plain: the same without one.
      rows: a batch {key: [B, T, ...]}.
      horizon: agent steps of a rollout.
      repeats: turns that count; one more comes first.

    Returns medians in seconds, and how they compare with an update without an explorer.
    """
    calls: dict[str, Callable[[], object]] = {
        'greedy': lambda: float(plain.learner.update(rows, 0)['model_loss']),
        'explorer': lambda: float(agent.learner.update(rows, 0)['model_loss']),
        'curiosity': _curiosity(agent, rows, horizon),
    }
    for call in calls.values():
        call()
    times: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(1 + repeats):
        for name, call in calls.items():
            began = time.perf_counter()
            call()
            times[name].append(time.perf_counter() - began)
    medians = {name: float(np.median(each[1:])) for name, each in times.items()}
    return {
        **{f'{name}_seconds': round(median, 5) for name, median in medians.items()},
        'explorer_times_greedy': round(medians['explorer'] / medians['greedy'], 3),
        'curiosity_times_greedy': round(medians['curiosity'] / medians['greedy'], 3),
    }


def _curiosity(agent: build.Agent, rows: Mapping[str, tf.Tensor], horizon: int) -> Callable[[], float]:
    """Returns a call of what an explorer computes besides its actor and critic: a loss with gradients, and rewards."""
    curiosity = next(each for each in agent.behaviours.values() if isinstance(each, Explorer)).curiosity
    model = agent.world_model.loss(dict(rows), tensor_seed(0, 'bench'))
    states = int(np.prod(model.post.feat.shape[:2]))
    feat = tf.random.stateless_normal([horizon + 1, states, model.post.feat.shape[-1]], [0, 0])
    action = tf.zeros([horizon + 1, states, agent.spaces.action.size])

    @tf.function
    def compute(feat: tf.Tensor, action: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape() as tape:
            loss = curiosity.loss(dict(rows), model)
        gradients = tape.gradient(loss, list(curiosity.weights.values()))
        return tf.reduce_mean(curiosity.reward(Trajectory(feat, action))) + tf.linalg.global_norm(gradients)

    return lambda: float(compute(feat, action))
