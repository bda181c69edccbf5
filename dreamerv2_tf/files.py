"""Files that are there whole or not at all."""

import contextlib
import os
import pathlib
from collections.abc import Iterator
from typing import BinaryIO

PREFIX, SUFFIX = '.', '.tmp'  # of a file while it is written


@contextlib.contextmanager
def replacing(path: pathlib.Path) -> Iterator[BinaryIO]:
    """Opens a binary file that takes the place of `path` when the body ends, also if the machine stops.

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


def remove_unfinished(folder: pathlib.Path) -> list[pathlib.Path]:
    """Removes files that killed processes left half written in a folder, which need not exist.

    Returns the paths whose place they were to take.
    """
    paths = list(folder.glob(f'{PREFIX}*{SUFFIX}'))
    for path in paths:
        path.unlink()
    return [path.with_name(path.name.removeprefix(PREFIX).removesuffix(SUFFIX)) for path in paths]


def _flush(folder: pathlib.Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
