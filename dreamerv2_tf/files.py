"""Files that are there whole or not at all."""

import contextlib
import os

PREFIX, SUFFIX = '.', '.tmp'  # of what is being written


@contextlib.contextmanager
def replacing(path):
    """A binary file to write; afterwards it takes the place of `path`, also if the machine stops.

        temporary name -> flush to disk -> rename -> flush the folder

    If the body fails, nothing of it is left and `path` is as before.

    Raises:
      OSError: it cannot be written; names `path`.
    """
    temporary = path.with_name(f'{PREFIX}{path.name}{SUFFIX}')
    try:
        with temporary.open('wb') as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        temporary.rename(path)
        _flush(path.parent)
    except BaseException as error:
        temporary.unlink(missing_ok=True)
        if isinstance(error, OSError) and error.errno:
            raise OSError(error.errno, os.strerror(error.errno), str(path)) from error
        raise


def remove_unfinished(folder):
    """Removes what killed processes left half written in a folder, which need not exist.

    Returns the paths that it was to have.
    """
    found = list(folder.glob(f'{PREFIX}*{SUFFIX}'))
    for path in found:
        path.unlink()
    return [path.with_name(path.name.removeprefix(PREFIX).removesuffix(SUFFIX)) for path in found]


def _flush(folder):
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
