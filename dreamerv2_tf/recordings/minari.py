"""Saved episodes as Minari datasets and back, bit for bit.

    row            0            1 .. L
    observations   x_0          x_1 .. x_L        all keys but those below
    actions                     a_1 .. a_L        Discrete numbers, or vectors
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

import gymnasium
import numpy as np

from ..display.progress import bar
from ..envs.row_env import inverse_action, observers
from ..errors import RunError, UserError, require
from ..replay import archive, episode_file
from ..replay.store import Store
from ..spec import FLAGS, NOT_OBSERVED

MARK = 'dreamerv2_tf'  # the algorithm's name in a dataset that `export` wrote


def export(episodes, name):
    """Writes `Episodes` as a Minari dataset, reads it again and compares all; returns its folder.

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
        for episode, (file, arrays) in zip(episodes, read, strict=True):
            if file != episode.path.name or not _equal(episode.arrays, arrays):
                raise RunError(f'{episode.path} is not what Minari gives back; the dataset is removed')
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return folder


def bring_in(name, folder):
    """Writes the episodes of a Minari dataset into a folder, which must not be there yet or be empty.

    Of datasets that `export` wrote, files have their old names. Others come as rows of the environment would
    (see envs/rows.py): actions of a Box are scaled to -1 .. 1, Dict observations become keys `a_b`.

    Returns how many.

    Raises:
      UserError: there is no such dataset, or it cannot be used; then nothing is written.
    """
    folder = pathlib.Path(folder).expanduser()
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UserError(f'{folder} must not be there yet, or be empty')
    dataset = _open(_minari(), name)
    folder.absolute().parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix='.import-', dir=folder.absolute().parent) as beside:
        made = pathlib.Path(beside) / 'made'
        made.mkdir()
        store = Store(made)
        for number, (file, arrays) in enumerate(bar(_read(dataset), 'reading', dataset.total_episodes)):
            if file and not (made / file).exists():  # two folders may have had the same name
                archive.write(made / file, arrays)
            else:
                store.write(episode_file.digest(name, 0, number), arrays)
        made.rename(folder)
    return dataset.total_episodes


def _write(minari, name, episodes):
    spaces = episodes.spaces
    buffers = bar(map(_buffer(minari, spaces.action), episodes), 'writing', len(episodes))
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')  # that no environment and no author are named
        dataset = minari.create_dataset_from_buffers(
            name,
            buffers,
            algorithm_name=MARK,
            observation_space=_observation_space(spaces),
            action_space=_action_space(spaces.action, episodes),
            jpeg_encoding=False,
            description='Episodes of dreamerv2_tf; infos hold the flags and log_* keys of all rows.',
        )
    dataset.storage.update_episode_metadata({'file': path.name} for path in episodes.paths)


def _buffer(minari, action):
    """A function that turns an `Episode` into what Minari writes."""

    def convert(episode):
        apart = [key for key in episode.keys() if key in FLAGS or key.startswith('log_')]
        taken = episode.action[1:]
        return minari.data_collector.EpisodeBuffer(
            observations={key: episode[key] for key in episode.keys() if key not in (*NOT_OBSERVED, *apart)},
            actions=taken.argmax(1) if action.discrete else taken,
            rewards=episode.reward[1:],
            terminations=episode.is_terminal[1:],
            truncations=episode.is_last[1:] & ~episode.is_terminal[1:],
            infos={key: episode[key] for key in apart},
        )

    return convert


def _open(minari, name):
    """The dataset of a name, as it lies on this machine. Raises UserError."""
    folder = _folder(minari, name)
    if not folder.exists():
        raise UserError(f'there is no Minari dataset `{name}` in {folder.parent}; `minari list local` shows all')
    metadata = minari.dataset.minari_dataset.MinariStorage.read_raw_metadata(folder / 'data')
    if not {'observation_space', 'action_space'} <= set(metadata):
        raise UserError(f'the Minari dataset `{name}` does not say its spaces')  # and would import an environment
    return minari.load_dataset(name)


def _read(dataset):
    """Yields (file name or None, arrays {key: [L+1, ...]}) of a dataset."""
    own = dataset.storage.metadata.get('algorithm_name') == MARK
    convert = _own_rows if own else _foreign_rows(dataset)
    told = dataset.storage.get_episode_metadata(dataset.episode_indices)
    for episode, about in zip(dataset.iterate_episodes(), told):
        file = about.get('file', '')
        yield file if episode_file.parse_filename(file) else None, convert(dataset.action_space, episode)


def _own_rows(space, episode):
    """Arrays of an episode that `export` wrote."""
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


def _foreign_rows(dataset):
    """A function that gives the rows that the environment of a dataset would have given."""
    found = dict(observers(dataset.observation_space))
    action, vector = inverse_action(dataset.action_space)

    def convert(_, episode):
        steps = len(episode.rewards)
        views = [_row(episode.observations, index) for index in range(steps + 1)]
        flags = np.zeros((3, steps + 1), bool)
        flags[0, 0] = flags[1, -1] = True
        flags[2, 1:] = episode.terminations
        return {
            **{key: np.stack([observer(view) for view in views]) for key, observer in found.items()},
            'action': np.stack([action.zeros(), *map(vector, episode.actions)]).astype(np.float32),
            'reward': np.concatenate([[0], episode.rewards]).astype(np.float32),
            **dict(zip(FLAGS, flags)),
        }

    return convert


def _row(tree, index):
    """{'a': [T, ...], 'b': ([T, ...],)} -> the same of one row."""
    if isinstance(tree, dict):
        return {key: _row(value, index) for key, value in tree.items()}
    return tuple(_row(value, index) for value in tree) if isinstance(tree, tuple) else tree[index]


def _observation_space(spaces):
    def box(spec):
        whole = np.issubdtype(spec.dtype, np.integer)
        low, high = (
            (np.iinfo(spec.dtype).min, np.iinfo(spec.dtype).max)
            if whole
            else (0, 1)
            if spec.dtype == np.bool_
            else (-np.inf, np.inf)
        )
        return gymnasium.spaces.Box(low, high, spec.shape, spec.dtype)

    return gymnasium.spaces.Dict(
        {key: box(spec) for key, spec in spaces.observation.items() if not key.startswith('log_')}
    )


def _action_space(action, episodes):
    if action.discrete:
        return gymnasium.spaces.Discrete(action.size)
    bound = max(1.0, *(float(abs(episode.action).max()) for episode in episodes))
    return gymnasium.spaces.Box(-bound, bound, (action.size,), np.float32)


def _equal(one, other):
    return set(one) == set(other) and all(
        value.dtype == other[key].dtype and value.tobytes() == other[key].tobytes() for key, value in one.items()
    )


def _folder(minari, name):
    try:
        minari.dataset.minari_dataset.parse_dataset_id(name)
    except (ValueError, TypeError):
        raise UserError(f'`--minari` must be a name such as pong/mine-v0. Received: {name!r}') from None
    return minari.storage.get_dataset_path(name)


def _minari():
    require('minari.data_collector', 'minari', '`--minari`')
    return require('minari', 'minari', '`--minari`')
