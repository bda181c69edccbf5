"""A whole agent with tiny layers, and random experience for it."""

import pathlib

import numpy as np

from dreamerv2_tf import build
from dreamerv2_tf.agent.random_policy import RandomPolicy
from dreamerv2_tf.collect.whole_episodes import play_whole_episodes
from dreamerv2_tf.config import flags
from dreamerv2_tf.evaluation.restore import RestoredAgent
from dreamerv2_tf.inspection.saved_agent import SavedAgent
from dreamerv2_tf.learning.checkpoint import Checkpoints
from dreamerv2_tf.learning.checkpoint_format import Contents
from dreamerv2_tf.replay import archive
from dreamerv2_tf.replay.episode_file import digest, filename
from dreamerv2_tf.replay.open_episode import OpenEpisode
from dreamerv2_tf.spec import ActionPart, ActionSpec, Spec

B, T, A = 3, 6, 4
SIZES = {
    'rssm.deter': 12,
    'rssm.hidden': 16,
    'rssm.stoch': 4,
    'rssm.discrete': 5,
    'encoder.cnn_depth': 2,
    'decoder.cnn_depth': 2,
    '.*_layers': '16,16',
    '.*(head|actor|critic).layers': 2,
    '.*(head|actor|critic).units': 16,
    'imag_horizon': 5,
    'dataset.batch': B,
    'dataset.length': T,
    'policy_jit': False,  # compiling takes a second or two, see test_policy
}


def config(**changes):
    """The atari preset with tiny layers; `__` in a name stands for a dot."""
    changes = SIZES | {key.replace('__', '.'): value for key, value in changes.items()}
    argv = [f'--{key}={value}' for key, value in changes.items()]
    return flags.parse(['--configs', 'atari', *argv])[0]


def agent(discrete=True, precision='float32', jit_compile=False, observation=None, action=None, **changes):
    observation = observation or {'image': Spec((64, 64, 1), np.dtype(np.uint8))}
    action = action or ActionSpec((ActionPart(A, discrete),))
    return build.make_agent(config(**changes), observation, action, precision, jit_compile)


def variables(agent):
    """{name: variable} of everything that its next update depends on."""
    return {f'{name}/{key}': v for name, part in agent.learned.items() for key, v in part.variables.items()}


def rows(seed=0, discrete=True):
    """A random batch of experience, with an episode that ends in the middle."""
    rng = np.random.default_rng(seed)
    is_first, is_terminal = np.zeros((B, T), bool), np.zeros((B, T), bool)
    is_first[:, 0] = is_first[1, 3] = is_terminal[1, 2] = True
    action = (
        np.eye(A, dtype=np.float32)[rng.integers(A, size=(B, T))]
        if discrete
        else rng.uniform(-1, 1, (B, T, A)).astype(np.float32)
    )
    return {
        'image': rng.integers(0, 256, (B, T, 64, 64, 1)).astype(np.uint8),
        'reward': rng.normal(size=(B, T)).astype(np.float32),
        'action': action,
        'is_first': is_first,
        'is_last': is_terminal,
        'is_terminal': is_terminal,
    }


def loaded(discrete=True, precision='float32', observation=None, **changes):
    """A `SavedAgent` that has learned nothing."""
    made = agent(discrete, precision, observation=observation, **changes)
    return SavedAgent(RestoredAgent(config(**changes), made, pathlib.Path('small.npz'), 0))


def episode(steps, seed=0):
    """A random episode {key: [steps+1, ...]} that ends by itself."""
    rng, row = np.random.default_rng(seed), np.arange(steps + 1)
    action = np.eye(A, dtype=np.float32)[rng.integers(A, size=steps + 1)]
    return {
        'image': rng.integers(0, 256, (steps + 1, 64, 64, 1)).astype(np.uint8),
        'reward': rng.normal(size=steps + 1).astype(np.float32),
        'action': action * (row > 0)[:, None],
        'is_first': row == 0,
        'is_last': row == steps,
        'is_terminal': row == steps,
    }


def save(logdir, config, steps, best=False):
    """A checkpoint of an agent that has learned nothing, the best so far or not."""
    env = build.env_constructor(config, 'eval')()
    made = build.make_agent(config, env.observation, env.action)
    states = {name: part.get_state() for name, part in made.learned.items()} | {'run': ({'steps': steps}, {})}
    arrays = Contents(config.to_yaml(), made.spaces.to_json(), states).to_arrays()
    checkpoints = Checkpoints(logdir / 'checkpoints')
    checkpoints.save(steps, arrays)
    if best:
        checkpoints.save_best(steps, arrays)


def catch_episode(folder, stamp='20260101T000000', seed=0):
    """Writes an episode of `toy_catch` with random actions; its path."""
    envs, running = build.make_envs(config(task='toy_catch', action_repeat=1), 'eval'), OpenEpisode('')
    policy = RandomPolicy(envs.action, np.random.default_rng(seed))
    play_whole_episodes(envs, policy, 1, lambda row, index: running.add(row), lambda index: seed)
    path = folder / filename(stamp, digest(seed, 0, 0), running.rows - 1)
    folder.mkdir(parents=True, exist_ok=True)
    archive.write(path, running.arrays())
    return path
