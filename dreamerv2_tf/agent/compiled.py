"""Functions of nested tensors, compiled once for each size of them."""

from collections.abc import Callable
from typing import Any

import tensorflow as tf


class Compiled:
    """Compiles a function at its first call with arguments of some shapes, and calls that graph from then on.

    A call of a `tf.function` compares all nested arguments with those of its graphs; for small networks that takes
    longer than the graph itself. Here shapes and types of the tensors alone decide; calls must not differ in how they
    are nested.

    Args:
      function: of nested tensors or arrays, or None in place of one; it returns nested tensors.
      jit_compile: compile with XLA.
    """

    def __init__(self, function: Callable[..., Any], jit_compile: bool = False) -> None:
        self._function, self._jit_compile = function, jit_compile
        self._graphs: dict[tuple[Any, ...], tuple[Callable[..., list[tf.Tensor]], Any]] = {}

    @property
    def traces(self) -> int:
        """How often it was compiled."""
        return len(self._graphs)

    def __call__(self, *arguments: Any) -> Any:
        """Returns what the function gives; without a graph where functions run eagerly."""
        if tf.config.functions_run_eagerly():
            return self._function(*arguments)
        flat = [None if each is None else tf.constant(each) for each in tf.nest.flatten(arguments)]
        tensors = [each for each in flat if each is not None]
        key = tuple(each if each is None else (each.dtype, each.shape) for each in flat)
        if key not in self._graphs:
            self._graphs[key] = self._trace(arguments, flat, tensors)
        graph, result = self._graphs[key]
        return tf.nest.pack_sequence_as(result, graph(*tensors))

    def _trace(
        self, arguments: Any, flat: list[tf.Tensor | None], tensors: list[tf.Tensor]
    ) -> tuple[Callable[..., list[tf.Tensor]], Any]:
        """Returns a graph of the tensors among the arguments, and how its results are nested."""
        result: Any = None

        def of_tensors(*tensors: tf.Tensor) -> list[tf.Tensor]:
            nonlocal result
            given = iter(tensors)
            packed = [each if each is None else next(given) for each in flat]
            result = self._function(*tf.nest.pack_sequence_as(arguments, packed))
            flat_result: list[tf.Tensor] = tf.nest.flatten(result)
            return flat_result

        graph = tf.function(of_tensors, jit_compile=self._jit_compile or None).get_concrete_function(*tensors)
        return graph, result
