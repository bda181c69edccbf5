"""Rooms, walked through by hand."""

import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env

from dreamerv2_tf.envs.rooms import AGENT, CELLS, GOAL, LAMP, Rooms

STAY, UP, DOWN, LEFT, RIGHT = range(5)


def board(observation):
    return observation['image'][::8, ::8, 0]


def place(observation):
    """(row, column) of the agent below the flicker."""
    return tuple(int(i) + (axis == 0) for axis, i in enumerate(np.argwhere(board(observation)[1:] == AGENT)[0]))


def walk(env, actions):
    for action in actions:
        observation, reward, done, _, _ = env.step(action)
    return observation, reward, done


def way_to_the_goal(rooms):
    """The shortest way: down or up to the door of each room in turn, then through."""
    actions = [DOWN] * 2 + [RIGHT] * 4
    for room in range(1, rooms):
        actions += [RIGHT] + ([UP] if room % 2 else [DOWN]) * (CELLS - 3)
        actions += [RIGHT] * (CELLS - 1 if room < rooms - 1 else CELLS - 3)
    return actions


def test_walls_stop_and_doors_lead_on():
    env = Rooms()
    observation, _ = env.reset(seed=0)
    assert place(observation) == (4, 4)
    observation, _, _ = walk(env, [RIGHT] * 5)
    assert place(observation) == (4, 6)
    observation, _, _ = walk(env, [DOWN] * 5 + [RIGHT])
    assert place(observation) == (6, 7)  # in the door
    observation, _, _ = walk(env, [RIGHT])
    assert place(observation) == (6, 0) and (env.get_state()[1]['place'][1:] == [1, 6, 0]).all()
    observation, _, _ = walk(env, [UP])
    assert place(observation) == (6, 0)  # a door has walls above and below
    observation, _, _ = walk(env, [LEFT])
    assert place(observation) == (6, 7) and env.get_state()[1]['place'][1] == 0


@pytest.mark.parametrize('rooms', [1, 2, 3, 6])
def test_the_goal_is_at_the_end_of_the_last_room_and_gives_the_only_reward(rooms):
    env = Rooms(rooms)
    env.reset(seed=0)
    actions = [DOWN, DOWN, RIGHT, RIGHT] if rooms == 1 else way_to_the_goal(rooms)
    observation, reward, done = walk(env, actions[:-1])
    assert (reward, done) == (0.0, False) and (board(observation)[1:] == GOAL).sum() == 1
    observation, reward, done = walk(env, actions[-1:])
    assert (reward, done) == (1.0, True)


def test_rooms_look_different_and_the_flicker_alone_is_random():
    one, other = Rooms(), Rooms()
    first, second = one.reset(seed=0)[0], other.reset(seed=1)[0]
    lamps = [[int(board(walk(env, [STAY])[0])[0, CELLS // 2]) for _ in range(20)] for env in (one, other)]
    assert {*lamps[0]} == {*lamps[1]} == {0, LAMP} and lamps[0] != lamps[1]
    for image in (board(first), board(second)):
        image[0, CELLS // 2] = 0
    assert (board(first) == board(second)).all()
    beside, _, _ = walk(other, [DOWN] * 2 + [RIGHT] * 4)
    assert board(beside)[7, 3] != board(first)[7, 3]


def test_places_are_counted_once_over_all_episodes():
    env = Rooms()
    counts = [float(env.reset(seed=0)[0]['log_visited'])]
    counts += [float(env.step(action)[0]['log_visited']) for action in (STAY, UP, DOWN, RIGHT)]
    counts.append(float(env.reset()[0]['log_visited']))
    assert counts == [1, 1, 2, 2, 3, 3]


def test_a_random_walk_does_not_find_the_goal_before_the_episode_is_truncated():
    env, rng = Rooms(), np.random.default_rng(0)
    for _ in range(20):
        env.reset(seed=int(rng.integers(1000)))
        steps = [env.step(action)[2:4] for action in rng.integers(5, size=200)]
        assert steps == [(False, False)] * 199 + [(False, True)]


def test_it_goes_on_where_it_was_saved_also_its_flicker():
    env, again = Rooms(), Rooms()
    env.reset(seed=3)
    walk(env, [DOWN] * 2 + [RIGHT] * 4 + [UP])
    again.set_state(*env.get_state())
    for action in (UP, RIGHT, STAY):
        ours, theirs = env.step(action)[0], again.step(action)[0]
        assert (ours['image'] == theirs['image']).all() and ours['log_visited'] == theirs['log_visited']


def test_gymnasium_takes_it():
    check_env(Rooms(), skip_render_check=True)
