"""A run without environments: it learns from saved episodes alone."""

import logging
import pathlib
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import numpy as np

from ..config.tree import Config
from ..envs.calls import Failure
from ..errors import StateError, UserError
from ..replay import infer_spaces
from ..replay.archive import BrokenEpisode
from ..replay.store import folder_in, listed
from ..spec import NOT_OBSERVED, Row, Spaces, State
from .episode_metrics import MAX_EPISODES_FILMED
from .loop import Training
from .parts import Parts

_log = logging.getLogger(__name__)


class NoEnvironments:
    """Takes the place of environments in a run that never acts; see `Environments`.

    Args:
      spaces: of those that recorded the episodes.
    """

    resumable = True
    notes: Sequence[str] = ()
    gym_spaces = ''

    def __init__(self, spaces: Spaces) -> None:
        self.observation, self.action = spaces

    def __len__(self) -> int:
        return 0

    def reset(self, index: int, seed: int) -> Row:
        """Raises IndexError: there is none."""
        raise IndexError(index)

    def step(self, actions: np.ndarray) -> list[Row | Failure]:
        """There are no rows."""
        return []

    def close(self) -> None:
        """There is nothing to close."""

    def get_state(self) -> State:
        """There is nothing to save."""
        return {}, {}

    def set_state(self, plain: Any, arrays: dict[str, np.ndarray]) -> None:
        """Raises StateError where a run that acted left games behind."""
        if arrays:
            raise StateError('there are no environments any more')


class OfflineTraining(Training):
    """A run that makes updates and never acts.

    One update stands for the agent steps between two of a run that acts (`train_every`, `train_ratio`):
    schedules, logs, films and checkpoints depend on them, and `metrics.jsonl` counts them as frames.

    Args:
      parts, stop: see `Training`.
      total_updates: when it is done, with those made before.
    """

    longer: ClassVar[str] = '--updates'

    def __init__(self, parts: Parts, stop: Callable[[], bool], total_updates: int) -> None:
        super().__init__(parts, stop)
        self._total = total_updates

    @property
    def finished(self) -> bool:
        """Whether all updates are done."""
        return self._parts.updates.done >= self._total

    @property
    def done(self) -> str:
        """How far the run is, as a phrase."""
        return f'{self._parts.updates.done:,} updates'

    def plan(self) -> list[str]:
        """Returns lines on what the run is going to do."""
        replay, section = self._parts.replays['train'], self._parts.config.dataset
        left_out = replay.total_episodes - replay.loaded_episodes
        older = f'; {left_out:,} older ones are beyond replay.capacity' if left_out else ''
        return [
            f'replay      {replay.loaded_episodes:,} saved episodes with {replay.loaded_steps:,} agent steps{older}',
            f'until       {self._total:,} updates of {section.batch} x {section.length} rows',
        ]

    def run(self) -> None:
        """Runs until all updates are done or `stop` is true, and saves."""
        parts = self._parts
        parts.metrics_file.cut()
        self._save()
        with parts.progress.phase('offline training', 'updates', parts.updates.done, self._total):
            while not self.finished and not self._stop():
                parts.counts.add_steps(parts.clocks.train.stride)
                parts.clocks.eval.skip_to(self.steps)
                for _ in range(parts.clocks.train.due(self.steps)):
                    parts.updates.make(self.steps)
                self._after_updates()
            parts.updates.check(self.steps)
        self._save()
        self._film()
        self._write_metrics()

    def _after_updates(self) -> None:
        clocks = self._parts.clocks
        self._parts.progress.advance(self._parts.updates.done)
        if clocks.log(self.steps):
            self._write_metrics()
        if clocks.film(self.steps):
            self._film()
        if clocks.save(self.frames):
            self._save()

    def _film(self) -> None:
        """Makes films of what the world model predicts of the newest episodes."""
        keys = [*self._parts.agent.world_model.preprocess.keys, *NOT_OBSERVED]
        try:
            shown = [
                episode.slices(keys, 0, episode.rows)
                for episode in self._parts.replays['train'].episodes()[-MAX_EPISODES_FILMED:]
            ]
        except BrokenEpisode as error:
            _log.warning('no film is made: %s', error)
            return
        if self._parts.films.possible(shown):
            self._parts.films.make_open_loop(self.steps, self.frames, shown)


def recorded_spaces(folder: str) -> Spaces:
    """Returns the `Spaces` of the episodes in a folder, or in that of a run. Raises UserError."""
    paths = listed(folder_in(_folder(folder)))
    if not paths:
        raise UserError(f'`--offline` {folder} holds no episode')
    return infer_spaces.find(paths)


def offline_config(config: Config, folder: str, logdir: pathlib.Path) -> Config:
    """Returns the config of a run that reads a folder's episodes, and leaves them as they are.

    Raises:
      UserError: the folder is not there, or no update would ever be due.
    """
    if not config.train_every and not config.train_ratio:
        raise UserError('`train_every` 0 means no updates; --offline needs 1 or more')
    source = folder_in(_folder(folder)).resolve()
    own = (logdir / 'train_episodes').resolve()
    return config.updated({'replay.read_dirs': [] if source == own else [str(source)]})


def _folder(text: str) -> pathlib.Path:
    path = pathlib.Path(text).expanduser()
    if not path.is_dir():
        raise UserError(f'`--offline` {text} is not a folder')
    return path
