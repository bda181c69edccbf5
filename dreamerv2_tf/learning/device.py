"""The device that the agent computes on, and its precision."""

from typing import NamedTuple

import tensorflow as tf


class Device(NamedTuple):
    """The device and how the agent computes on it."""

    name: str  # such as "CPU", for messages
    precision: str  # float32, mixed_float16 or mixed_bfloat16
    jit_compile: bool  # XLA for updates


def prepare(precision: str, jit_compile: str, eager: bool) -> Device:
    """Sets up TensorFlow for the devices of this machine and returns the one to compute on.

    GPU memory is allocated as it is needed, and float32 is never computed as TF32.

    Args:
      precision: float32, mixed_float16, mixed_bfloat16, or auto: see `usual_precision`.
      jit_compile: True, False, or auto: True on GPUs; on a CPU XLA was measured to make updates slower.
      eager: run without graphs.
    """
    if eager:
        tf.config.run_functions_eagerly(True)
    tf.config.experimental.enable_tensor_float_32_execution(False)
    gpus = tf.config.list_physical_devices('GPU')
    for gpu in gpus:
        tf.config.experimental.set_memory_growth(gpu, True)
    details = tf.config.experimental.get_device_details(gpus[0]) if gpus else {}
    if precision == 'auto':
        precision = usual_precision(details.get('compute_capability') if gpus else None)
    jit = bool(gpus) if jit_compile == 'auto' else jit_compile == 'True'
    return Device(details.get('device_name', 'GPU') if gpus else 'CPU', precision, jit)


def usual_precision(capability: tuple[int, int] | None) -> str:
    """Returns the precision for a GPU of some compute capability, such as (8, 0), or for a CPU, None.

    bfloat16 from capability 8 on, float16 below, float32 on a CPU.
    """
    if capability is None:
        return 'float32'
    return 'mixed_bfloat16' if capability >= (8, 0) else 'mixed_float16'
