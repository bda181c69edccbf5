"""Keeps TensorFlow's start-up messages out of the terminal; for command lines alone."""

import contextlib
import os
import sys
import tempfile


@contextlib.contextmanager
def quiet_import():
    """Hides what C++ libraries write to stderr while they are loaded; shown if loading fails.

    TF_CPP_MIN_LOG_LEVEL, which is set unless it was before, silences them afterwards.

    Raises:
      RuntimeError: Keras was told to use another backend than TensorFlow.
    """
    os.environ.setdefault('TF_CPP_MIN_LOG_LEVEL', '3')
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
