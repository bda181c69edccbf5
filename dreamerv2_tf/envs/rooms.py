"""A small world whose reward is hard to find: rooms in a row, a goal in the last one."""

import json
from typing import Any

import gymnasium
import numpy as np

from ..spec import State

PIXELS = 64  # height and width of the image
CELLS = 8  # of a room in either direction, walls included
STEPS = 200  # after which an episode is truncated
MOVES = ((0, 0), (-1, 0), (1, 0), (0, -1), (0, 1))  # stay, up, down, left, right
FLOOR, WALL, LAMP, GOAL, AGENT = 0, 96, 160, 192, 255  # brightness


class Rooms(gymnasium.Env):
    """An agent walks through rooms that lie side by side and sees the one it is in.

        ################        seen: the room, from above; walls are darker the further right it is,
        #      ##      #        so that rooms can be told apart
        #      ##      #        doors: one cell wide, at the top and at the bottom in turn
        #  A   ##      #        flicker: a lamp in the upper wall is on or off at random at every step; that
        #             G#        can never be predicted, and means nothing
        ########################

    It begins in the middle of the first room. The reward is 1 in the goal, the far corner of the last room, where
    the episode ends; it is 0 elsewhere. After 200 steps an episode is truncated; random walks do not get there before.

    `log_visited` is how many places (cells of rooms) were visited since the environment was made, over all episodes.

    Args:
      rooms: how many.
    """

    resumable = True

    def __init__(self, rooms: int = 6):
        self._rooms = rooms
        self._steps, self._room, self._row, self._column = 0, 0, 0, 0
        self._visited = np.zeros((rooms, CELLS, CELLS), bool)
        image = gymnasium.spaces.Box(0, 255, (PIXELS, PIXELS, 1), np.uint8)
        count = gymnasium.spaces.Box(0, np.inf, (), np.float32)
        self.observation_space = gymnasium.spaces.Dict({'image': image, 'log_visited': count})
        self.action_space = gymnasium.spaces.Discrete(len(MOVES))

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Begins an episode; with a seed, the flicker follows from it."""
        super().reset(seed=seed)
        self._steps, self._room, self._row, self._column = 0, 0, CELLS // 2, CELLS // 2
        return self._observation(), {}

    def step(self, action: int) -> tuple[dict[str, Any], float, bool, bool, dict[str, Any]]:
        """Moves the agent: 0 stay, 1 up, 2 down, 3 left, 4 right; walls stop it."""
        self._steps += 1
        down, right = MOVES[int(action)]
        row, column = self._row + down, self._column + right
        if column in (-1, CELLS):  # through a door
            self._room, self._column = self._room + right, column % CELLS
        elif self._is_free(row, column):
            self._row, self._column = row, column
        at_goal = self._room == self._rooms - 1 and (self._row, self._column) == self._goal
        return self._observation(), float(at_goal), at_goal, not at_goal and self._steps == STEPS, {}

    def get_state(self) -> State:
        """Returns where the agent is, what was visited, and the random state."""
        random = json.dumps(self.np_random.bit_generator.state)
        place = np.array([self._steps, self._room, self._row, self._column])
        return {}, {'place': place, 'visited': self._visited.copy(), 'random': np.array(random)}

    def set_state(self, plain: dict[str, Any], arrays: dict[str, np.ndarray]) -> None:
        """Goes on from a state. Raises KeyError where an array is missing."""
        self.np_random.bit_generator.state = json.loads(str(arrays['random']))
        self._steps, self._room, self._row, self._column = map(int, arrays['place'])
        self._visited[:] = arrays['visited']

    @property
    def _goal(self) -> tuple[int, int]:
        """(row, column) in the last room."""
        return (CELLS - 2 if self._rooms % 2 else 1), CELLS - 2

    def _door(self, wall: int) -> int | None:
        """Returns the row of the door in the wall to the left of a room, counted from 0, or None."""
        return (CELLS - 2 if wall % 2 else 1) if 0 < wall < self._rooms else None

    def _is_free(self, row: int, column: int) -> bool:
        """Whether the agent can be in a cell of its room."""
        if column in (0, CELLS - 1):
            return row == self._door(self._room + (column > 0))
        return 0 < row < CELLS - 1

    def _observation(self) -> dict[str, Any]:
        self._visited[self._room, self._row, self._column] = True
        return {'image': self._image(), 'log_visited': np.float32(self._visited.sum())}

    def _image(self) -> np.ndarray:
        wall = WALL - 12 * self._room
        free = [[self._is_free(row, column) for column in range(CELLS)] for row in range(CELLS)]
        board = np.where(free, FLOOR, wall).astype(np.uint8)
        board[0, CELLS // 2] = LAMP * self.np_random.integers(2)
        if self._room == self._rooms - 1:
            board[self._goal] = GOAL
        board[self._row, self._column] = AGENT
        scale = PIXELS // CELLS
        return board.repeat(scale, 0).repeat(scale, 1)[..., None]
