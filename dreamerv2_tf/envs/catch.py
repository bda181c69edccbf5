"""A small game that can be learned in minutes on a laptop: catch falling balls."""

from typing import Any

import gymnasium
import numpy as np

PIXELS = 64  # height and width of the image
BALLS = 10  # in an episode


class Catch(gymnasium.Env):
    """Balls fall one row a step on a square board; a paddle one cell wide moves below.

    A ball starts in a random column of the top row and drifts by -1, 0 or 1 columns a step, drawn once
    per ball and bouncing at the walls, so that one image does not tell where it will land. The paddle
    starts each ball in the middle and moves left, stays or moves right. When the ball reaches the
    bottom row, the reward is 1 for a catch and -1 for a miss. Returns go from -10 to 10.

    Args:
      cells: rows and columns of the board; a divisor of 64.
    """

    def __init__(self, cells: int = 8):
        self._cells = cells
        self._row = self._column = self._drift = self._paddle = self._balls = 0
        self.observation_space = gymnasium.spaces.Box(0, 255, (PIXELS, PIXELS, 1), np.uint8)
        self.action_space = gymnasium.spaces.Discrete(3)

    def get_action_meanings(self) -> list[str]:
        """Returns what the actions mean, in the words of ALE."""
        return ['LEFT', 'NOOP', 'RIGHT']

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[np.ndarray, dict[str, Any]]:
        """Begins an episode; with a seed, its balls follow from it."""
        super().reset(seed=seed)
        self._balls = 0
        self._new_ball()
        return self._image(), {}

    def step(self, action: int) -> tuple[np.ndarray, float, bool, bool, dict[str, Any]]:
        """Moves the ball and the paddle: 0 left, 1 stay, 2 right."""
        self._paddle = int(np.clip(self._paddle + int(action) - 1, 0, self._cells - 1))
        self._row += 1
        self._column += self._drift
        if not 0 <= self._column < self._cells:
            self._drift = -self._drift
            self._column += 2 * self._drift
        reward, done = 0.0, False
        image = self._image()
        if self._row == self._cells - 1:
            reward = 1.0 if self._paddle == self._column else -1.0
            self._balls += 1
            done = self._balls == BALLS
            self._new_ball()
        return image, reward, done, False, {}

    def _new_ball(self) -> None:
        self._row, self._column = 0, int(self.np_random.integers(self._cells))
        self._drift = int(self.np_random.integers(-1, 2))
        self._paddle = self._cells // 2

    def _image(self) -> np.ndarray:
        board = np.zeros((self._cells, self._cells), np.uint8)
        board[-1, self._paddle] = 128
        board[self._row, self._column] = 255
        scale = PIXELS // self._cells
        return board.repeat(scale, 0).repeat(scale, 1)[..., None]
