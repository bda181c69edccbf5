"""One person at the page: what is shown, what is steered, and the way back."""

import collections
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ..errors import UserError
from ..inspection import latents
from ..inspection.beliefs import Rows
from ..seeding import generator, tensor_seed
from ..spec import FLAGS
from . import pictures
from .keyboard import Keyboard
from .model_steps import ModelSteps, Moment
from .sides import MAX_BRANCHES, DreamSide, LiveGame, RealSide, Watched

if TYPE_CHECKING:
    from ..envs.row_env import RowEnv
    from ..inspection.saved_agent import SavedAgent

BACK_STEPS = 50
MAX_MOMENTS = 2000  # whose pictures are kept
MAX_CHANCES = 32  # of actions, that are sent

Numbers = dict[str, Any]  # plain data for JSON


class Now(NamedTuple):
    """Where a session is, besides its two sides."""

    time: int  # agent steps since both sides began together
    actions: dict[str, int]  # of each side, which led here; -1 at the beginning
    before: dict[str, list[int]]  # classes of the latents of each side one step before; empty at the beginning


class Shown(NamedTuple):
    """A moment as the page shows it."""

    numbers: Numbers
    left: bytes  # PNG of the real row
    right: list[bytes]  # PNG of each dream
    latents: list[bytes]  # PNG of the latents of the real row and of the first dream

    @property
    def pictures(self) -> list[bytes]:
        """What a film of it shows."""
        return [self.left, *self.right]


class Session:
    """A real game and a dream, step by step.

    Args:
      agent: a `SavedAgent`.
      steps: of its model; may be shared by sessions.
      env: the real environment, which is closed in the end, or None.
      start: an episode that is watched where there is no environment.
      seed: of all that is drawn.

    Attributes:
      action: an `ActionSpec`.
      drivers: {'left', 'right': who acts: you, agent, random, same (the right side only) or constant:N}.
      sample: latents and actions are drawn; else their modes are taken.
      shown: the newest moments, the last of them is now.

    Raises:
      UserError: there is neither an environment nor an episode, or the episode does not fit the agent.
    """

    def __init__(
        self, agent: 'SavedAgent', steps: ModelSteps, env: 'RowEnv | None', start: Rows | None, seed: int
    ) -> None:
        self._agent, self._steps, self._seed, self._draws = agent, steps, seed, 0
        self._generator = generator(seed, 'playground')
        self.keyboard = Keyboard(agent.spaces.action, env.action_meanings if env else ())
        self._learned = agent.world_model.preprocess.reward
        self._eye = pictures.Eye(steps.observation)
        self.action = agent.spaces.action
        self._held: Sequence[str] = ()
        self._tapped: collections.deque[str] = collections.deque()  # pressed since the last step, perhaps let go again
        self.sample = True
        self.drivers = {'left': 'agent', 'right': 'same'}
        self.shown: collections.deque[Shown] = collections.deque(maxlen=MAX_MOMENTS)
        self.live = LiveGame(env, steps, self._generator) if env else None
        self._dream = DreamSide(steps, self._generator)
        self._real: RealSide
        self._now: Now
        if self.live:
            self._take(self.live)
        elif start is not None:
            self.watch(start)
        else:
            raise UserError('neither the environment of this agent nor an episode of it is at hand')

    @property
    def watching(self) -> bool:
        """Whether the left side is a saved episode."""
        return self._real is not self.live

    @property
    def over(self) -> bool:
        """Whether the game or the saved episode has ended; the next step begins it anew."""
        return self._real.over

    def watch(self, episode: Rows) -> None:
        """Shows a saved episode in place of the game. Raises UserError where it does not fit the agent."""
        self._agent.check(episode)
        missing = [key for key in ('reward', *FLAGS) if key not in episode.keys()]
        if missing:
            raise UserError(f'the episode holds no `{missing[0]}`')
        self._take(Watched(episode, self._steps, self._agent.spaces.action))

    def play_live(self) -> None:
        """Begins a new game, and a dream from its first row; without an environment the episode begins anew."""
        self._take(self.live or self._real)

    def hold(self, moves: Sequence[str]) -> None:
        """Takes the moves that are held down now, see `Keyboard`; one that was pressed counts for a step at least."""
        self._tapped.extend(move for move in moves if move not in self._held and move not in self._tapped)
        self._held = moves

    def step(self) -> None:
        """Goes on by one agent step on both sides; what is over begins anew."""
        if self.over:
            self._take(self._real)
            return
        belief, dream = self._real.belief.moment, self._dream.now.moment
        left = self._real.recorded
        left = self._chosen(self.drivers['left'], belief) if left is None else left
        who = self.drivers['right']
        right = [left if who == 'same' else self._chosen(who, dream, index) for index in range(self._dream.count)]
        self._tapped.clear()
        before = {'left': pictures.classes(belief.state), 'right': pictures.classes(dream.state)}
        self._real.step(left, self._next_seed())
        self._dream.step(np.stack(right).astype(np.float32), self._next_seed())
        actions = {'left': int(left.argmax()), 'right': int(right[0].argmax())}
        self._now = Now(self._now.time + 1, actions, before)
        self._show()

    def dream_from_here(self) -> None:
        """Puts one dream where the model believes the real row to be."""
        self._dream.begin(self._real.belief.moment.state, self._next_seed())
        self._show_again()

    def branch(self, count: int) -> None:
        """Goes on from the first dream with 1 to 9 of them; several draw, or they would all be the same."""
        assert 1 <= count <= MAX_BRANCHES
        self.sample = self.sample or count > 1
        self._dream.branch(count, self._next_seed())
        self._show_again()

    def back(self) -> int:
        """Goes back by up to 50 steps on both sides; returns by how many."""
        went = 0
        while len(self._marks) > 1 and went < BACK_STEPS:
            self._marks.pop()
            self.shown.pop()
            went += 1
        if went:
            mark, self._dream.now, self._now = self._marks[-1]
            self._real.go_back(mark)
        return went

    def episode(self) -> dict[str, np.ndarray]:
        """Returns the game that goes on as an episode {key: [L+1, ...]}, cut here.

        Raises:
          UserError: there is no game, or nothing has been done in it.
        """
        if self.live is None or self.watching:
            raise UserError('only a game can be saved as an episode, and a saved one is being watched')
        if self.live.episode.rows < 2:
            raise UserError('nothing has been played yet')
        return self.live.episode.arrays(truncated=True)

    def close(self) -> None:
        """Closes the environment."""
        if self.live:
            self.live.close()

    def _take(self, real: RealSide) -> None:
        """Begins both sides anew; where that fails, what was shown stays."""
        real.begin(self._next_seed())
        self._dream.begin(real.belief.moment.state, self._next_seed())
        self._real, self._now = real, Now(0, {'left': -1, 'right': -1}, {})
        self._tapped.clear()
        self._marks: collections.deque[Any] = collections.deque(maxlen=BACK_STEPS + 1)
        self.shown = collections.deque([self._look()], maxlen=MAX_MOMENTS)
        self._mark()

    def _chosen(self, who: str, moment: Moment, index: int = 0) -> np.ndarray:
        kind, _, number = who.partition(':')
        if kind == 'you':
            return self.keyboard.action([*self._tapped, *self._held])
        if kind == 'random':
            return self._agent.spaces.action.random(self._generator)
        return self.keyboard.constant(int(number)) if kind == 'constant' else moment.choice[index]

    def _next_seed(self) -> np.ndarray | None:
        self._draws += 1
        return tensor_seed(self._seed, 'playground', self._draws) if self.sample else None

    def _show(self) -> None:
        self.shown.append(self._look())
        self._mark()

    def _show_again(self) -> None:
        """Shows what is now in place of what was shown at this time."""
        self.shown[-1] = self._look()
        if self._marks:
            self._marks.pop()
        self._mark()

    def _mark(self) -> None:
        """Keeps the way back to here; where the environment knows none, there is none beyond here either."""
        mark = self._real.mark()
        if mark is None:
            self._marks.clear()
        else:
            self._marks.append((mark, self._dream.now, self._now))

    def _look(self) -> Shown:
        belief, dream = self._real.belief, self._dream.now
        row = self._real.row
        numbers: Numbers = {
            'time': self._now.time,
            'left': {
                **self._numbers('left', belief.moment),
                'reward': _plain(self._learned(np.float32(row['reward']))),
                'surprise': _plain(latents.divergence(belief.moment.state, belief.prior)[0].sum()),
                'error': _plain(self._eye.error(row, belief.moment)),
                'over': bool(self._real.over),
            },
            'right': {**self._numbers('right', dream.moment), 'ended': dream.ended.tolist()},
        }
        return Shown(
            numbers,
            pictures.png(self._eye.look(row)),
            [pictures.png(self._eye.look(dream.moment.observation, index)) for index in range(self._dream.count)],
            [pictures.png(pictures.latent(state)) for state in (belief.moment.state, dream.moment.state)],
        )

    def _numbers(self, side: str, moment: Moment) -> Numbers:
        before, now = self._now.before.get(side, []), pictures.classes(moment.state)
        return {
            'action': self._now.actions[side],
            'predicted': _plain(moment.learned_reward[0]),
            'goes_on': _plain(1 - moment.end[0]),
            'value': _plain(moment.value[0]),
            'entropy': _plain(moment.entropy[0]),
            'chances': [_plain(chance) for chance in moment.chances[0][:MAX_CHANCES]],
            'changed': [index for index, pair in enumerate(zip(before, now)) if pair[0] != pair[1]],
        }


def _plain(number: Any) -> float | None:
    """Returns a number for JSON, with four digits; None where it is not finite."""
    return float(f'{float(number):.4g}') if np.isfinite(number) else None
