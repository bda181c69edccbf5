"""What the machine has, and how to compute on it."""

import tensorflow as tf


def gpus():
    """The GPUs that TensorFlow sees; their memory grows with need."""
    found = tf.config.list_physical_devices('GPU')
    for gpu in found:
        tf.config.experimental.set_memory_growth(gpu, True)
    return found


def choose_precision(setting, found):
    """`auto` is bfloat16 on GPUs with compute capability 8 or more, float16 on older ones, float32 on CPU."""
    if setting != 'auto':
        return setting
    if not found:
        return 'float32'
    capability = tf.config.experimental.get_device_details(found[0]).get('compute_capability', (0, 0))
    return 'mixed_bfloat16' if capability >= (8, 0) else 'mixed_float16'


def choose_jit(setting, found):
    """`auto` is XLA on a GPU, where it is expected to be faster; on a CPU it was found to be slower."""
    return bool(found) if setting == 'auto' else setting == 'True'


def name_of(found):
    """A name for people, such as `CPU` or the GPU's."""
    if not found:
        return 'CPU'
    return tf.config.experimental.get_device_details(found[0]).get('device_name', 'GPU')
