"""Variables of layers by name, as checkpoints hold them."""

from collections.abc import Iterable

import keras
import numpy as np
import tensorflow as tf

from ..errors import RunError


def by_path(layers: Iterable[keras.layers.Layer]) -> dict[str, tf.Variable]:
    """Returns {path: variable} of layers, such as `rssm/gru/kernel`.

    Raises:
      RunError: two variables have the same path, so that a checkpoint would hold one of them alone.
    """
    variables = [variable for layer in layers for variable in layer.variables]
    paths = [variable.path for variable in variables]
    shared = sorted({path for path in paths if paths.count(path) > 1})
    if shared:
        raise RunError(f'several variables are called {", ".join(shared)}; a checkpoint would hold one of them alone')
    return {variable.path: variable.value for variable in variables}


def joined(parts: Iterable[dict[str, tf.Variable]]) -> dict[str, tf.Variable]:
    """The variables of several parts as one dict. Raises RunError where two of them have one name."""
    whole: dict[str, tf.Variable] = {}
    for variables in parts:
        shared = sorted(set(whole) & set(variables))
        if shared:
            raise RunError(f'several variables are called {", ".join(shared)}')
        whole |= variables
    return whole


def to_arrays(variables: dict[str, tf.Variable]) -> dict[str, np.ndarray]:
    """Returns {name: array} of {name: variable}."""
    return {name: variable.numpy() for name, variable in variables.items()}


def assign(variables: dict[str, tf.Variable], arrays: dict[str, np.ndarray]) -> None:
    """Assigns arrays to the variables of the same names; they must have their shapes."""
    for name, variable in variables.items():
        variable.assign(arrays[name])
