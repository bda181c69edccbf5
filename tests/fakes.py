"""Small stand-ins for environments, and experience whose numbers can be read off."""

import gymnasium
import numpy as np

from dreamerv2_tf.envs.catch import Catch


class Scripted(gymnasium.Env):
    """Plays episodes from a script, each a list of rewards, again and again.

    Observes [episode, step]; `taken` and `seeds` keep what it was given.
    """

    def __init__(self, episodes, truncates=False):
        self._episodes, self._truncates = episodes, truncates
        self._episode = -1
        self.taken, self.seeds = [], []
        self.observation_space = gymnasium.spaces.Box(0, 100, (2,), np.float64)
        self.action_space = gymnasium.spaces.Discrete(3)

    def reset(self, *, seed=None, options=None):
        self.seeds.append(seed)
        self._episode += 1
        self._step = 0
        return self._observation(), {}

    def step(self, action):
        rewards = self._episodes[self._episode % len(self._episodes)]
        reward = rewards[self._step]
        self.taken.append(action)
        self._step += 1
        done = self._step == len(rewards)
        return (self._observation(), reward, done and not self._truncates, done and self._truncates, {})

    def _observation(self):
        return np.array([self._episode, self._step], np.float64)


class Showing(gymnasium.Env):
    """Shows given observations in turn; `taken` keeps the actions."""

    def __init__(self, space, observations, actions=None):
        self.observation_space, self.action_space = space, actions or gymnasium.spaces.Discrete(2)
        self._observations = list(observations)
        self.taken = []

    def reset(self, *, seed=None, options=None):
        return self._observations[0], {}

    def step(self, action):
        self.taken.append(action)
        return self._observations[len(self.taken)], 0.0, False, False, {}


class Sink:
    """Keeps what is written."""

    def __init__(self):
        self.written = []

    def write(self, step, numbers):
        self.written.append((step, numbers))


def rows(steps, start=0, last=True, terminal=True):
    """Rows of an episode; the value of row t is start + t, its reward t."""
    return [
        {
            'vector': np.array([start + t], np.float32),
            'action': np.eye(2, dtype=np.float32)[t % 2] if t else np.zeros(2, np.float32),
            'reward': np.float32(t),
            'is_first': np.bool_(t == 0),
            'is_last': np.bool_(last and t == steps),
            'is_terminal': np.bool_(last and terminal and t == steps),
        }
        for t in range(steps + 1)
    ]


def episode(steps, start=0, terminal=True):
    """The same as arrays {key: [L+1, ...]}."""
    made = rows(steps, start, terminal=terminal)
    return {key: np.stack([row[key] for row in made]) for key in made[0]}


def catch_return(policy, episodes=200):
    """Mean return of `Catch` for a function that gives actions without looking."""
    env, total = Catch(), 0.0
    for number in range(episodes):
        env.reset(seed=number)
        done = False
        while not done:
            _, reward, done, _, _ = env.step(policy())
            total += reward
    return total / episodes
