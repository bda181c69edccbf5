"""A run without environments: all it learns from are saved episodes."""

import logging
import pathlib

from ..errors import SnapshotError, UserError
from ..replay import infer_spaces
from ..replay.archive import BrokenEpisode
from ..replay.store import folder_in, listed
from ..spec import NOT_OBSERVED
from .loop import SHOWN_EPISODES, Training

_log = logging.getLogger(__name__)


class Nobody:
    """Stands where environments would be.

    Args:
      spaces: `Spaces` of those that recorded the episodes.
    """

    resumable = True

    def __init__(self, spaces):
        self.observation, self.action = spaces

    def __len__(self):
        return 0

    def restore(self, index, arrays):
        raise SnapshotError('there are no environments any more')


class Offline(Training):
    """A run that makes updates and never acts.

    One update stands for the agent steps between two of a run that acts (`train_every` / `train_steps`):
    schedules, logs, films and checkpoints go by them, and `metrics.jsonl` counts them as frames.

    Args:
      total_updates: when it is done, with those made before.
      parts: as of a `Training`.
    """

    more = '--updates'

    def __init__(self, total_updates, *parts):
        super().__init__(*parts)
        self._total = total_updates

    @property
    def finished(self):
        return self._updates.done >= self._total

    @property
    def done(self):
        return f'{self._updates.done:,} updates'

    def plan(self):
        buffer, section = self._buffers['train'], self._config.dataset
        left_out = buffer.total_episodes - buffer.loaded_episodes
        older = f'; {left_out:,} older ones are beyond replay.capacity' if left_out else ''
        return [
            f'replay      {buffer.loaded_episodes:,} saved episodes with {buffer.loaded_steps:,} agent steps{older}',
            f'until       {self._total:,} updates of {section.batch} x {section.length} rows',
        ]

    def run(self):
        """Runs until all updates are done or `stop` says so, and saves."""
        self._position.begin()
        self._save()
        with self._progress.phase('offline training', 'updates', self._updates.done, self._total):
            while not self.finished and not self._stop():
                self._position.steps += self._config.train_every
                for _ in range(self._config.train_steps):
                    self._updates.make(self.steps)
                self._updates_done()
            self._updates.check(self.steps)
        self._save()
        self._film()
        self._write_metrics()

    def _updates_done(self):
        self._progress.advance(self._updates.done)
        if self._log_due(self.steps):
            self._write_metrics()
        if self._video_due(self.steps):
            self._film()
        if self._save_due(self.frames):
            self._save()

    def _film(self):
        """What the world model predicts of the newest episodes."""
        keys = [*self._agent.world_model.preprocess.keys, *NOT_OBSERVED]
        try:
            shown = [
                episode.slices(keys, 0, episode.rows) for episode in self._buffers['train'].episodes()[-SHOWN_EPISODES:]
            ]
        except BrokenEpisode as error:
            _log.warning('no film is made: %s', error)
            return
        if self._pictures.possible(shown):
            self._pictures.make_open_loop(self.steps, self.frames, shown)


def spaces(folder):
    """The `Spaces` of the episodes in a folder, or in that of a run. Raises UserError."""
    paths = listed(folder_in(_folder(folder)))
    if not paths:
        raise UserError(f'`--offline` {folder} holds no episode')
    return infer_spaces.find(paths)


def configured(config, folder, logdir):
    """The config of a run that reads a folder's episodes, and leaves them as they are.

    Raises:
      UserError: the folder is not there, or no update would ever be due.
    """
    if not config.train_every:
        raise UserError('`train_every` 0 means no updates; --offline needs 1 or more')
    found = folder_in(_folder(folder)).resolve()
    own = (logdir / 'train_episodes').resolve()
    return config.updated({'replay.read_dirs': [] if found == own else [str(found)]})


def _folder(text):
    path = pathlib.Path(text).expanduser()
    if not path.is_dir():
        raise UserError(f'`--offline` {text} is not a folder')
    return path
