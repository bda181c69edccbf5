"""Atari games in ale-py's own vector, which steps them in threads of C++."""

from collections.abc import Sequence
from typing import Any

import gymnasium
import numpy as np

from ..errors import StateError, UserError
from ..spec import Row, State
from . import atari
from .actions import ActionAdapter
from .calls import Failure
from .observations import Observer
from .row_env import row_of
from .space_text import to_text

NO_FRAME_LIMIT = 2**31 - 1  # the emulator's own limit is not used: steps are counted here, from after the no-ops
MAX_SEED = 2**31 - 1


class Native:
    """Several Atari games that step together; see `Environments`.

    Rules are those of `atari.make`, and each episode follows from its seed, but games of one seed differ between the
    two, and running games cannot be saved. Where a game ends inside an agent step, the image holds frames of the
    step before, as ale-py does.

        game        ... last step | ends, and ale-py begins another one that nobody sees
        `step`      ... row       | last row, with the image that ale-py kept
        `reset`                   | begins the game of the given seed

    Args:
      task: atari_GAME.
      count: how many games.
      time_limit: agent steps after which an episode is truncated; 0 = never.
      action_repeat, grayscale, full_actions: see `atari.make`.
      sticky: probability that a frame repeats the last action.
      max_noops: at the start of an episode, at least 1; 0 = none.

    Raises:
      UserError: no task of Atari.
    """

    resumable = False

    def __init__(
        self,
        task: str,
        count: int,
        time_limit: int,
        action_repeat: int,
        grayscale: bool,
        full_actions: bool,
        sticky: float = atari.STICKY_PROBABILITY,
        max_noops: int = atari.MAX_NOOP_FRAMES,
    ) -> None:
        suite, _, game = task.partition('_')
        if suite != 'atari':
            raise UserError(
                f'`envs_parallel` native plays Atari games alone, not `{task}`; allowed are none, process, thread'
            )
        import ale_py.vector_env

        self._games = ale_py.vector_env.AtariVectorEnv(
            atari.game_id(game),
            count,
            frameskip=action_repeat,
            max_num_frames_per_episode=NO_FRAME_LIMIT,
            repeat_action_probability=sticky,
            full_action_space=full_actions,
            grayscale=grayscale,
            img_height=atari.IMAGE_SIZE[0],
            img_width=atari.IMAGE_SIZE[1],
            stack_num=1,
            reward_clipping=False,
            use_fire_reset=False,
            noop_max=max_noops + 1 if max_noops else 0,  # it draws less than that
            autoreset_mode=gymnasium.vector.AutoresetMode.SAME_STEP,
        )
        self._needs_noops, self._time_limit = bool(max_noops), time_limit
        self._steps = np.zeros(count, int)  # of running episodes
        self._begun = False
        image = gymnasium.spaces.Box(0, 255, (*atari.IMAGE_SIZE, 1 if grayscale else 3), np.uint8)
        actions = gymnasium.spaces.Discrete(int(self._games.single_action_space.n))
        self._observer, self._adapter = Observer(image), ActionAdapter(actions)
        self._shape = image.shape
        self.observation, self.action = self._observer.specs, self._adapter.spec
        self.gym_spaces = to_text(image, actions)
        self.notes: Sequence[str] = atari.action_notes(int(actions.n)) if full_actions else []

    def __len__(self) -> int:
        return len(self._steps)

    def reset(self, index: int, seed: int) -> Row:
        """Returns row 0 of a new episode of one game, whose random draws follow from the seed."""
        if not self._begun:  # all at once; each begins anew when its turn comes
            self._games.reset(seed=seed)
            self._begun = True
        mask = np.arange(len(self)) == index
        while True:
            images, info = self._games.reset(seed=np.array([seed]), options={'reset_mask': mask})
            if info['episode_frame_number'][index] or not self._needs_noops:
                break
            seed = (seed + 1) % MAX_SEED  # it drew no no-ops
        self._steps[index] = 0
        return row_of(self._seen(images[index]), 0.0, first=True)

    def step(self, actions: np.ndarray) -> list[Row | Failure]:
        """Returns a row of each game, from actions [N, A]."""
        chosen = np.array([self._adapter.to_env(action) for action in actions])
        images, rewards, terminated, truncated, info = self._games.step(chosen)
        ended = terminated | truncated
        if ended.any():
            images = np.where(ended.reshape(-1, *[1] * (images.ndim - 1)), info['final_obs'], images)
        self._steps += 1
        late = self._steps >= self._time_limit if self._time_limit else np.zeros(len(self), bool)
        return [
            row_of(
                self._seen(images[index]), rewards[index], last=ended[index] or late[index], terminal=terminated[index]
            )
            for index in range(len(self))
        ]

    def get_state(self) -> State:
        """There is nothing to save: running games cannot go on."""
        return {}, {}

    def set_state(self, plain: Any, arrays: dict[str, np.ndarray]) -> None:
        """Raises StateError where games are to go on."""
        if arrays:
            raise StateError('games cannot go on with `envs_parallel` native')

    def close(self) -> None:
        """Ends the games and their threads."""
        self._games.close()

    def _seen(self, image: np.ndarray) -> dict[str, np.ndarray]:
        return self._observer.arrays(image.copy().reshape(self._shape))
