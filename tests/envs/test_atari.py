"""Atari games, compared with the emulator stepped by hand."""

import ale_py
import ale_py.roms
import cv2
import gymnasium
import numpy as np
import pytest

from dreamerv2_tf.envs import atari
from dreamerv2_tf.envs.registry import make_env
from dreamerv2_tf.errors import StateError, UserError

from .settings import SETTINGS

GAMES = """
    alien amidar assault asterix asteroids atlantis bank_heist battle_zone beam_rider berzerk
    bowling boxing breakout centipede chopper_command crazy_climber demon_attack double_dunk enduro
    fishing_derby freeway frostbite gopher gravitar hero ice_hockey james_bond kangaroo krull
    kung_fu_master montezuma_revenge ms_pacman name_this_game phoenix pitfall pong private_eye qbert
    riverraid road_runner robotank seaquest skiing solaris space_invaders star_gunner tennis
    time_pilot tutankham up_n_down venture video_pinball wizard_of_wor yars_revenge zaxxon
    """.split()


def make(task, **changes):
    return make_env(task, **SETTINGS | {'action_repeat': 4} | changes)


def play(env, actions, seed=0):
    return [env.reset(seed), *(env.step(np.eye(env.action.size)[a]) for a in actions)]


def test_all_games_of_the_paper_exist_in_the_emulator():
    gymnasium.register_envs(ale_py)
    registered = {
        spec.kwargs['game'] for spec in gymnasium.registry.values() if spec.namespace == 'ALE' and spec.version == 5
    }
    assert len(GAMES) == 55
    assert {atari.game_id(game) for game in GAMES} <= registered
    assert len({atari.game_id(game) for game in GAMES}) == 55


@pytest.mark.parametrize('game', ['james_bond', 'up_n_down', 'yars_revenge'])
def test_games_with_unusual_names_are_made(game):
    env = make(f'atari_{game}')
    row = env.reset(0)
    assert row['image'].shape == (64, 64, 1)
    assert row['image'].max() > 0


def test_underscores_in_a_games_name_do_not_matter():
    assert atari.game_id('james_bond') == atari.game_id('jamesbond') == 'jamesbond'
    assert atari.game_id('mspacman') == atari.game_id('ms_pacman') == 'ms_pacman'


def test_all_roms_are_tasks_but_those_for_several_players():
    roms = set(ale_py.roms.get_all_rom_ids())
    gymnasium.register_envs(ale_py)
    registered = {spec.kwargs['game'] for spec in gymnasium.registry.values() if spec.namespace == 'ALE'}
    assert atari.MULTIPLAYER == roms - registered
    for rom in roms - atari.MULTIPLAYER:
        assert atari.game_id(rom) == rom
    for rom in atari.MULTIPLAYER:
        with pytest.raises(UserError, match=f'`atari_{rom}` needs several players'):
            make(f'atari_{rom}')


def test_an_unknown_game_names_the_nearest():
    with pytest.raises(UserError, match='did you mean `atari_pong`'):
        make('atari_pnog')


@pytest.mark.parametrize('full, size', [(True, 18), (False, 6)])
def test_actions_are_all_or_those_of_the_game(full, size):
    action = make('atari_pong', atari_full_actions=full).action
    assert (action.size, action.discrete) == (size, True)


@pytest.mark.parametrize('grayscale, channels', [(True, 1), (False, 3)])
def test_observations_are_small_images(grayscale, channels):
    env = make('atari_pong', atari_grayscale=grayscale)
    image = env.reset(0)['image']
    assert set(env.observation) == {'image'}
    assert env.observation['image'] == ((64, 64, channels), np.uint8)
    assert (image.shape, image.dtype) == ((64, 64, channels), np.uint8)
    if not grayscale:
        assert (image[..., 0] != image[..., 2]).any()


def test_the_emulator_itself_is_not_sticky_and_has_no_time_limit():
    ale = atari.make('pong', 4, True, True).unwrapped.ale
    assert ale.getFloat('repeat_action_probability') == 0
    assert ale.getInt('max_num_frames_per_episode') == 0


def test_sticky_actions_make_the_same_actions_lead_elsewhere():
    first = play(make('atari_pong'), [2] * 20, seed=0)
    frames = {play(make('atari_pong'), [2] * 20, seed)[-1]['image'].tobytes() for seed in (1, 2)}
    assert first[-1]['image'].tobytes() not in frames


def test_a_seed_and_actions_decide_every_row():
    actions = np.random.default_rng(0).integers(18, size=60)
    first, same = (play(make('atari_pong'), actions, seed=5) for _ in range(2))
    other = play(make('atari_pong'), actions, seed=6)
    for a, b in zip(first, same):
        for key in a:
            np.testing.assert_array_equal(a[key], b[key])
    assert any((a['image'] != c['image']).any() for a, c in zip(first, other))


def test_a_second_episode_is_not_the_first_again():
    env = make('atari_pong')
    actions = np.random.default_rng(0).integers(18, size=40)
    first, second = play(env, actions), play(env, actions)
    assert any((a['image'] != b['image']).any() for a, b in zip(first, second))


@pytest.mark.parametrize(
    'game, grayscale, steps, flickers',
    [
        ('space_invaders', True, 150, True),
        ('space_invaders', False, 100, True),
        ('breakout', True, 450, False),
        ('qbert', True, 650, False),
        ('asterix', True, 450, False),
    ],
)
def test_a_step_is_four_frames_seen_through_the_maximum_of_the_last_two(game, grayscale, steps, flickers):
    """Compared with the emulator stepped by hand, also where games end inside a step, and in the next ones."""
    env = make(f'atari_{game}', atari_grayscale=grayscale)
    hand = gymnasium.make(
        f'ALE/{game.title().replace("_", "")}-v5',
        frameskip=1,
        repeat_action_probability=0,
        full_action_space=True,
        max_num_frames_per_episode=0,
    )
    screen = getattr(hand.unwrapped.ale, 'getScreenGrayscale' if grayscale else 'getScreenRGB')

    def seen(frame):
        return cv2.resize(frame, (64, 64), interpolation=cv2.INTER_AREA).reshape(64, 64, -1)

    def begin(seed):
        hand.reset(seed=seed)
        for frame in range(hand.unwrapped.np_random.integers(1, 31)):
            if frame and hand.unwrapped.np_random.uniform() < 0.25:
                hand.unwrapped.np_random.integers(1, 2)  # how often a sticky action is repeated is drawn, too
            hand.step(0)
        return [screen()], 0

    row = env.reset(3)
    frames, last = begin(3)
    np.testing.assert_array_equal(row['image'], seen(frames[-1]))
    total, ended, flickered = 0.0, [], False
    for action in np.random.default_rng(0).integers(18, size=steps):
        row = env.step(np.eye(18)[action])
        reward, terminated, count = 0.0, False, 0
        while count < 4 and not terminated:
            if hand.unwrapped.np_random.uniform() < 0.25:
                hand.unwrapped.np_random.integers(1, 2)
            else:
                last = action
            _, gained, terminated, _, _ = hand.step(last)
            reward += gained
            frames.append(screen())
            count += 1
        np.testing.assert_array_equal(row['image'], seen(np.maximum(*frames[-2:])))
        assert (row['reward'], row['is_terminal']) == (reward, terminated)
        total += reward
        flickered |= (frames[-1] != np.maximum(*frames[-2:])).any()
        if terminated:
            ended.append(count)
            row = env.reset(77)  # not taken: a game that can be saved goes on with its own draws
            frames, last = begin(None)
            np.testing.assert_array_equal(row['image'], seen(frames[-1]))
    assert total, 'rewards are neither clipped nor missing'
    assert flickered or not flickers, 'the maximum differs from the last frame'
    assert steps < 400 or (len(ended) >= 2 and min(ended) < 4), 'two games end, one of them inside a step'


def test_an_episode_begins_with_one_to_thirty_frames_without_action():
    env = atari.make('pong', 4, True, True)
    env.reset(seed=0)
    counts = []
    for _ in range(60):
        env.reset()
        counts.append(env.unwrapped.ale.getEpisodeFrameNumber())
    assert 1 <= min(counts) <= 5
    assert 26 <= max(counts) <= 30


def test_a_lost_life_gives_no_signal():
    env = atari.make('breakout', 4, True, False)
    env.reset(seed=0)
    ale, lost = env.unwrapped.ale, 0
    for action in [1, 2, 3] * 200:
        lives = ale.lives()
        _, _, terminated, truncated, _ = env.step(action)
        if terminated:
            break
        lost += ale.lives() < lives
        assert not truncated
    assert lost


def test_the_time_limit_counts_agent_steps_and_is_not_terminal():
    env = make('atari_pong', time_limit=5)
    for _ in range(2):
        episode = play(env, [0] * 5)
        assert [bool(row['is_first']) for row in episode] == [True] + [False] * 5
        assert [bool(row['is_last']) for row in episode] == [False] * 5 + [True]
        assert not any(row['is_terminal'] for row in episode)


def test_the_end_of_a_game_is_terminal():
    env = make('atari_pong', atari_full_actions=False)
    row, score, steps = env.reset(0), 0.0, 0
    while not row['is_last'] and steps < 2000:
        row = env.step(np.eye(6)[0])
        score += row['reward']
        steps += 1
    assert score == -21
    assert row['is_last'] and row['is_terminal']


def episode_after(env, actions):
    """Rows of these actions; new episodes begin where one ends."""
    rows, ended = [], False
    for action in actions:
        if ended:
            rows.append(env.reset(77))
        rows.append(env.step(np.eye(env.action.size)[action]))
        ended = rows[-1]['is_last']
    return rows


@pytest.mark.parametrize('played', [1, 40, 100, 150])
def test_a_saved_game_goes_on_alike_in_another_environment(played):
    actions = np.random.default_rng(0).integers(18, size=250)
    env, other = (make('atari_pong', time_limit=120) for _ in range(2))
    play(env, [], seed=5)
    episode_after(env, actions[:played])
    other.set_state(*env.get_state())
    for ours, theirs in zip(episode_after(env, actions[played:]), episode_after(other, actions[played:]), strict=True):
        for key, value in ours.items():
            np.testing.assert_array_equal(theirs[key], value, err_msg=key)


@pytest.mark.parametrize(
    'damage, message',
    [({'version': np.array('0.1')}, 'saved by ale-py 0.1'), ({'emulator': np.zeros(14405, np.uint8)}, 'is damaged')],
)
def test_a_saved_game_that_does_not_fit_is_refused_before_the_emulator_sees_it(damage, message):
    env = make('atari_pong')
    play(env, [0])
    plain, arrays = env.get_state()
    with pytest.raises(StateError, match=message):
        make('atari_pong').set_state(plain, arrays | damage)


@pytest.mark.parametrize(
    'damage, message',
    [
        ({'last_action': np.array(10**6)}, 'its last action, 1000000, is none of this game'),
        ({'last_action': np.array('up')}, 'its state cannot be read'),
        ({'random': np.array('{}')}, 'its state cannot be read'),
        ({'random': np.array('{"bit_generator": "MT19937"}')}, 'its state cannot be read'),
        ({'screens': np.zeros((2, 3))}, 'its state cannot be read'),
        ({'time_limit_steps': np.array(-4)}, 'it was saved after -4 steps'),
    ],
)
def test_a_saved_game_with_values_that_no_game_has_is_refused(damage, message):
    env = make('atari_pong', time_limit=5)
    play(env, [0])
    plain, arrays = env.get_state()
    with pytest.raises(StateError, match=message):
        env.set_state(plain, arrays | damage)


@pytest.mark.parametrize('missing', ['emulator', 'time_limit_steps'])
def test_a_saved_game_without_a_part_is_refused_by_name(missing):
    env = make('atari_pong', time_limit=5)
    play(env, [0])
    plain, arrays = env.get_state()
    del arrays[missing]
    with pytest.raises(StateError, match=f"saved without '{missing}'"):
        env.set_state(plain, arrays)


def test_an_environment_that_cannot_be_saved_has_no_state_and_takes_none():
    env = make('toy_catch', action_repeat=1)
    env.reset(0)
    assert env.get_state() == ({}, {})
    with pytest.raises(StateError, match='cannot be saved'):
        env.set_state({}, {'emulator': np.zeros(1)})
