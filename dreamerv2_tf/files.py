"""Files that are there whole or not at all."""

import contextlib
import hashlib
import os
import pathlib
import re
from collections.abc import Iterator
from typing import BinaryIO

PREFIX, SUFFIX = '.', '.tmp'  # of a file while it is written
MAX_NAME_CHARACTERS = 100  # of what `safe_name` returns, so that a beginning, an end and a number fit beside it


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


def safe_name(text: str) -> str:
    """Returns a file name, or a part of one, that stands for any text such as the key of an observation.

    It consists of 1 to `MAX_NAME_CHARACTERS` ASCII letters, digits and `_.+=-`, and begins with neither a dot
    nor a dash. A text of that kind is its own name. Other texts are rewritten, and a hash is appended so that two
    texts do not get the same name: 'camera/front' becomes 'camera_front-8ffd7a17'.
    """
    plain = re.sub(r'[^A-Za-z0-9_.+=-]', '_', text)
    plain = re.sub(r'^[.-]', '_', plain)
    if plain == text and 0 < len(text) <= MAX_NAME_CHARACTERS:
        return text
    digest = hashlib.blake2b(text.encode(errors='surrogatepass'), digest_size=4).hexdigest()
    return f'{plain[: MAX_NAME_CHARACTERS - 1 - len(digest)]}-{digest}'.removeprefix('-')


def _flush(folder: pathlib.Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
