"""Saved episodes as a sequence that reads only what is touched."""

import collections.abc
import contextlib
import datetime
import functools
import glob
import pathlib
from collections.abc import Callable, Iterator, KeysView
from typing import TYPE_CHECKING, Any, overload

import numpy as np

from ..errors import UserError, nearest, require
from ..replay import action_parts, archive, episode_file, infer_spaces
from ..replay.episode_arrays import EpisodeArrays
from ..replay.store import folder_in, listed
from ..spec import FLAGS, ActionSpec, Spaces

if TYPE_CHECKING:
    import pandas

MAX_VECTOR_COLUMNS = 32  # of tables; longer vectors are left out


def load_episodes(where: str | pathlib.Path) -> 'Episodes':
    """Returns the episodes of a folder, a file or a pattern, oldest first; see `dreamerv2_tf.load_episodes`.

    Raises:
      UserError: there is none.
    """
    paths = find(where)
    if not paths:
        raise UserError(
            f'{where} holds no episode; expected the folder of a run, its train_episodes, a file, or a '
            'pattern such as "logdir/*/train_episodes"'
        )
    return Episodes(sorted(paths, key=lambda path: (path.name, path)), {})


def find(where: str | pathlib.Path, named: bool = True) -> list[pathlib.Path]:
    """Returns the paths of all files below a folder, a file or a pattern; with `named`, those named like episodes.

    Raises:
      UserError: a file is not named like an episode, though it has to be.
    """
    try:
        path = pathlib.Path(where).expanduser()
        is_pattern = not path.exists()
    except (RuntimeError, ValueError, OSError) as error:  # ~nobody/x, a NUL in the name, a name that is too long
        raise UserError(f'{where} cannot be found: {error}') from None
    roots = [pathlib.Path(name) for name in sorted(glob.glob(str(path), recursive=True))] if is_pattern else [path]
    paths = []
    for one in roots:
        if one.is_dir():
            folder = folder_in(one)
            paths += listed(folder) if named else sorted(folder.glob('*.npz'))
        elif not named or episode_file.parse_filename(one.name):
            paths.append(one)
        else:
            raise UserError(f'{one} is not named like an episode, TIME-DIGITS-STEPS.npz')
    return list(dict.fromkeys(paths))


class Episodes(collections.abc.Sequence):
    """Saved episodes, oldest first. Made by `load_episodes`, by slices and by `filter`.

    Arrays of an `Episode` live as long as it does, so that a loop over thousands holds one at a time.

    Args:
      paths: of their files.
      outcomes: {path: (return, whether it is terminal)} of those read so far; grows.
    """

    def __init__(self, paths: list[pathlib.Path], outcomes: dict[pathlib.Path, tuple[float, bool]]):
        self.paths, self._outcomes = paths, outcomes

    def __len__(self) -> int:
        return len(self.paths)

    @overload
    def __getitem__(self, index: int) -> 'Episode': ...

    @overload
    def __getitem__(self, index: slice) -> 'Episodes': ...

    def __getitem__(self, index: int | slice) -> 'Episode | Episodes':
        if isinstance(index, slice):
            return Episodes(self.paths[index], self._outcomes)
        return Episode(self.paths[index], self._outcomes)

    def __repr__(self) -> str:
        return f'<{len(self)} episodes, {sum(self.lengths):,} agent steps>'

    def filter(self, keep: 'Callable[[Episode], bool]') -> 'Episodes':
        """Returns those of which a function is true, such as `lambda episode: episode.total_return > 10`."""
        return Episodes([episode.path for episode in self if keep(episode)], self._outcomes)

    @property
    def lengths(self) -> np.ndarray:
        """Agent steps, int64 [N]; read from the names."""
        return np.array([episode.length for episode in self], np.int64)

    @property
    def returns(self) -> np.ndarray:
        """Sums of raw rewards, float64 [N]; nothing else is read."""
        return np.array([episode.total_return for episode in self], np.float64)

    @functools.cached_property
    def spaces(self) -> Spaces:
        """The `Spaces` of the environment. Raises UserError where two episodes are not alike."""
        return infer_spaces.find(self.paths)

    def to_pandas(self) -> 'pandas.DataFrame':
        """Returns a table with a row per episode. Needs the package pandas, of the extra `pandas`."""
        rows = [
            {
                'time': episode.time,
                'length': episode.length,
                'total_return': episode.total_return,
                'terminal': episode.terminal,
                'path': str(episode.path),
            }
            for episode in self
        ]
        return _pandas().DataFrame(rows, columns=['time', 'length', 'total_return', 'terminal', 'path'])


class Episode:
    """A saved episode of L agent steps. Its arrays are attributes and items: `episode.image`, `episode['image']`.

    Row 0 is what the game began with; row t holds action t and what it led to (see spec.py). Arrays that
    are stored uncompressed are read from the file when they are touched.

    Args:
      path: of its file.
      outcomes: see `Episodes`.

    Attributes:
      path: of its file.
      time: when it was saved, a `datetime`.
      length: L.
    """

    def __init__(self, path: pathlib.Path, outcomes: dict[pathlib.Path, tuple[float, bool]]):
        self.path, self._outcomes = path, outcomes
        stamp, _, self.length = episode_file.parse_known(path)
        self.time = datetime.datetime.strptime(stamp, episode_file.STAMP)

    @functools.cached_property
    def arrays(self) -> EpisodeArrays:
        """{key: [L+1, ...]}. Raises UserError where the file holds no episode."""
        with _as_user_error():
            return episode_file.load(self.path)

    def keys(self) -> KeysView[str]:
        """Returns the names of the arrays."""
        return self.arrays.keys()

    def __getitem__(self, key: str) -> np.ndarray:
        with _as_user_error():  # a column may turn out to be broken when it is touched
            return self.arrays[key]

    def __getattr__(self, key: str) -> np.ndarray:
        if key.startswith('_') or key in ('arrays', 'path'):  # of an episode that is being copied
            raise AttributeError(key)
        if key not in self.arrays:
            raise AttributeError(
                f'{self.path} holds no `{key}`{nearest(key, self.arrays)}; it holds {", ".join(self.arrays)}'
            )
        return self[key]

    def __repr__(self) -> str:
        return f'<episode of {self.length:,} agent steps, {self.path}>'

    @property
    def total_return(self) -> float:
        """Sum of the raw rewards."""
        return self._outcome[0]

    @property
    def terminal(self) -> bool:
        """Whether the game ended it, rather than a time limit or the end of a run."""
        return self._outcome[1]

    @property
    def fault(self) -> str:
        """What is wrong with its file, as far as its return is concerned; '' if that can be read."""
        try:
            _ = self._outcome
        except UserError as error:
            return str(error.__cause__).removeprefix(str(self.path)).lstrip(': ')
        return ''

    @functools.cached_property
    def action_spec(self) -> ActionSpec:
        """What its actions consist of. Raises UserError where that is not what its folder says."""
        return action_parts.of_episode(self.path.parent, self.action)

    def to_pandas(self) -> 'pandas.DataFrame':
        """Returns a table with a row per row of the episode, without images. Needs the package pandas.

        Choices are numbers, missing in row 0; vectors have a column `key_i` for each of their numbers. Actions of
        several parts have columns `action_PART`, and `action_PART_i` where a part is a vector.
        """
        pandas = _pandas()
        columns: dict[str, Any] = {}
        for key in self.keys():
            values = self[key]
            if key == 'action':
                columns |= self._action_columns()
            elif values.ndim == 1:
                columns[key] = np.array(values)
            elif values.ndim == 2 and values.shape[1] <= MAX_VECTOR_COLUMNS:
                columns |= {f'{key}_{index}': column for index, column in enumerate(np.array(values).T)}
        flags = [key for key in FLAGS if key in columns]
        order = [key for key in columns if key not in flags] + flags
        return pandas.DataFrame(columns, columns=order, index=pandas.RangeIndex(len(self.reward), name='row'))

    def _action_columns(self) -> dict[str, Any]:
        columns: dict[str, Any] = {}
        parts, begin = self.action_spec.parts, 0
        for index, part in enumerate(parts):
            name = 'action' if len(parts) == 1 else f'action_{part.name or index}'
            piece = np.array(self.action[:, begin : begin + part.size])
            begin += part.size
            if part.discrete:
                columns[name] = _pandas().array([None, *piece[1:].argmax(1)], dtype='Int64')
            elif part.size <= MAX_VECTOR_COLUMNS:
                columns |= {f'{name}_{number}': column for number, column in enumerate(piece.T)}
        return columns

    @property
    def _outcome(self) -> tuple[float, bool]:
        if self.path not in self._outcomes:
            with _as_user_error():
                read = episode_file.load(self.path)
            self._outcomes[self.path] = float(read['reward'].sum(dtype=np.float64)), bool(read['is_terminal'][-1])
        return self._outcomes[self.path]


@contextlib.contextmanager
def _as_user_error() -> Iterator[None]:
    """Raises UserError in place of BrokenEpisode."""
    try:
        yield
    except archive.BrokenEpisode as error:
        raise UserError(f'{error}. `python -m dreamerv2_tf.episodes check` names all broken files') from error


def _pandas() -> Any:
    return require('pandas', 'pandas', '`to_pandas`')
