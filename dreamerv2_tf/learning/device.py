"""What the machine has, and how to compute on it."""

from typing import NamedTuple

import tensorflow as tf


class Device(NamedTuple):
    """Where and how the agent computes."""

    name: str  # for people
    precision: str  # float32, mixed_float16 or mixed_bfloat16
    jit_compile: bool  # XLA


def prepare(precision, jit_compile, eager):
    """Finds the device and sets it up: GPU memory grows with need; `eager` runs without graphs.

    A precision of `auto` is bfloat16 on GPUs with compute capability 8 or more, float16 on older ones,
    and float32 on CPU. jit_compile `auto` is on for GPUs; on a CPU XLA was found to be slower.
    """
    if eager:
        tf.config.run_functions_eagerly(True)
    gpus = tf.config.list_physical_devices('GPU')
    for gpu in gpus:
        tf.config.experimental.set_memory_growth(gpu, True)
    details = tf.config.experimental.get_device_details(gpus[0]) if gpus else {}
    if precision == 'auto':
        precision = usual_precision(details.get('compute_capability') if gpus else None)
    jit = bool(gpus) if jit_compile == 'auto' else jit_compile == 'True'
    return Device(details.get('device_name', 'GPU') if gpus else 'CPU', precision, jit)


def usual_precision(capability):
    """The precision for a GPU's compute capability, such as (8, 0), or for a CPU, None."""
    if capability is None:
        return 'float32'
    return 'mixed_bfloat16' if capability >= (8, 0) else 'mixed_float16'
