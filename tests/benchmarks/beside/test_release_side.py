"""The release's side counts calls and steps as this project's side does."""

import types

import pytest

from dreamerv2_tf.benchmarks.beside import release_side, settings
from dreamerv2_tf.benchmarks.beside.game import Game

from ... import small
from . import fake_release


@pytest.fixture
def release(tmp_path):
    agent, common = types.ModuleType('agent'), types.ModuleType('common')
    exec(fake_release.AGENT, vars(agent))
    exec(fake_release.COMMON, vars(common))
    changes = {'envs': 2, 'prefill': 20, 'train_every': 4, 'train_steps': 3, 'pretrain': 2, 'time_limit': 10}
    defaults = settings.read_defaults(fake_release.write(tmp_path / 'release'))
    config = common.Config(settings.translate(small.config(**changes), defaults))
    games = [Game(config, False, seed) for seed in range(2)]
    return release_side.Release(agent, common, config, games, common.Counter(0), tmp_path)


@pytest.mark.parametrize('case', ['update', 'policy'])
def test_a_turn_is_as_many_calls_as_are_asked_for(case, release):
    turn = release_side.CASES[case](release)
    seconds = turn(calls=4)
    assert len(seconds) == 4 and min(seconds) > 0


def test_a_turn_of_the_loop_is_whole_cycles_of_acting_and_learning(release):
    turn = release_side.loop(release)
    before = int(release.step)
    assert before == 20 + 4 * release_side.UNTIMED_CYCLES
    seconds, frames, updates = turn(seconds=0.01)
    assert seconds >= 0.01 and frames == 4 * (int(release.step) - before) > 0
    assert updates == 3 * (int(release.step) - before) / 4


@pytest.mark.parametrize('full_actions, count', [(True, 18), (False, 6)])
def test_a_game_speaks_the_releases_interface(full_actions, count, release):
    game = Game(release.config, full_actions, seed=0)
    assert game.act_space['action'].shape == (count,) and game.act_space['action'].n == count
    row = game.reset()
    for _ in range(10):
        assert set(row) == set(game.obs_space) and not row['is_last']
        assert game.obs_space['image'].contains(row['image'])
        assert {key: value.dtype for key, value in row.items()} == {key: s.dtype for key, s in game.obs_space.items()}
        row = game.step({'action': game.act_space['action'].low})
    assert row['is_last'] and not row['is_terminal']
