"""One person at the page: what is shown, what is steered, and the way back."""

import collections
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ..errors import UserError
from ..inspection import latents
from ..inspection.beliefs import Rows
from ..seeding import generator, tensor_seed
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


class Shown(NamedTuple):
    """A moment as the page shows it."""

    numbers: Numbers
    left: bytes  # PNG of the real row; b'' where there is none
    right: list[bytes]  # PNG of each dream
    latents: list[bytes]  # PNG of the latent of the real row (if there is one) and of the first dream

    @property
    def pictures(self) -> list[bytes]:
        """What a film of it shows."""
        return [self.left, *self.right] if self.left else self.right


class Session:
    """A real game and a dream, step by step.

    Args:
      agent: a `SavedAgent`.
      steps: of its model; may be shared by sessions.
      env: the real environment, which is closed in the end, or None.
      start: an episode from which the dream begins where there is no environment.
      seed: of all that is drawn.

    Attributes:
      drivers: {'left', 'right': who acts: you, agent, random, same (the right side only), constant:N or recorded}.
      action: an `ActionSpec`.
      sample: latents and actions are drawn; else their modes are taken.
      shown: the newest moments, the last of them is now.
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
        self._tapped: list[str] = []  # pressed since the last step, perhaps let go again
        self.sample = True
        self.drivers = {'left': 'agent', 'right': 'same'}
        self.live = LiveGame(env, steps, self._generator) if env else None
        self._dream = DreamSide(steps, self._generator)
        self._real: RealSide
        if self.live is None and start is None:
            raise UserError('neither the environment of this agent nor an episode of it is at hand')
        if self.live is None:
            assert start is not None
            self.watch(start)
        else:
            self._take(self.live)

    @property
    def watching(self) -> bool:
        """Whether the left side is a saved episode."""
        return self._real is not self.live

    def watch(self, episode: Rows) -> None:
        """Shows a saved episode in place of the game. Raises UserError where it does not fit the agent."""
        self._agent.check(episode)
        self._take(Watched(episode, self._steps, self._agent.spaces.action))

    def play_live(self) -> None:
        """Begins a new game, and a dream from its first row; without an environment the episode begins anew."""
        self._take(self.live or self._real)

    def _take(self, real: RealSide) -> None:
        self._real = real
        self._time = 0
        self.shown: collections.deque[Shown] = collections.deque(maxlen=MAX_MOMENTS)
        self._marks: collections.deque[Any] = collections.deque(maxlen=BACK_STEPS + 1)
        self._classes: dict[str, list[int]] = {}
        self._actions = {'left': -1, 'right': -1}
        real.begin(self._next_seed())
        self._dream.begin(real.belief.moment.state, self._next_seed())
        self._show()

    def hold(self, moves: Sequence[str]) -> None:
        """Takes the moves that are held down now, see `Keyboard`; one that was pressed counts for a step at least."""
        self._tapped += [move for move in moves if move not in self._held]
        self._held = moves

    def step(self) -> None:
        """Goes on by one agent step on both sides; a game that is over begins anew."""
        if self._real.over:
            self.play_live()
            return
        left = self._real.recorded
        left = self._chosen(self.drivers['left'], self._real.belief.moment) if left is None else left
        moment, who = self._dream.now.moment, self.drivers['right']
        right = [left if who == 'same' else self._chosen(who, moment, i) for i in range(self._dream.count)]
        self._actions = {'left': int(left.argmax()), 'right': int(right[0].argmax())}
        self._real.step(left, self._next_seed())
        self._dream.step(np.stack(right).astype(np.float32), self._next_seed())
        self._time += 1
        self._tapped = []
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
            mark, self._dream.now, self._time, self._classes = self._marks[-1]
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
        mark = self._real.mark()
        if mark is None:  # there is no way back beyond here
            self._marks.clear()
        else:
            self._marks.append((mark, self._dream.now, self._time, dict(self._classes)))
        self.shown.append(self._look())

    def _show_again(self) -> None:
        """Shows what is now in place of what was shown at this time."""
        self.shown.pop()
        if self._marks:
            self._marks.pop()
        self._show()

    def _look(self) -> Shown:
        belief, dream = self._real.belief, self._dream.now
        row = self._real.row
        numbers: Numbers = {
            'time': self._time,
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
        before, now = self._classes.get(side, []), pictures.classes(moment.state)
        self._classes[side] = now
        return {
            'action': self._actions[side],
            'predicted': _plain(moment.learned_reward[0]),
            'goes_on': _plain(1 - moment.end[0]),
            'value': _plain(moment.value[0]),
            'entropy': _plain(moment.entropy[0]),
            'chances': [_plain(chance) for chance in moment.chances[0][:MAX_CHANCES]],
            'changed': [index for index, pair in enumerate(zip(before, now)) if pair[0] != pair[1]],
        }


def _plain(number: Any) -> float:
    """Returns a number for JSON, with four digits."""
    return float(f'{float(number):.4g}')
