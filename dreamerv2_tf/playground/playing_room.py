"""What all tabs share: the agent, its compiled steps, episodes to watch, and the number of tabs."""

import pathlib
import threading
from typing import TYPE_CHECKING, Any

from ..errors import UserError
from ..evaluation.sources import episode_folders
from ..recordings.episodes import Episode, find, load_episodes
from .messages import Rules
from .model_steps import ModelSteps
from .session import Session

if TYPE_CHECKING:
    from ..inspection.saved_agent import SavedAgent

MAX_EPISODES = 200  # of a folder that may be watched, the newest


class PlayingRoom:
    """Makes sessions of one agent.

    Args:
      agent: a `SavedAgent`.
      out: folder for what is saved.
      places: how many sessions there may be at once.
      seed: of all that is drawn; each session has draws of its own.

    Attributes:
      agent, out: as given.
      without_game: why there is no real game; '' where there is one.

    Raises:
      UserError: there is neither an environment nor an episode, or the model decodes nothing.
    """

    def __init__(self, agent: 'SavedAgent', out: pathlib.Path, places: int, seed: int) -> None:
        self.agent, self.out = agent, out
        self._places, self._seed, self._opened, self._taken = places, seed, 0, 0
        self._lock = threading.Lock()
        self._steps = ModelSteps(agent)
        folders = episode_folders(agent.source)[::-1]  # those of evaluations last, of which the newest is shown first
        paths = [path for folder in folders for path in find(folder)[-MAX_EPISODES:]]
        self._episodes = {path.name: path for path in paths}
        self.without_game = ''
        try:
            agent.make_env().close()
        except Exception as error:  # of any kind: it may be the environment's own
            self.without_game = str(error) if isinstance(error, UserError) else repr(error)
            if not self._episodes:
                raise UserError(f'there is no game: {self.without_game}; and no episode to dream from either') from None

    def take_place(self) -> bool:
        """Takes a place for a session, to be given back with `free_place`; returns False where all are taken."""
        free = self._taken < self._places
        self._taken += free
        return free

    def open(self) -> Session:
        """Returns a new session, for which a place was taken; its environment is made here.

        Raises:
          UserError: the environment cannot be made, or there is no episode in place of it that can be read.
        """
        with self._lock:
            number = self._opened
            self._opened += 1
        if not self.without_game:
            return Session(self.agent, self._steps, self.agent.make_env(), None, self._seed + number)
        for name in reversed(self._episodes):
            try:
                return Session(self.agent, self._steps, None, self.episode(name), self._seed + number)
            except UserError as error:
                last = error
        raise last

    def free_place(self) -> None:
        """Gives back a place; the session that had it is closed."""
        self._taken -= 1

    def episode(self, name: str) -> Episode:
        """Returns an episode by the name of its file, which `rules` has allowed."""
        return load_episodes(self._episodes[name])[0]

    def rules(self, session: Session) -> Rules:
        """Returns what messages of a session may hold."""
        moves = [move.name for move in session.keyboard.moves]
        return Rules(moves, len(session.keyboard.names), self._episodes)

    def greeting(self, session: Session) -> dict[str, Any]:
        """Returns what the page must know before it shows anything, as plain data for JSON."""
        agent, keyboard = self.agent, session.keyboard
        learned = agent.card.text() if agent.card else f'{agent.frames:,} frames'
        return {
            'kind': 'hello',
            'task': agent.config.task,
            'agent': f'{agent.path.name}: {learned}',
            'moves': [move._asdict() for move in keyboard.moves],
            'names': keyboard.names,
            'episodes': list(self._episodes),
            'without_game': self.without_game,
        }
