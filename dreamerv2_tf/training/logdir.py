"""The folder of a run."""

import contextlib
import errno
import fcntl
import logging
import os
import pathlib
import socket
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator

from ..config.tree import Config
from ..errors import UserError, shorten
from ..files import replacing
from ..replay.episode_file import parse_filename

FOLDERS = ('checkpoints', 'train_episodes', 'eval_episodes')
FILES = ('config.yaml', 'metrics.jsonl')
NO_LOCKS = (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP)  # of file systems without locks

_log = logging.getLogger(__name__)

NOWHERE = 'none'  # value of `from`


def locate(config: Config) -> pathlib.Path:
    """Returns the folder that the setting `logdir` names; it need not exist.

    Raises:
      UserError: a run cannot be kept there, or a folder that it is to read is not there.
    """
    text = config.logdir
    logdir = pathlib.Path(f'logdir/{config.task}/dreamerv2/{config.seed}' if text == 'auto' else text)
    if '\0' in str(logdir):
        raise UserError(f'`logdir` {shorten(str(logdir))}: the name of a folder holds no NUL character')
    if not _is_text(str(logdir)):
        raise UserError(
            f'`logdir` {text}: the name is no text in the encoding {sys.getfilesystemencoding()}; '
            'LC_ALL=C.UTF-8 may help, or another name'
        )
    try:
        logdir = logdir.expanduser()
        _check_read_dirs(config.replay.read_dirs, logdir)
        for path in (logdir, *logdir.parents):
            if path.is_symlink() and not path.exists():
                raise UserError(f'`logdir` {text}: {path} is a link to {path.readlink()}, which is not there')
        existing = next(path for path in (logdir, *logdir.absolute().parents) if path.exists())
        if not existing.is_dir():
            raise UserError(f'`logdir` {text}: {existing} is not a folder')
        with tempfile.TemporaryDirectory(dir=existing):
            pass  # so files can be written there
        for path in map(logdir.joinpath, FOLDERS + FILES):
            if path.exists() and path.is_dir() != (path.name in FOLDERS):
                raise UserError(f'`logdir` {text}: {path} is {"" if path.is_dir() else "not "}a folder')
            if path.exists() and not os.access(path, os.W_OK):
                raise UserError(f'`logdir` {text}: {path} may not be written')
    except (OSError, RuntimeError) as error:
        reason = getattr(error, 'strerror', None) or error
        raise UserError(f'`logdir` {text} cannot be used: {reason}') from None
    return logdir


def reading_from(config: Config) -> Config:
    """Returns the config with which a run also reads the episodes of the run that it begins from."""
    if config['from'] == NOWHERE:
        return config
    source = pathlib.Path(config['from']).expanduser().resolve()
    folder, known = str(source / 'train_episodes'), [*config.replay.read_dirs]
    has_episodes = any(pathlib.Path(folder).glob('*.npz'))
    dirs = [*known, folder] if has_episodes and folder not in known else known
    return config.updated({'from': str(source), 'replay.read_dirs': dirs})


def _is_text(name: str) -> bool:
    """Whether a word of a command line consisted of characters, not of bytes that stand for none."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _check_read_dirs(folders: Iterable[str], logdir: pathlib.Path) -> None:
    for name in folders:
        folder = pathlib.Path(name).expanduser()
        if not folder.is_dir():
            raise UserError(f'`replay.read_dirs` {name} is not a folder')
        if not any(parse_filename(path.name) for path in folder.glob('*.npz')):
            raise UserError(f'`replay.read_dirs` {name} holds no episode; it must be the train_episodes of a run')
        if folder.resolve() == (logdir / 'train_episodes').resolve():
            raise UserError(f'`replay.read_dirs` {name} is what this run writes, which it reads anyway')


@contextlib.contextmanager
def locked(logdir: pathlib.Path) -> Iterator[None]:
    """Creates the folder and keeps other processes from using it until the body ends.

    A warning says that this is not possible on its file system. See docs/clusters.md.

    Raises:
      UserError: another process uses it, or it cannot be written.
    """
    try:
        logdir.mkdir(parents=True, exist_ok=True)
        file = (logdir / '.lock').open('a+')
    except OSError as error:
        raise UserError(f'`logdir` {logdir} cannot be written: {error.strerror or error}') from None
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            user = file.read().strip() or 'another process'
            raise UserError(f'`logdir` {logdir} is in use by {user}') from None
        except OSError as error:
            if error.errno not in NO_LOCKS:
                raise
            _log.warning('no other process may use %s meanwhile: its file system has no locks', logdir)
        file.truncate(0)
        file.write(f'process {os.getpid()} on {socket.gethostname()}, since {time.ctime()}\n')
        file.flush()
        yield


def in_use(logdir: pathlib.Path) -> bool:
    """Whether another process keeps a folder for itself, see `locked`; False where its file system has no locks."""
    try:
        with (logdir / '.lock').open('a+') as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def write_config(logdir: pathlib.Path, config: Config) -> None:
    """Writes config.yaml, whole or not at all."""
    with replacing(logdir / 'config.yaml') as file:
        file.write(config.to_yaml().encode())
