"""A small game that can be learned in minutes on a laptop: catch falling balls."""

import gymnasium
import numpy as np

PIXELS = 64  # of the square image
BALLS = 10  # of an episode


class Catch(gymnasium.Env):
    """Balls fall one row a step on a square board; a paddle one cell wide moves below.

    A ball starts in a random column of the top row and drifts by -1, 0 or 1 columns a step, drawn once
    per ball and bouncing at the walls, so that one image does not tell where it will land. The paddle
    starts each ball in the middle and moves left, stays or moves right. When the ball reaches the
    bottom row, the reward is 1 for a catch and -1 for a miss. Returns go from -10 to 10.

    Args:
      cells: rows and columns of the board; a divisor of 64.
    """

    def __init__(self, cells=8):
        self._cells = cells
        self.observation_space = gymnasium.spaces.Box(0, 255, (PIXELS, PIXELS, 1), np.uint8)
        self.action_space = gymnasium.spaces.Discrete(3)

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self._balls = 0
        self._new_ball()
        return self._image(), {}

    def step(self, action):
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

    def _new_ball(self):
        self._row, self._column = 0, int(self.np_random.integers(self._cells))
        self._drift = int(self.np_random.integers(-1, 2))
        self._paddle = self._cells // 2

    def _image(self):
        board = np.zeros((self._cells, self._cells), np.uint8)
        board[-1, self._paddle] = 128
        board[self._row, self._column] = 255
        scale = PIXELS // self._cells
        return board.repeat(scale, 0).repeat(scale, 1)[..., None]
