"""Loads TensorFlow for a command line: the right Keras backend, and a quiet terminal."""

import contextlib
import os
import sys
import tempfile


@contextlib.contextmanager
def loading_tensorflow():
    """Sets what must be set before TensorFlow and Keras are first imported, in its body.

    What C++ libraries write to stderr while they are loaded is shown only if loading fails; afterwards
    TF_CPP_MIN_LOG_LEVEL keeps them silent, unless it was set before.
    """
    os.environ.setdefault('TF_CPP_MIN_LOG_LEVEL', '3')
    os.environ['KERAS_BACKEND'] = 'tensorflow'
    sys.stderr.flush()
    stderr = os.dup(2)
    with tempfile.TemporaryFile() as hidden:
        os.dup2(hidden.fileno(), 2)
        try:
            yield
        except BaseException:
            hidden.seek(0)
            os.write(stderr, hidden.read())
            raise
        finally:
            os.dup2(stderr, 2)
            os.close(stderr)
