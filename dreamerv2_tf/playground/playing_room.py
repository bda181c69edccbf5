"""What all tabs share: the agent, its compiled steps, episodes to watch, and the number of tabs."""

import pathlib
from typing import TYPE_CHECKING, Any

from ..errors import UserError
from ..evaluation.sources import newest_episodes
from ..recordings.episodes import Episode, find, load_episodes
from .messages import Rules
from .model_steps import ModelSteps
from .session import Session

if TYPE_CHECKING:
    from ..inspection.saved_agent import SavedAgent

MAX_EPISODES = 200  # that may be watched, the newest


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
        self._places, self._seed, self._opened, self._open = places, seed, 0, 0
        self._steps = ModelSteps(agent.world_model, agent.actor_critic, agent.spaces)
        if not self._steps.observation:
            raise UserError(
                f'the world model of {agent.path} decodes no observation: nothing of its dreams can be seen'
            )
        try:
            self._episodes = {path.name: path for path in find(newest_episodes(agent.source))[-MAX_EPISODES:]}
        except UserError:
            self._episodes = {}
        self.without_game = ''
        try:
            agent.make_env().close()
        except UserError as error:
            self.without_game = str(error)
            if not self._episodes:
                raise UserError(f'there is no game: {error}; and no episode to dream from either') from None

    @property
    def open_sessions(self) -> int:
        """How many sessions there are."""
        return self._open

    def has_place(self) -> bool:
        """Whether one more session may be opened."""
        return self._open < self._places

    def open(self) -> Session:
        """Returns a new session, to be given back with `give_back`; the environment is made here."""
        self._open += 1
        self._opened += 1
        try:
            env = None if self.without_game else self.agent.make_env()
            newest = self.episode(next(reversed(self._episodes))) if env is None else None
            return Session(self.agent, self._steps, env, newest, self._seed + self._opened - 1)
        except BaseException:
            self._open -= 1
            raise

    def give_back(self, session: Session) -> None:
        """Closes a session."""
        self._open -= 1
        session.close()

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
            'action_size': agent.spaces.action.size,
            'out': str(self.out),
        }
