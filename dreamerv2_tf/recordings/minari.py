"""Saved episodes as Minari datasets and back, bit for bit.

    row            0            1 .. L
    observations   x_0          x_1 .. x_L        all keys but action, reward, flags and log_*
    actions                     a_1 .. a_L        numbers of choices, else vectors, a tuple of both if they have both
    rewards                     r_1 .. r_L
    terminations                is_terminal
    truncations                 is_last and not is_terminal
    infos          flags and log_* keys of all rows

Minari finds its datasets by name in its own folder, which MINARI_DATASETS_PATH changes.
"""

import contextlib
import functools
import json
import pathlib
import shutil
import tempfile
import warnings
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import gymnasium
import numpy as np

from ..display.progress import bar
from ..envs.actions import ActionAdapter
from ..errors import RunError, UserError, require
from ..replay import action_parts, archive, episode_file
from ..replay.store import Store
from ..spec import FLAGS, NOT_OBSERVED, ActionSpec, Spaces, Spec
from .episodes import Episode, Episodes
from .minari_rows import action_space, check, exported, foreign_rows, own_rows

ACTIONS = 'dreamerv2_tf_actions'  # key of what the actions consist of, in a dataset that `export` wrote
ALGORITHM_NAME = 'dreamerv2_tf'  # marks a dataset that `export` wrote
_READ_ERRORS = (  # of Minari, h5py and NumPy
    AssertionError,
    AttributeError,
    LookupError,
    OSError,
    OverflowError,
    RuntimeError,
    StopIteration,
    TypeError,
    ValueError,
)


def export(episodes: Episodes, name: str) -> pathlib.Path:
    """Writes episodes as a Minari dataset, reads it again and compares all; returns its folder.

    Raises:
      UserError: a name that cannot be used, episodes that are not alike, or no Minari.
      RunError: what Minari gives back is not what was written; then the dataset is removed.
    """
    minari = _minari()
    folder = _folder(minari, name)
    if folder.exists():
        raise UserError(f'there is a Minari dataset `{name}` already: {folder}')
    try:
        _write(minari, name, episodes)
        read = bar(_read(_open(minari, name), name), 'comparing', len(episodes))
        for episode, (file_name, arrays) in zip(episodes, read, strict=True):
            if file_name != episode.path.name or not _equal({key: episode[key] for key in episode.keys()}, arrays):
                raise RunError(f'{episode.path} is not what Minari gives back; the dataset is removed')
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return folder


def bring_in(name: str, folder: str | pathlib.Path) -> int:
    """Writes the episodes of a Minari dataset into a folder, which must not exist yet or be empty.

    Files of datasets that `export` wrote get their old names. Episodes of other datasets become rows as their
    environment gives them (see envs/row_env.py): actions of a Box are scaled to -1 .. 1, Dict observations
    become keys `a_b`. Nothing is clipped, cut or left out: an episode of which that would be needed is refused.

    Returns how many episodes are written.

    Raises:
      UserError: there is no such dataset, or it cannot be used; names the episode and the row. Nothing is written.
    """
    folder = pathlib.Path(folder).expanduser()
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UserError(f'{folder} must not be there yet, or be empty')
    dataset = _open(_minari(), name)
    folder.absolute().parent.mkdir(parents=True, exist_ok=True)
    total: int = dataset.total_episodes
    with tempfile.TemporaryDirectory(prefix='.import-', dir=folder.absolute().parent) as temporary:
        unfinished = pathlib.Path(temporary) / 'episodes'
        unfinished.mkdir()
        action_parts.write(unfinished, _actions(dataset, name))
        store = Store(unfinished)
        for number, (file_name, arrays) in enumerate(bar(_read(dataset, name), 'reading', total)):
            if file_name and not (unfinished / file_name).exists():  # two folders may have had the same name
                archive.write(unfinished / file_name, arrays)
            else:
                store.write(episode_file.digest(name, 0, number), arrays)
        unfinished.rename(folder)
    return total


def _write(minari: Any, name: str, episodes: Episodes) -> None:
    spaces = episodes.spaces
    buffers = bar(map(_buffer(minari, spaces.action), episodes), 'writing', len(episodes))
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')  # that no environment and no author are named
        dataset = minari.create_dataset_from_buffers(
            name,
            buffers,
            algorithm_name=ALGORITHM_NAME,
            observation_space=_observation_space(spaces),
            action_space=action_space(spaces.action, max(1.0, *(float(abs(one.action).max()) for one in episodes))),
            jpeg_encoding=False,
            description='Episodes of dreamerv2_tf; infos hold the flags and log_* keys of all rows.',
        )
    dataset.storage.update_metadata({ACTIONS: json.dumps(spaces.action.to_plain())})
    dataset.storage.update_episode_metadata({'file': path.name} for path in episodes.paths)


def _buffer(minari: Any, action: ActionSpec) -> Callable[[Episode], Any]:
    """Returns a function that turns an episode into what Minari writes."""

    def convert(episode: Episode) -> Any:
        infos = [key for key in episode.keys() if key in FLAGS or key.startswith('log_')]
        return minari.data_collector.EpisodeBuffer(
            observations={key: episode[key] for key in episode.keys() if key not in (*NOT_OBSERVED, *infos)},
            actions=exported(episode.action[1:], action),
            rewards=episode.reward[1:],
            terminations=episode.is_terminal[1:],
            truncations=episode.is_last[1:] & ~episode.is_terminal[1:],
            infos={key: episode[key] for key in infos},
        )

    return convert


def _open(minari: Any, name: str) -> Any:
    """Returns the dataset of a name from this machine. Raises UserError."""
    folder = _folder(minari, name)
    if not folder.exists():
        raise UserError(f'there is no Minari dataset `{name}` in {folder.parent}; `minari list local` shows all')
    with _as_user_error(f'the Minari dataset `{name}` cannot be read'):
        metadata = minari.dataset.minari_dataset.MinariStorage.read_raw_metadata(folder / 'data')
        if not {'observation_space', 'action_space'} <= set(metadata):  # Minari would import an environment
            raise UserError(f'the Minari dataset `{name}` does not say its spaces')
        return minari.load_dataset(name)


def _actions(dataset: Any, name: str) -> ActionSpec:
    """Returns what the actions of a dataset consist of. Raises UserError."""
    with _as_user_error(f'the Minari dataset `{name}` cannot be read'):
        text = dataset.storage.metadata.get(ACTIONS)
        return ActionSpec.from_plain(json.loads(text)) if text else ActionAdapter(dataset.action_space).spec


def _read(dataset: Any, name: str) -> Iterator[tuple[str | None, dict[str, np.ndarray]]]:
    """Yields (file name or None, arrays {key: [L+1, ...]}) of a dataset. Raises UserError."""
    own = dataset.storage.metadata.get('algorithm_name') == ALGORITHM_NAME
    convert = (
        functools.partial(own_rows, action=_actions(dataset, name))
        if own
        else foreign_rows(dataset.observation_space, dataset.action_space)
    )
    with _as_user_error(f'the Minari dataset `{name}` cannot be read'):
        metadata = list(dataset.storage.get_episode_metadata(dataset.episode_indices))
    episodes = dataset.iterate_episodes()
    for number, about in enumerate(metadata):
        with _as_user_error(f'episode {number} of the Minari dataset `{name}` cannot be used'):
            arrays = convert(next(episodes))
            check(arrays)
        file_name = str(about.get('file', ''))
        yield file_name if episode_file.parse_filename(file_name) else None, arrays


@contextlib.contextmanager
def _as_user_error(sentence: str) -> Iterator[None]:
    """Raises UserError in place of what unusual datasets make Minari and NumPy raise."""
    try:
        yield
    except _READ_ERRORS as error:
        raise UserError(f'{sentence}: {error}') from error


def _observation_space(spaces: Spaces) -> gymnasium.Space:
    return gymnasium.spaces.Dict(
        {key: _box(spec) for key, spec in spaces.observation.items() if not key.startswith('log_')}
    )


def _box(spec: Spec) -> gymnasium.Space:
    """Returns all values that a dtype can have."""
    low: float
    high: float
    if np.issubdtype(spec.dtype, np.integer):
        low, high = np.iinfo(spec.dtype).min, np.iinfo(spec.dtype).max
    else:
        low, high = (0, 1) if spec.dtype == np.bool_ else (-np.inf, np.inf)
    return gymnasium.spaces.Box(low, high, spec.shape, spec.dtype)


def _equal(one: Mapping[str, np.ndarray], other: Mapping[str, np.ndarray]) -> bool:
    return set(one) == set(other) and all(
        value.dtype == other[key].dtype and value.tobytes() == other[key].tobytes() for key, value in one.items()
    )


def _folder(minari: Any, name: str) -> pathlib.Path:
    """Returns where Minari keeps the dataset of a name. Raises UserError where it is no such name."""
    try:
        minari.dataset.minari_dataset.parse_dataset_id(name)
    except (ValueError, TypeError):
        raise UserError(f'`--minari` must be a name such as pong/mine-v0. Received: {name!r}') from None
    return pathlib.Path(minari.storage.get_dataset_path(name))


def _minari() -> Any:
    require('minari.data_collector', 'minari', '`--minari`')
    return require('minari', 'minari', '`--minari`')
