"""What is wrong with an environment is found and said once."""

import gymnasium
import numpy as np
import pytest

from dreamerv2_tf.env_check.examine import examine

from .. import corridor
from ..corridor import Corridor

spaces = gymnasium.spaces


def problems(env, limited=False, steps=60):
    return examine(env, 'auto', limited, steps=steps).problems


class Seen(Corridor):
    """Shows what a function makes of the cell."""

    def __init__(self, space, show):
        self.observation_space, self._show = space, show

    def seen(self):
        return self._show(self)


class NeverSeeded(Corridor):
    begun = 0

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.begun += 1
        self.place = self.begun % 3
        return self.seen(), {}


class NeverEnds(Corridor):
    def step(self, action):
        observation, reward, *_ = super().step(action)
        return observation, reward, False, False, {}


class NeverResets(Corridor):
    def reset(self, *, seed=None, options=None):
        if not hasattr(self, 'place'):
            return super().reset(seed=seed)
        return self.seen(), {}

    def step(self, action):
        observation, reward, _, truncated, info = super().step(1)
        return observation, reward, self.place >= 8, truncated, info


class EndsWithNumbers(Corridor):
    def step(self, action):
        observation, reward, terminated, truncated, info = super().step(action)
        return observation, reward, int(terminated), truncated, info


class TakesNoSeed(Corridor):
    def reset(self):
        return super().reset()


class BadReward(Corridor):
    def step(self, action):
        observation, _, *rest = super().step(action)
        return observation, np.nan, *rest


BOX = spaces.Box(0, 8, (1,), np.float32)


def test_a_sound_environment_has_no_problem_and_is_described():
    found = examine(Corridor(), 'auto', limited=False, steps=100)
    assert not found.problems and found.steps == 100 and len(found.seconds) == 100
    assert found.observation['vector'].shape == (1,) and found.actions == '2 discrete actions'
    assert found.lengths and all(6 <= length <= 30 for length in found.lengths)
    assert found.returns == [-length for length in found.lengths]


@pytest.mark.parametrize(
    'env, expected',
    [
        (Seen(BOX, lambda env: np.array([env.place], np.float64)), 'the observation is float64 after reset'),
        (Seen(BOX, lambda env: np.array([[env.place]], np.float32)), r'has the shape (1, 1) after reset'),
        (Seen(BOX, lambda env: np.array([-env.steps], np.float32)), 'holds -1 at step 1; its space begins at 0'),
        (Seen(BOX, lambda env: np.array([9 * env.steps], np.float32)), 'holds 9 at step 1; its space ends at 8'),
        (Seen(BOX, lambda env: np.array([np.nan], np.float32)), 'holds nan after reset'),
        (Seen(spaces.Discrete(3), lambda env: env.steps), 'is not in its space, Discrete(3). Received at step 3: 3'),
        (Seen(spaces.Dict(a=BOX), lambda env: {'b': 1}), 'there is no `a` in the observation after reset'),
        (Seen(spaces.Dict(a=BOX), lambda env: {'b': 1}), '`b` is in the observation after reset(), but not in its'),
        (Seen(spaces.Tuple([BOX, BOX]), lambda env: (1,)), 'must be 2 values'),
        (corridor.RewardedByArrays(), 'the reward must be one number. Received: an array of shape (2,) (60 times)'),
        (BadReward(), 'the reward is nan at step 1 (60 times)'),
        (corridor.OldReset(), 'reset() must return (observation, info)'),
        (corridor.OldStep(), 'step() must return (observation, reward, terminated, truncated, info). Received: 4'),
        (gymnasium.wrappers.TimeLimit(corridor.OldStep(), 9), 'Received: 4 values'),
        (corridor.FailsInItsStep(), 'step() raised ValueError: no path ('),
        (corridor.WithGraphs(), 'actions of the kind Graph are not supported'),
        (EndsWithNumbers(), '`terminated` must be True or False. Received at step 1: 0 (60 times)'),
        (TakesNoSeed(), 'reset() takes no `seed`'),
        (NeverSeeded(), 'the same seed and the same actions give another `observation` '),
        (NeverResets(), 'reset() begins no new episode'),
        (NeverEnds(), 'no episode ended in 60 steps, and nothing limits them'),
    ],
    ids=lambda value: value if isinstance(value, str) else '',
)
def test_what_is_wrong_is_named_with_the_step_where_it_was_met(env, expected):
    assert any(expected in problem for problem in problems(env)), problems(env)


def test_it_is_said_how_actions_are_scaled():
    class Pushed(Corridor):
        action_space = spaces.Box(np.array([-2, 0, 0], np.float32), np.array([2, 10, 10], np.float32))

        def step(self, action):
            return super().step(action[0] > 0)

    found = examine(Pushed(), 'auto', limited=False, steps=60)
    assert found.actions == '3 action dimensions, scaled from -1 .. 1 to -2 .. 2, 0 .. 10' and not found.problems


def test_what_is_worth_knowing_is_no_problem():
    found = examine(NeverEnds(), 'auto', limited=True, steps=60)
    assert not found.problems and found.remarks == ['no episode ended in 60 steps of random actions']
    found = examine(corridor.RewardedByArraysOfOne(), 'auto', limited=False, steps=60)
    assert not found.problems and 'array of one number at step 1' in found.remarks[0]
