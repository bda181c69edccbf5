"""The real game and the dream go in step, and back."""

import io
import json

import numpy as np
import PIL.Image
import pytest

import dreamerv2_tf as dv2
from dreamerv2_tf.errors import UserError
from dreamerv2_tf.playground.model_steps import ModelSteps
from dreamerv2_tf.playground.saving import save
from dreamerv2_tf.playground.session import Session, _plain
from dreamerv2_tf.replay.store import Store

LEFT, STAY, RIGHT = 0, 1, 2


@pytest.fixture(scope='module')
def steps(catcher):
    return ModelSteps(catcher)


@pytest.fixture
def session(catcher, steps):
    session = Session(catcher, steps, catcher.make_env(), None, seed=0)
    yield session
    session.close()


def now(session):
    return session.shown[-1].numbers


def steps_of(session, count):
    for _ in range(count):
        session.step()


def test_each_step_shows_both_sides_at_one_time(session):
    steps_of(session, 5)
    assert [shown.numbers['time'] for shown in session.shown] == [0, 1, 2, 3, 4, 5]
    assert now(session)['left']['action'] == now(session)['right']['action']  # the same action drives both
    shown = session.shown[-1]
    sizes = [PIL.Image.open(io.BytesIO(file)).size for file in (shown.left, *shown.right, *shown.latents)]
    assert sizes == [(64, 64), (64, 64), (16, 16), (16, 16)]
    json.dumps(now(session))


def test_people_random_actions_and_constants_drive_a_side(session):
    session.drivers['left'] = 'you'
    session.hold(['LEFT'])
    session.step()
    assert now(session)['left']['action'] == LEFT
    session.hold([])
    session.step()
    assert now(session)['left']['action'] == STAY
    session.hold(['RIGHT'])
    session.hold([])  # tapped between two steps
    session.step()
    assert now(session)['left']['action'] == RIGHT
    session.step()
    assert now(session)['left']['action'] == STAY
    session.drivers['right'] = 'constant:2'
    session.step()
    assert (now(session)['left']['action'], now(session)['right']['action']) == (STAY, RIGHT)
    session.drivers['left'] = 'random'
    done = set()
    for _ in range(20):
        session.step()
        done.add(now(session)['left']['action'])
    assert done == {LEFT, STAY, RIGHT}


def test_a_dream_from_here_shows_what_is_real(session):
    session.drivers = {'left': 'constant:0', 'right': 'constant:2'}
    steps_of(session, 4)

    def difference():
        shown = session.shown[-1]
        left, right = (np.asarray(PIL.Image.open(io.BytesIO(file)), int) for file in (shown.left, shown.right[0]))
        return np.abs(left - right).mean()

    apart = difference()
    session.dream_from_here()
    assert difference() < apart / 2
    assert now(session)['time'] == 4 and len(session.shown) == 5


def test_branches_are_many_dreams_that_part(session):
    steps_of(session, 2)
    session.sample = False
    session.branch(9)
    assert len(session.shown[-1].right) == 9 and session.sample
    assert len(set(session.shown[-1].right)) == 1  # they begin in one state
    session.drivers['right'] = 'random'
    steps_of(session, 6)
    assert len(set(session.shown[-1].right)) > 1
    session.branch(1)
    assert len(session.shown[-1].right) == 1


def test_the_way_back_leads_both_sides_to_where_they_were(session):
    steps_of(session, 60)
    before = session.shown[9]
    assert now(session)['time'] == 60
    assert session.back() == 50
    assert now(session)['time'] == 10 and session.shown[-2] is before
    rewards = [shown.numbers['left']['reward'] for shown in session.shown]
    steps_of(session, 60)
    assert now(session)['time'] == 70 and [shown.numbers['left']['reward'] for shown in session.shown][:11] == rewards
    played = session.episode()
    assert len(played['reward']) == 71 and played['is_last'][-1]


def test_the_way_back_ends_where_the_episode_begins(session):
    steps_of(session, 3)
    assert session.back() == 3 and now(session)['time'] == 0 and session.back() == 0
    session.step()
    assert now(session)['time'] == 1


def test_what_is_shown_after_the_way_back_is_what_was_shown_before(session):
    steps_of(session, 8)
    before = session.shown[3].numbers
    for _ in range(5):
        session._marks.popleft()  # only the way to step 5 is known
    session.back()
    assert now(session)['time'] == 5
    session.dream_from_here()
    assert now(session)['left']['action'] == session.shown[5].numbers['left']['action'] != -1
    assert session.shown[3].numbers is before
    changed = now(session)['left']['changed']
    session.branch(2)
    assert now(session)['left']['changed'] == changed  # the real row has not moved


def test_a_game_that_cannot_begin_leaves_what_was_shown(session, monkeypatch):
    steps_of(session, 3)

    def fails(seed):
        raise ValueError('no game today')

    monkeypatch.setattr(session.live._env, 'reset', fails)
    with pytest.raises(ValueError, match='no game today'):
        session.play_live()
    assert now(session)['time'] == 3 and len(session.episode()['reward']) == 4
    episode = dict(dv2.load_episodes('dreamerv2_tf/pretrained/toy_catch_episodes')[0].arrays)
    del episode['reward']
    with pytest.raises(UserError, match='the episode holds no `reward`'):
        session.watch(episode)
    session.step()
    assert now(session)['time'] == 4


def test_a_watched_episode_begins_anew_at_its_end(session):
    session.watch(dv2.load_episodes('dreamerv2_tf/pretrained/toy_catch_episodes')[0])
    steps_of(session, 70)
    assert session.over
    session.step()
    assert session.watching and now(session)['time'] == 0


def test_moves_that_are_tapped_while_it_is_paused_are_kept_once(session):
    session.drivers['left'] = 'you'
    for _ in range(100):
        session.hold(['LEFT'])
        session.hold([])
    assert len(session._tapped) == 1
    session.step()
    assert now(session)['left']['action'] == LEFT and not session._tapped


def test_numbers_that_are_not_finite_are_sent_as_none():
    assert _plain(np.float32('nan')) is None and _plain(np.inf) is None and _plain(1.23456) == 1.235


def test_a_game_that_is_over_begins_anew(session):
    steps_of(session, 70)
    assert now(session)['left']['over']
    session.step()
    assert now(session)['time'] == 0 and not now(session)['left']['over']


def test_an_episode_that_was_played_is_one_of_the_replay(session, catcher, tmp_path):
    with pytest.raises(UserError, match='nothing has been played yet'):
        save(session, 'episode', tmp_path)
    session.drivers['left'] = 'random'
    steps_of(session, 20)
    path = save(session, 'episode', tmp_path)
    with np.load(path, allow_pickle=False) as file:
        assert len(file['reward']) == 21 and file['is_first'][0] and file['is_last'][-1] and not file['is_terminal'][-1]
    episode = dv2.load_episodes(path.parent)[0]
    catcher.check(episode)
    assert len(Store(path.parent).digests) == 1
    session.watch(episode)
    assert session.watching
    steps_of(session, 20)
    assert now(session)['left']['over'] and now(session)['left']['action'] == episode.action[20].argmax()
    with pytest.raises(UserError, match='only a game can be saved as an episode'):
        save(session, 'episode', tmp_path)
    session.play_live()
    assert not session.watching and now(session)['time'] == 0


def test_films_and_strips_are_pictures_that_open(session, tmp_path):
    steps_of(session, 15)
    film = PIL.Image.open(save(session, 'film', tmp_path))
    assert film.n_frames == 16 and film.size == (2 * 128 + 4, 128)
    session.branch(9)
    session.step()
    film = PIL.Image.open(save(session, 'film', tmp_path / 'nine'))
    sizes = []
    for index in range(film.n_frames):
        film.seek(index)
        sizes.append(film.convert('RGB').size)
    assert set(sizes) == {(10 * 128 + 9 * 4, 128)}  # the widest moment
    strip = PIL.Image.open(save(session, 'strip', tmp_path))
    assert strip.size[0] > 12 * 128
    assert sorted(path.suffix for path in tmp_path.glob('*-*')) == ['.gif', '.png']


def test_without_a_game_the_dream_begins_from_an_episode(catcher, steps):
    with pytest.raises(UserError, match='neither the environment of this agent nor an episode'):
        Session(catcher, steps, None, None, seed=0)
    episode = dv2.load_episodes('dreamerv2_tf/pretrained/toy_catch_episodes')[0]
    session = Session(catcher, steps, None, episode, seed=0)
    session.drivers['right'] = 'agent'
    steps_of(session, 5)
    assert session.watching and now(session)['time'] == 5
    session.play_live()
    assert now(session)['time'] == 0
    session.close()


def test_one_seed_is_one_session(catcher, steps):
    shown = []
    for _ in range(2):
        session = Session(catcher, steps, catcher.make_env(), None, seed=3)
        session.drivers['left'] = 'random'
        steps_of(session, 10)
        shown.append(list(session.shown))
        session.close()
    assert shown[0] == shown[1]


def test_modes_are_the_same_twice_whatever_the_seed(catcher, steps):
    right = []
    for seed in range(2):
        episode = dv2.load_episodes('dreamerv2_tf/pretrained/toy_catch_episodes')[0]
        session = Session(catcher, steps, None, episode, seed)
        session.sample = False
        session.watch(episode)
        steps_of(session, 5)
        right.append(session.shown[-1].right)
    assert right[0] == right[1]
