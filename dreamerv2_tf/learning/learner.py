"""One update of the whole agent: the loop of the paper, with its gradients."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import tensorflow as tf

from ..agent.behaviour import Behaviour, Metrics, Minimizer
from ..agent.world_model import WorldModel
from ..distributions.draws import split
from ..errors import RunError
from ..nets.weights import assign, by_path, to_arrays
from ..seeding import tensor_seed
from ..spec import State


class Learner:
    """Learns the world model from batches of experience, and lets behaviours learn in it.

    Args:
      world_model: learns first in every update.
      optimizer: of the world model.
      behaviours: {name: behaviour}; they learn in this order, each after the world model's update.
      seed: of all draws, which follow from it and the number of updates before.
      jit_compile: compile with XLA.

    Attributes:
      updates: number of updates made, int64 [].
    """

    def __init__(
        self,
        world_model: WorldModel,
        optimizer: Minimizer,
        behaviours: dict[str, Behaviour],
        seed: int,
        jit_compile: bool = False,
    ) -> None:
        self._world_model, self._optimizer, self._behaviours = world_model, optimizer, behaviours
        self._seed = seed
        self.updates = tf.Variable(0, trainable=False, dtype=tf.int64, name='updates')
        self._compiled = tf.function(self._update, jit_compile=jit_compile or None)

    def update(self, rows: Mapping[str, tf.Tensor], agent_steps: int) -> Metrics:
        """Learns from rows {key: [B, T, ...]}; schedules are read at `agent_steps`.

        Returns metrics {name: []}, all of before the update.
        """
        seed = tensor_seed(self._seed, 'update', int(self.updates))
        scheduled = {name: behaviour.schedules(agent_steps) for name, behaviour in self._behaviours.items()}
        return self._compiled(rows, scheduled, seed)

    @property
    def traces(self) -> int:
        """How often the update was compiled."""
        return int(self._compiled.experimental_get_tracing_count())

    @property
    def weights(self) -> dict[str, tf.Variable]:
        """{path: variable} of the world model's layers, such as `rssm/gru/kernel`."""
        return by_path(self._world_model.parts.values())

    @property
    def variables(self) -> dict[str, tf.Variable]:
        """{name: variable} of weights, slots of the optimiser, and the number of updates."""
        return {**self.weights, **self._optimizer.variables, 'updates': self.updates}

    def get_state(self) -> State:
        """Returns all variables of the world model; behaviours have states of their own."""
        return {}, to_arrays(self.variables)

    def set_state(self, plain: Any, arrays: dict[str, np.ndarray]) -> None:
        """Goes on from a state."""
        assign(self.variables, arrays)

    def _update(self, rows: dict[str, tf.Tensor], scheduled: dict[str, Metrics], seed: tf.Tensor) -> Metrics:
        count = 1 + len(self._behaviours)
        model_seed, *seeds = tf.unstack(split(seed, count))
        with tf.GradientTape() as tape:
            model = self._world_model.loss(rows, model_seed)
        metrics = model.metrics | self._optimizer.minimize(tape, model.loss)
        for (name, behaviour), behaviour_seed in zip(self._behaviours.items(), seeds):
            learned = behaviour.update(rows, model, scheduled[name], self.updates, behaviour_seed)
            if set(metrics) & set(learned):
                raise RunError(f'metrics of the behaviour `{name}` have names of others: {set(metrics) & set(learned)}')
            metrics |= learned
        self.updates.assign_add(1)
        return metrics
