"""Makes the authors' release importable on today's TensorFlow.

It was written for TensorFlow 2.6 and for gym. Nothing of it is changed: a few names that later versions moved are put
back before its modules are imported, in a process that does nothing else.
"""

import importlib
import pathlib
import sys
import types
from types import ModuleType

import gymnasium

MIXED_PRECISION = 'tensorflow.keras.mixed_precision'


def load(folder: pathlib.Path) -> tuple[ModuleType, ModuleType]:
    """Returns the release's modules `agent` and `common`.

    TF_USE_LEGACY_KERAS=1 must be set, and TensorFlow not be imported before.

    Args:
      folder: of its checkout.
    """
    import tensorflow as tf
    import tf_keras  # Keras 2, with which the release was written

    sys.modules['gym'] = gymnasium
    _restore_mixed_precision(tf_keras.mixed_precision)
    tf.optimizers.Adam = tf_keras.optimizers.legacy.Adam
    sys.path.insert(0, str(folder))
    return importlib.import_module('agent'), importlib.import_module('common')


def _restore_mixed_precision(today: ModuleType) -> None:
    """Lets `tensorflow.keras.mixed_precision.experimental`, which is gone, be imported with its old names."""
    experimental = types.ModuleType(f'{MIXED_PRECISION}.experimental')
    vars(experimental).update({name: getattr(today, name) for name in dir(today) if not name.startswith('__')})
    vars(experimental)['set_policy'] = today.set_global_policy
    vars(today)['experimental'] = experimental
    sys.modules[MIXED_PRECISION] = today
    sys.modules[experimental.__name__] = experimental
