"""An environment with unusual spaces: its agent acts, learns, dreams, and is filmed."""

import pathlib

import gymnasium
import numpy as np
import pytest
import tensorflow as tf
from gymnasium import spaces

from dreamerv2_tf import build
from dreamerv2_tf.collect.whole_episodes import play_whole_episodes
from dreamerv2_tf.envs.row_env import RowEnv
from dreamerv2_tf.envs.vector import Serial
from dreamerv2_tf.evaluation.restore import RestoredAgent
from dreamerv2_tf.files import safe_name
from dreamerv2_tf.inspection import dream_files
from dreamerv2_tf.inspection.saved_agent import SavedAgent
from dreamerv2_tf.replay.open_episode import OpenEpisode

from . import small

FRONT, KEYS = 'cam/front left.rgba', {'encoder__cnn_keys': '.*', 'decoder__cnn_keys': '.*', 'expl_noise': 0.2}
STEPS, SEED = 9, tf.constant([1, 2])


class Unusual(gymnasium.Env):
    """Ends after `STEPS` steps; refuses actions that its space does not contain."""

    observation_space = spaces.Dict(
        {
            FRONT: spaces.Box(0, 255, (36, 48, 4), np.uint8),
            'depth': spaces.Box(0, 1, (64, 40)),
            'dice': spaces.MultiDiscrete([2, 3]),
            'speed': spaces.Box(-np.inf, np.inf, (), np.float64),
            'mission': spaces.Text(9),
        }
    )
    action_space = spaces.Dict(
        {
            'legs': spaces.MultiDiscrete([3, 2], start=[0, 4]),
            'arm': spaces.Tuple((spaces.Box(0, np.inf, (2,), np.float64), spaces.MultiBinary(2))),
        }
    )

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.observation_space.seed(seed)
        self._steps = 0
        return self.observation_space.sample(), {}

    def step(self, action):
        assert self.action_space.contains(action), action
        self._steps += 1
        return self.observation_space.sample(), float(action['legs'][0]), self._steps == STEPS, False, {}


@pytest.fixture(scope='module')
def agent():
    config, env = small.config(encoder__mlp_keys='.*', decoder__mlp_keys='.*', **KEYS), RowEnv(Unusual())
    made = build.make_agent(config, env.observation, env.action)
    return SavedAgent(RestoredAgent(config, made, pathlib.Path('unusual.npz'), 0)), made


def played(policy):
    """An episode {key: [L+1, ...]} of a policy."""
    running = OpenEpisode('')
    play_whole_episodes(Serial([lambda: RowEnv(Unusual())]), policy, 1, lambda row, _: running.add(row), lambda _: 0)
    return running.arrays()


def test_every_policy_acts_in_it_and_the_world_model_learns_from_what_they_did(agent):
    _, made = agent
    episodes = [played(policy) for policy in (made.train_policy, made.eval_policy, made.collectors.prefill.policy)]
    batch = {key: np.stack([one[key][: small.T] for one in episodes]) for key in episodes[0]}
    metrics = made.world_model.loss({key: tf.constant(value) for key, value in batch.items()}, SEED).metrics
    assert {f'{key}_loss' for key in (FRONT, 'depth', 'dice', 'speed')} <= set(metrics)
    assert all(np.isfinite(value) for value in metrics.values())


def test_it_dreams_of_images_of_both_sizes_and_writes_their_films(agent, tmp_path):
    saved, made = agent
    dream = saved.dream(played(made.train_policy), horizon=3, samples=2)
    assert dream.reconstruction[FRONT].shape[1:] == (36, 48, 4) and dream.truth['depth'].shape[1:] == (64, 40, 1)
    assert saved.film_keys == [FRONT, 'depth']
    drawings = dream_files.drawings(dream, saved.film_keys)
    for name in (f'imagined_{safe_name(FRONT)}.gif', f'imagined_{safe_name(FRONT)}.png', 'open_loop_depth.gif'):
        dream_files.write_drawing(tmp_path / name, drawings[name])
        assert (tmp_path / name).stat().st_size > 1000
