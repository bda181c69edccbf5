"""Limits of time and memory for one reader, and what happens to the files around it."""

import contextlib
import faulthandler
import os
import pathlib
import resource
import signal
import stat
import traceback
from typing import NamedTuple

MAX_SECONDS = 5.0  # of a reader
MAX_BYTES = 2**30  # that a reader may allocate
WATCHDOG_SECONDS = 120.0  # of a file, after which the process ends: a reader does not return to Python
PACKAGE = 'dreamerv2_tf'


class TooSlow(BaseException):
    """A reader has taken longer than it may; no `except Exception` stops it."""


class Outcome(NamedTuple):
    """How a reader ended.

    refusal: the name of the project's error that it raised, or ''.
    message: of that error.
    result: what it returned otherwise.
    fault: what went wrong, one line, or ''.
    """

    refusal: str = ''
    message: str = ''
    result: object = None
    fault: str = ''


def attempt(function, *args, allowed=()):
    """The `Outcome` of a function whose errors may be `allowed`."""
    signal.setitimer(signal.ITIMER_REAL, MAX_SECONDS)
    try:
        result = function(*args)
        signal.setitimer(signal.ITIMER_REAL, 0)
        return Outcome(result=result)
    except allowed as error:
        signal.setitimer(signal.ITIMER_REAL, 0)
        return Outcome(type(error).__name__, str(error))
    except TooSlow as error:
        return Outcome(fault=f'takes longer than {MAX_SECONDS:g} s, in {_place(error)}')
    except Exception as error:
        signal.setitimer(signal.ITIMER_REAL, 0)
        return Outcome(fault=f'{type(error).__name__}: {str(error)[:150]!r} in {_place(error)}')
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


@contextlib.contextmanager
def limits(stderr):
    """Sets the alarm's handler and the limit of memory; `stderr` gets the stack of a process that hangs for good."""

    def stop(number, frame):
        raise TooSlow

    handler = signal.signal(signal.SIGALRM, stop)
    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (_allocated_bytes() + MAX_BYTES, hard))
    faulthandler.dump_traceback_later(WATCHDOG_SECONDS, exit=True, file=stderr)
    try:
        yield
    finally:
        faulthandler.cancel_dump_traceback_later()
        resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))
        signal.signal(signal.SIGALRM, handler)


def listing(folder, but=()):
    """{path: (mode, size, time of change, target of a link)} of all below a folder, without those below `but`."""
    found = {}
    for root, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if pathlib.Path(root, name) not in but]
        for path in (pathlib.Path(root, name) for name in (*folders, *files)):
            seen = path.lstat()
            found[path] = (
                seen.st_mode,
                seen.st_size if not path.is_dir() else 0,
                seen.st_mtime_ns,
                os.readlink(path) if stat.S_ISLNK(seen.st_mode) else '',
            )
    return found


def changes(before, after):
    """A phrase on the paths that were added, removed or changed, or ''."""
    differing = sorted({*before, *after}, key=str)
    names = [str(path.name) for path in differing if before.get(path) != after.get(path)]
    return f'touched {", ".join(names[:5])}' if names else ''


def _allocated_bytes():
    status = pathlib.Path('/proc/self/status').read_text()
    return int(status.partition('VmData:')[2].split()[0]) * 1024


def _place(error):
    """The line of the package that raised, and what it called."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if f'/{PACKAGE}/' in frame.filename and 'site-packages' not in frame.filename]
    places = [f'{frame.filename.rpartition(PACKAGE + "/")[2]}:{frame.lineno}' for frame in ours[-1:]]
    places += [f'{pathlib.Path(frames[-1].filename).name}:{frames[-1].name}'] if frames else []
    return ' > '.join(places)
