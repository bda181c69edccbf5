"""Catch, played by hand, badly and perfectly."""

import numpy as np
import pytest

from dreamerv2_tf.envs.catch import Catch

from ..fakes import catch_return

LEFT, STAY, RIGHT = 0, 1, 2


class Script:
    """Gives the columns and drifts of balls in order, in place of random numbers."""

    def __init__(self, *numbers):
        self._numbers = list(numbers)

    def integers(self, low, high=None):
        return self._numbers.pop(0)


def scripted(*balls):
    env = Catch()
    env.np_random = Script(*(number for ball in balls for number in ball))
    return env, env.reset()[0]


def cells(image):
    """(row, column) of the ball, column of the paddle or None behind the ball."""
    board = image[::8, ::8, 0]
    np.testing.assert_array_equal(board.repeat(8, 0).repeat(8, 1), image[..., 0])
    ball = tuple(int(i) for i in np.argwhere(board == 255)[0])
    paddle = np.flatnonzero(board[7] == 128)
    assert (board > 0).sum() == 1 + len(paddle)
    return ball, int(paddle[0]) if len(paddle) else None


def test_a_ball_bounces_at_the_left_wall_and_is_caught():
    env, image = scripted((1, -1), (3, 0))
    assert cells(image) == ((0, 1), 4)
    seen = []
    for action in (RIGHT, RIGHT, STAY, STAY, STAY, STAY, STAY):
        image, reward, done, truncated, _ = env.step(action)
        seen.append((cells(image), reward))
        assert not done and not truncated
    assert seen == [
        (((1, 0), 5), 0),
        (((2, 1), 6), 0),
        (((3, 2), 6), 0),
        (((4, 3), 6), 0),
        (((5, 4), 6), 0),
        (((6, 5), 6), 0),
        (((7, 6), None), 1),
    ]


def test_a_ball_bounces_at_the_right_wall_and_is_missed_by_a_cell():
    env, image = scripted((6, 1), (0, 0))
    seen = [cells(env.step(action)[0]) for action in (LEFT, LEFT, LEFT, STAY, STAY, STAY)]
    assert seen == [((1, 7), 3), ((2, 6), 2), ((3, 5), 1), ((4, 4), 1), ((5, 3), 1), ((6, 2), 1)]
    image, reward, _, _, _ = env.step(LEFT)
    assert (cells(image), reward) == (((7, 1), 0), -1)


def test_the_paddle_stops_at_the_walls_and_starts_each_ball_in_the_middle():
    env, _ = scripted((0, 0), (7, 0), (2, 0))
    rewards = [env.step(LEFT)[1] for _ in range(7)]
    assert rewards == [0] * 6 + [1]
    image, *_ = env.step(RIGHT)
    assert cells(image) == ((1, 7), 5)
    rewards = [env.step(RIGHT)[1] for _ in range(6)]
    assert rewards == [0] * 5 + [1]


def test_an_episode_is_ten_balls():
    env, _ = scripted(*[(4, 0)] * 11)
    steps = [env.step(STAY) for _ in range(70)]
    assert [done for _, _, done, _, _ in steps] == [False] * 69 + [True]
    assert sum(reward for _, reward, _, _, _ in steps) == 10


def test_columns_and_drifts_are_uniform():
    env, columns, drifts = Catch(), [], []
    env.reset(seed=0)
    for _ in range(200):
        env.reset()
        first = cells(env._image())[0][1]
        columns.append(first)
        drifts.append(cells(env.step(STAY)[0])[0][1] - first)
    assert set(columns) == set(range(8))
    assert np.bincount(columns).min() > 10
    inside = [drift for column, drift in zip(columns, drifts) if 0 < column < 7]
    assert {drift: inside.count(drift) > 25 for drift in (-1, 0, 1)} == {-1: True, 0: True, 1: True}


@pytest.mark.parametrize('action', [LEFT, STAY, RIGHT])
def test_one_action_alone_plays_badly(action):
    assert catch_return(lambda: action) < -5


def test_random_actions_play_badly():
    generator = np.random.default_rng(0)
    assert catch_return(lambda: generator.integers(3)) < -5


def test_a_player_that_follows_the_ball_catches_all():
    env = Catch()
    for seed in range(20):
        env.reset(seed=seed)
        total, done, before = 0.0, False, None
        action = STAY
        while not done:
            image, reward, done, _, _ = env.step(action)
            total += reward
            (row, column), paddle = cells(image)
            action = STAY
            if before and before[0] == row - 1 and row < 7:
                target = landing(before[1], column, row)
                action = STAY + np.sign(target - paddle) if paddle is not None else STAY
            before = (row, column) if row < 7 else None
        assert total == 10


def landing(before, column, row):
    """Where a ball lands that went from one column to the next."""
    drift = column - before
    for _ in range(7 - row):
        drift = -drift if not 0 <= column + drift < 8 else drift
        column += drift
    return column


def test_one_image_does_not_show_where_a_ball_lands():
    landings = set()
    for column, drift in ((1, 1), (4, 0), (7, -1)):
        env, _ = scripted((column, drift), (0, 0))
        balls = [cells(env.step(STAY)[0])[0] for _ in range(7)]
        assert balls[2] == (3, 4)
        landings.add(balls[6])
    assert landings == {(7, 6), (7, 4), (7, 0)}
