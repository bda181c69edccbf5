"""Atari games in ale-py's own vector give the rows of our own games."""

import gymnasium
import numpy as np
import pytest

from dreamerv2_tf import build
from dreamerv2_tf.config.presets import load_config
from dreamerv2_tf.envs import atari
from dreamerv2_tf.envs.native import Native
from dreamerv2_tf.envs.row_env import RowEnv
from dreamerv2_tf.errors import StateError, UserError


def alike(game, steps, seed):
    """Our rows and the vector's for the same actions, without what each draws in its own way: sticking, no-ops."""
    ours = atari.make(game, 4, True, True)
    ours.env = ours.env.env  # without the wrapper that makes actions stick
    ours.noop_max = 0
    env, native = RowEnv(ours), Native(f'atari_{game}', 1, 0, 4, True, True, sticky=0.0, max_noops=0)
    generator = np.random.default_rng(seed)
    pairs = [(env.reset(seed), native.reset(0, seed))]
    for _ in range(steps):
        action = env.action.random(generator)
        pairs.append((env.step(action), native.step(action[None])[0]))
        if pairs[-1][0]['is_last']:
            pairs.append((env.reset(seed), native.reset(0, seed)))
    native.close()
    return pairs


@pytest.mark.parametrize('game', ['pong', 'boxing', 'breakout'])
def test_rows_are_those_of_our_own_games(game):
    pairs = alike(game, 600, seed=3)
    for ours, theirs in pairs:
        for key in ('image', 'reward', 'is_first', 'is_last', 'is_terminal'):
            if key == 'image' and ours['is_last']:
                continue  # where a game ends inside an agent step, ale-py shows frames of the step before
            np.testing.assert_array_equal(ours[key], theirs[key], err_msg=key)
            assert ours[key].dtype == theirs[key].dtype


def test_several_episodes_end_and_begin_without_a_row_of_the_game_in_between():
    native = Native('atari_breakout', 2, 30, 4, True, True)
    first = [native.reset(index, 7) for index in range(2)]
    assert all(row['is_first'] and not row['reward'] for row in first)
    np.testing.assert_array_equal(first[0]['image'], first[1]['image'])  # one seed, one game
    actions = np.tile(np.eye(18, dtype=np.float32)[1], (2, 1))
    for _ in range(30):
        rows = native.step(actions)
    assert [(bool(row['is_last']), bool(row['is_terminal'])) for row in rows] == [(True, False)] * 2  # the time limit
    before = native.step(actions)[1]['image']
    again = native.reset(0, 7)
    np.testing.assert_array_equal(again['image'], first[0]['image'])
    assert not np.array_equal(before, again['image'])
    native.close()


def test_no_ops_are_1_to_30():
    native, counts = Native('atari_pong', 1, 0, 4, True, True), []
    begin = native._games.reset

    def counted(**options):
        images, info = begin(**options)
        counts.append(int(info['episode_frame_number'][0]))
        return images, info

    native._games.reset = counted
    for seed in range(150):
        native.reset(0, seed)
    played = [count for count in counts[1:] if count]  # after the first reset of all games
    assert min(played) == 1 and max(played) == 30 and len(played) == 150
    native.close()


def test_it_has_the_spaces_of_our_own_games():
    config = load_config('atari', task='atari_skiing', envs_parallel='native', envs=2)
    native, env = build.make_envs(config, 'train'), build.env_constructor(config, 'train')()
    assert len(native) == 2 and (native.observation, native.action) == (env.observation, env.action)
    assert (list(native.notes), native.gym_spaces) == (list(env.notes), env.gym_spaces)
    with pytest.raises(StateError, match='games cannot go on'):
        native.set_state(*env.get_state()[:1], {'0/emulator': np.zeros(1)})
    native.close()


def test_colours_are_kept():
    native = Native('atari_pong', 1, 0, 4, False, False)
    assert native.reset(0, 0)['image'].shape == (64, 64, 3) and native.action.size == 6
    native.close()


def test_other_tasks_are_refused():
    with pytest.raises(UserError, match='`envs_parallel` native plays Atari games alone, not `toy_catch`'):
        build.make_envs(load_config('cpu', task='toy_catch', envs_parallel='native'), 'train')


def test_a_game_that_ends_gives_its_last_row_and_then_the_one_that_was_asked_for():
    native = Native('atari_breakout', 1, 0, 4, True, True)
    generator = np.random.default_rng(0)
    native.reset(0, 1)
    rows = [native.step(native.action.random(generator)[None])[0] for _ in range(1)]
    while not rows[-1]['is_last']:
        rows.append(native.step(native.action.random(generator)[None])[0])
    assert rows[-1]['is_terminal'] and not rows[-1]['is_first'] and len(rows) > 50
    fresh = gymnasium.spaces.Box(0, 255, (64, 64, 1), np.uint8)
    assert fresh.contains(rows[-1]['image']) and native.reset(0, 2)['is_first']
    native.close()
