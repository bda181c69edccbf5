"""Sets a process up: standard streams that can be written, TensorFlow without noise, warnings, open files."""

import contextlib
import io
import logging
import os
import resource
import shutil
import sys
import tempfile
from collections.abc import Iterator
from typing import TextIO

CLOSED_STREAM = os.devnull  # stands in for a standard stream that the process was started without


def open_streams() -> TextIO:
    """Makes the standard streams of a command fit to be written.

    One that the process was started without, as after `>&-`, becomes /dev/null. Characters that a stream cannot show
    are replaced by question marks.

    Returns the stream for the message of a command that fails: stderr, or stdout where there is no stderr.
    """
    fill_closed_descriptors()
    has_stderr = sys.stderr is not None
    sys.stdin = sys.stdin or open(CLOSED_STREAM, encoding='utf-8')
    sys.stdout = sys.stdout or open(CLOSED_STREAM, 'w', encoding='utf-8')
    sys.stderr = sys.stderr or open(CLOSED_STREAM, 'w', encoding='utf-8')
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors='replace')
    return sys.stderr if has_stderr else sys.stdout


def fill_closed_descriptors() -> None:
    """Opens /dev/null in place of closed file descriptors 0, 1 and 2.

    Otherwise the next files that are opened get these numbers, and whatever is printed would be written into them.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            lowest_free = os.open(CLOSED_STREAM, os.O_RDWR)  # which is `number`
            os.set_inheritable(lowest_free, True)


def drop_unwritable(stream: TextIO) -> None:
    """Drops what is left in the buffer of a standard stream if it cannot be written, so that Python ends quietly."""
    try:
        stream.flush()
    except OSError:
        with contextlib.suppress(OSError), open(CLOSED_STREAM, 'w') as nowhere:
            os.dup2(nowhere.fileno(), stream.fileno())


@contextlib.contextmanager
def loading_tensorflow() -> Iterator[None]:
    """Sets the environment variables that TensorFlow and Keras read when the body first imports them.

    Messages of C++ libraries to stderr in the body are shown only if it fails; afterwards
    TF_CPP_MIN_LOG_LEVEL keeps them silent, unless it was set before.
    """
    os.environ.setdefault('TF_CPP_MIN_LOG_LEVEL', '3')
    os.environ['KERAS_BACKEND'] = 'tensorflow'
    os.environ.setdefault('TF_ENABLE_ONEDNN_OPTS', '1')  # faster convolutions also where it is not the default
    fill_closed_descriptors()
    if sys.stderr:
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


def show_warnings(formatter: logging.Formatter) -> None:
    """Writes warnings to stderr, in the words of a formatter."""
    handler = CurrentStderr()
    handler.setFormatter(formatter)
    logging.basicConfig(level=logging.WARNING, handlers=[handler])


def allow_open_files() -> None:
    """Raises the soft limit of open files to the hard one: a replay keeps thousands of files mapped."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def interpreter() -> str:
    """Returns how to call this Python from a shell: `python` if that is the same, else its path."""
    return 'python' if shutil.which('python') == sys.executable else os.path.relpath(sys.executable)
