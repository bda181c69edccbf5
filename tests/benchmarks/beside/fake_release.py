"""A folder that is imported like a checkout of the release: few settings, and an agent that counts."""

import textwrap

CONFIGS = """
defaults:
  task: dmc_walker_walk
  seed: 0
  envs: 1
  time_limit: 0
  action_repeat: 1
  atari_grayscale: True
  prefill: 10000
  pretrain: 1
  train_every: 5
  train_steps: 1
  precision: 16
  jit: True
  replay: {capacity: 2e6, ongoing: False, minlen: 50, maxlen: 50, prioritize_ends: True}
  dataset: {batch: 16, length: 50}
  rssm: {deter: 1024, discrete: 32}
  grad_heads: [decoder, reward, discount]
  loss_scales: {kl: 1.0, proprio: 2.0}
  actor_ent: 2e-3
  slow_baseline: True
"""
OLD_NAMES = """
import tensorflow as tf
from tensorflow.keras.mixed_precision import experimental
import gym

print('what the release prints is no answer')
experimental.set_policy('float32')
tf.optimizers.Adam(1e-3, beta_1=0.5)
"""
AGENT = """
import numpy as np
import tensorflow as tf

class Agent:
    def __init__(self, config, obs_space, act_space, step):
        assert set(obs_space) == {'image', 'reward', 'is_first', 'is_last', 'is_terminal'}
        self.config, self.actions = config, act_space['action'].n
        self.sizes = config.dataset.batch, config.dataset.length

    def train(self, rows, state=None):
        assert rows['image'].shape[:2] == self.sizes and rows['action'].shape[2] == self.actions
        return (state or 0) + 1, {'model_loss': tf.constant(1.0)}

    def policy(self, rows, state=None, mode=None):
        assert mode == 'train' and len(rows['reward']) == self.config.envs
        action = np.eye(self.actions, dtype=np.float32)[np.zeros(self.config.envs, int)]
        return {'action': tf.constant(action)}, (state or 0) + 1
"""
COMMON = """
import numpy as np

class Config(dict):
    def __init__(self, tree):
        super().__init__({name: Config(each) if isinstance(each, dict) else each for name, each in tree.items()})

    __getattr__ = dict.__getitem__

class Counter:
    def __init__(self, value):
        self.value = value

    def increment(self):
        self.value += 1

    __int__ = lambda self: self.value

class Every:
    def __init__(self, every):
        self.every = every

    def __call__(self, step):
        return int(step) % self.every == 0

class CarryOverState:
    def __init__(self, function):
        self.function, self.state = function, None

    def __call__(self, *args):
        self.state, metrics = self.function(*args, self.state)
        return metrics

class Replay:
    def __init__(self, folder, capacity, ongoing, minlen, maxlen, prioritize_ends):
        self.rows = []

    def add_step(self, row, worker=0):
        self.rows.append(row)

    def dataset(self, batch, length):
        while True:
            yield {key: np.stack([np.stack([row[key] for row in self.rows[:length]])] * batch) for key in self.rows[0]}

class Driver:
    def __init__(self, envs):
        self.envs, self.calls, self.resets = envs, [], []
        self.reset()

    def on_step(self, call):
        self.calls.append(call)

    def on_reset(self, call):
        self.resets.append(call)

    def reset(self):
        self.rows, self.state = [None] * len(self.envs), None

    def __call__(self, policy, steps=0, episodes=0):
        step = episode = 0
        while step < steps or episode < episodes:
            for index, row in enumerate(self.rows):
                if row is None or row['is_last']:
                    self.rows[index] = self.envs[index].reset()
                    first = {**self.rows[index], 'action': np.zeros(self.envs[index].act_space['action'].shape)}
                    [call(first, index) for call in self.resets]
            batch = {key: np.stack([row[key] for row in self.rows]) for key in self.rows[0]}
            outputs, self.state = policy(batch, self.state)
            actions = np.array(outputs['action'])
            for index, env in enumerate(self.envs):
                self.rows[index] = {**env.step({'action': actions[index]})}
                [call({**self.rows[index], 'action': actions[index]}, index) for call in self.calls]
                step, episode = step + 1, episode + bool(self.rows[index]['is_last'])
"""


def write(folder):
    """Makes the files; returns the folder."""
    (folder / 'common').mkdir(parents=True)
    (folder / 'configs.yaml').write_text(textwrap.dedent(CONFIGS))
    (folder / 'agent.py').write_text(OLD_NAMES + AGENT)
    (folder / 'common' / '__init__.py').write_text(COMMON)
    return folder
