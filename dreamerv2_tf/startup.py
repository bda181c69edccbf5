"""Sets a process up: TensorFlow with the right Keras backend, without noise; warnings; open files."""

import contextlib
import logging
import os
import resource
import shutil
import sys
import tempfile
from collections.abc import Iterator


@contextlib.contextmanager
def loading_tensorflow() -> Iterator[None]:
    """Sets the environment variables that TensorFlow and Keras read when the body first imports them.

    Messages of C++ libraries to stderr in the body are shown only if it fails; afterwards
    TF_CPP_MIN_LOG_LEVEL keeps them silent, unless it was set before.
    """
    os.environ.setdefault('TF_CPP_MIN_LOG_LEVEL', '3')
    os.environ['KERAS_BACKEND'] = 'tensorflow'
    os.environ.setdefault('TF_ENABLE_ONEDNN_OPTS', '1')  # faster convolutions also where it is not the default
    sys.stderr.flush()
    stderr = os.dup(2)
    with tempfile.TemporaryFile() as hidden:
        os.dup2(hidden.fileno(), 2)
        try:
            yield
        except Exception:
            hidden.seek(0)
            os.write(stderr, hidden.read())
            raise
        finally:
            os.dup2(stderr, 2)
            os.close(stderr)


class CurrentStderr(logging.StreamHandler):
    """Writes to the sys.stderr of the moment: a live view replaces it, to write above itself."""

    stream = property(lambda self: sys.stderr, lambda self, stream: None)


def show_warnings() -> None:
    """Writes warnings to stderr, as lines for people."""
    logging.basicConfig(format='%(levelname)s: %(message)s', level=logging.WARNING, handlers=[CurrentStderr()])


def allow_open_files() -> None:
    """Raises the soft limit of open files to the hard one: a replay keeps thousands of files mapped."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def interpreter() -> str:
    """Returns how to call this Python from a shell: `python` if that is the same, else its path."""
    return 'python' if shutil.which('python') == sys.executable else os.path.relpath(sys.executable)
