"""Tests compute with what the commands compute with."""

from dreamerv2_tf.startup import loading_tensorflow

with loading_tensorflow():
    import tensorflow  # noqa: F401
