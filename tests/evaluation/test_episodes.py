"""Episodes that are played for a score."""

import functools
import types

import gymnasium
import numpy as np
import pytest

from dreamerv2_tf import build
from dreamerv2_tf.agent.random_policy import RandomPolicy
from dreamerv2_tf.envs.row_env import RowEnv
from dreamerv2_tf.envs.vector import Serial
from dreamerv2_tf.errors import UserError
from dreamerv2_tf.evaluation.episodes import play, policy_of, write_films
from dreamerv2_tf.files import safe_name
from dreamerv2_tf.spec import ActionPart, ActionSpec, Spaces

from .. import fakes, small


class WithCamera(gymnasium.ObservationWrapper):
    """Observes a picture under a name that is no file name."""

    observation_space = gymnasium.spaces.Dict({'camera/front': gymnasium.spaces.Box(0, 255, (32, 32, 3), np.uint8)})

    def observation(self, observation):
        return {'camera/front': np.full((32, 32, 3), 10 * observation[1], np.uint8)}


def test_films_of_any_observation_are_written_under_safe_names(tmp_path):
    envs = Serial([lambda: RowEnv(WithCamera(fakes.Scripted([[1.0, 2.0], [0.0, -1.0]])))])
    policy = RandomPolicy(envs.action, np.random.default_rng(0))
    played = play(envs, policy, 2, seed=0, keep=functools.partial(write_films, tmp_path / 'films'))
    assert [episode['return'] for episode in played] == [3.0, -1.0]
    name = safe_name('camera/front')
    assert sorted(path.name for path in (tmp_path / 'films').iterdir()) == [
        f'{name}-001-return-3.gif',
        f'{name}-002-return--1.gif',
    ]


@pytest.mark.parametrize('sample', [False, True], ids=['mode', 'sample'])
def test_episodes_side_by_side_are_those_that_come_one_after_the_other(sample):
    def played(count):
        config = small.config(task='toy_catch', action_repeat=1, eval_envs=count, eval_eps=6)
        envs, episodes = build.make_envs(config, 'eval'), []
        agent = build.make_agent(config, envs.observation, envs.action)
        play(envs, policy_of('agent', agent, 0, sample), 6, seed=0, keep=lambda _, episode: episodes.append(episode))
        assert len(envs) == count
        return sorted((episode['image'].tobytes(), episode['action'].tobytes()) for episode in episodes)

    alone = played(1)
    assert len(set(alone)) == 6 and played(4) == alone


def test_a_constant_policy_names_a_choice_of_each_part():
    switches = ActionSpec((ActionPart(3, True), ActionPart(2, True)))
    agent = types.SimpleNamespace(spaces=Spaces({}, switches))
    actions, _ = policy_of('constant:2,0', agent, 0, False)({'is_first': np.zeros(2)}, None)
    assert actions.tolist() == [[0, 0, 1, 1, 0]] * 2
    for name in ('constant:2', 'constant:3,0', 'constant:2,0,0', 'constant:a,0', 'constant:'):
        with pytest.raises(UserError, match='or constant:2 numbers with commas, from 0 to 2, 0 to 1. Received'):
            policy_of(name, agent, 0, False)


def test_an_episode_in_which_the_environment_fails_is_neither_counted_nor_joined_with_the_next(caplog):
    envs = Serial([lambda: RowEnv(fakes.Scripted([[1.0, np.nan], [3.0, 4.0]]))])
    policy = RandomPolicy(envs.action, np.random.default_rng(0))
    assert play(envs, policy, 1, seed=0) == [{'return': 7.0, 'length': 2}]
    assert caplog.messages == ['environment 0 gave nan in `reward`; its episode ends there as truncated']
