"""An environment as a user may have one, and versions of it that are wrong."""

import gymnasium
import numpy as np

spaces = gymnasium.spaces


class Corridor(gymnasium.Env):
    """A walk to the right end of some cells; each step costs 1. Observes the cell."""

    observation_space = spaces.Box(0, 8, (1,), np.float32)
    action_space = spaces.Discrete(2)
    limit = 12

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.place, self.steps = int(self.np_random.integers(3)), 0
        return self.seen(), {}

    def step(self, action):
        self.place = max(0, self.place + (1 if action else -1))
        self.steps += 1
        return self.seen(), -1.0, self.place == 8, self.steps == self.limit, {}

    def seen(self):
        return np.array([self.place], np.float32)


class RewardedByArrays(Corridor):
    def step(self, action):
        return self.seen(), np.array([1.0, 2.0]), False, True, {}


class RewardedByArraysOfOne(Corridor):
    def step(self, action):
        observation, reward, *rest = super().step(action)
        return observation, np.array([reward]), *rest


class OldReset(Corridor):
    def reset(self, *, seed=None, options=None):
        return super().reset(seed=seed)[0]


class OldStep(Corridor):
    def step(self, action):
        observation, reward, terminated, truncated, info = super().step(action)
        return observation, reward, terminated or truncated, info


class WithoutSpaces(gymnasium.Env):
    pass


class WithGraphs(Corridor):
    action_space = spaces.Graph(spaces.Discrete(2), None)


class FailsWhenMade(Corridor):
    def __init__(self):
        raise KeyError('no licence')


class FailsInItsStep(Corridor):
    def step(self, action):
        raise ValueError('no path')


def no_env():
    return 'corridor'
