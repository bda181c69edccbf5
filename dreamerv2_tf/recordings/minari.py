"""Saved episodes as Minari datasets and back, bit for bit.

    row            0            1 .. L
    observations   x_0          x_1 .. x_L        all keys but action, reward, flags and log_*
    actions                     a_1 .. a_L        numbers of discrete ones, else vectors
    rewards                     r_1 .. r_L
    terminations                is_terminal
    truncations                 is_last and not is_terminal
    infos          flags and log_* keys of all rows

Minari finds its datasets by name in its own folder, which MINARI_DATASETS_PATH changes.
"""

import pathlib
import shutil
import tempfile
import warnings
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import gymnasium
import numpy as np

from ..display.progress import bar
from ..envs.row_env import inverse_action, observers
from ..errors import RunError, UserError, require
from ..replay import archive, episode_file
from ..replay.store import Store
from ..spec import FLAGS, NOT_OBSERVED, ActionSpec, Spaces, Spec
from .episodes import Episode, Episodes

ALGORITHM_NAME = 'dreamerv2_tf'  # marks a dataset that `export` wrote


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
        read = bar(_read(_open(minari, name)), 'comparing', len(episodes))
        for episode, (file_name, arrays) in zip(episodes, read, strict=True):
            if file_name != episode.path.name or not _equal(episode.arrays, arrays):
                raise RunError(f'{episode.path} is not what Minari gives back; the dataset is removed')
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return folder


def bring_in(name: str, folder: str | pathlib.Path) -> int:
    """Writes the episodes of a Minari dataset into a folder, which must not exist yet or be empty.

    Files of datasets that `export` wrote get their old names. Episodes of other datasets become rows as their
    environment gives them (see envs/row_env.py): actions of a Box are scaled to -1 .. 1, Dict observations
    become keys `a_b`.

    Returns how many episodes are written.

    Raises:
      UserError: there is no such dataset, or it cannot be used; then nothing is written.
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
        store = Store(unfinished)
        for number, (file_name, arrays) in enumerate(bar(_read(dataset), 'reading', total)):
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
            action_space=_action_space(spaces.action, episodes),
            jpeg_encoding=False,
            description='Episodes of dreamerv2_tf; infos hold the flags and log_* keys of all rows.',
        )
    dataset.storage.update_episode_metadata({'file': path.name} for path in episodes.paths)


def _buffer(minari: Any, action: ActionSpec) -> Callable[[Episode], Any]:
    """Returns a function that turns an episode into what Minari writes."""

    def convert(episode: Episode) -> Any:
        infos = [key for key in episode.keys() if key in FLAGS or key.startswith('log_')]
        taken = episode.action[1:]
        return minari.data_collector.EpisodeBuffer(
            observations={key: episode[key] for key in episode.keys() if key not in (*NOT_OBSERVED, *infos)},
            actions=taken.argmax(1) if action.discrete else taken,
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
    metadata = minari.dataset.minari_dataset.MinariStorage.read_raw_metadata(folder / 'data')
    if not {'observation_space', 'action_space'} <= set(metadata):  # Minari would import an environment
        raise UserError(f'the Minari dataset `{name}` does not say its spaces')
    return minari.load_dataset(name)


def _read(dataset: Any) -> Iterator[tuple[str | None, dict[str, np.ndarray]]]:
    """Yields (file name or None, arrays {key: [L+1, ...]}) of a dataset."""
    own = dataset.storage.metadata.get('algorithm_name') == ALGORITHM_NAME
    convert = _own_rows if own else _foreign_rows(dataset)
    metadata = dataset.storage.get_episode_metadata(dataset.episode_indices)
    for episode, about in zip(dataset.iterate_episodes(), metadata):
        file_name = about.get('file', '')
        yield file_name if episode_file.parse_filename(file_name) else None, convert(dataset.action_space, episode)


def _own_rows(space: gymnasium.Space, episode: Any) -> dict[str, np.ndarray]:
    """Returns the arrays of an episode that `export` wrote."""
    actions = (
        np.eye(space.n, dtype=np.float32)[episode.actions]
        if isinstance(space, gymnasium.spaces.Discrete)
        else episode.actions
    )
    begin = {'action': np.zeros_like(actions[:1]), 'reward': np.zeros_like(episode.rewards[:1])}
    return {
        **episode.observations,
        'action': np.concatenate([begin['action'], actions]),
        'reward': np.concatenate([begin['reward'], episode.rewards]),
        **episode.infos,
    }


def _foreign_rows(dataset: Any) -> Callable[[gymnasium.Space, Any], dict[str, np.ndarray]]:
    """Returns a function that makes the arrays of an episode as the environment of a dataset would have."""
    keyed = dict(observers(dataset.observation_space))
    action, vector = inverse_action(dataset.action_space)

    def convert(_: gymnasium.Space, episode: Any) -> dict[str, np.ndarray]:
        steps = len(episode.rewards)
        views = [_row(episode.observations, index) for index in range(steps + 1)]
        flags = np.zeros((3, steps + 1), bool)
        flags[0, 0] = flags[1, -1] = True
        flags[2, 1:] = episode.terminations
        return {
            **{key: np.stack([observer(view) for view in views]) for key, observer in keyed.items()},
            'action': np.stack([action.zeros(), *map(vector, episode.actions)]).astype(np.float32),
            'reward': np.concatenate([[0], episode.rewards]).astype(np.float32),
            **dict(zip(FLAGS, flags)),
        }

    return convert


def _row(tree: Any, index: int) -> Any:
    """Returns one row of a tree such as {'a': [T, ...], 'b': ([T, ...],)}."""
    if isinstance(tree, dict):
        return {key: _row(value, index) for key, value in tree.items()}
    return tuple(_row(value, index) for value in tree) if isinstance(tree, tuple) else tree[index]


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


def _action_space(action: ActionSpec, episodes: Episodes) -> gymnasium.Space:
    if action.discrete:
        return gymnasium.spaces.Discrete(action.size)
    bound = max(1.0, *(float(abs(episode.action).max()) for episode in episodes))
    return gymnasium.spaces.Box(-bound, bound, (action.size,), np.float32)


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
