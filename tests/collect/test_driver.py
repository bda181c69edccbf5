"""Actions, rows and environments stay aligned."""

import numpy as np

from dreamerv2_tf.agent.random_policy import RandomPolicy
from dreamerv2_tf.collect.driver import Driver
from dreamerv2_tf.envs.row_env import RowEnv
from dreamerv2_tf.envs.vector import Serial
from dreamerv2_tf.spec import ActionSpec

from ..fakes import Scripted


class Recording(Driver):
    """A driver that writes all rows on a tape."""

    def __init__(self, envs, seeds, tape):
        super().__init__(envs, seeds)
        self._tape = tape

    def step(self, policy):
        return super().step(policy, lambda row, index: self._tape.append((index, row)))


class Counting:
    """Takes actions 0, 1, 2, 0, ... in environment 0, one more in 1; its state counts the calls."""

    def __init__(self):
        self.seen = []

    def __call__(self, batch, state):
        self.seen.append((batch, state))
        calls = state or 0
        return np.eye(3)[[(calls + i) % 3 for i in range(len(batch['reward']))]], calls + 1


def make(*scripts):
    """(driver, tape of all rows, policy, environments)."""
    inner = [Scripted(script) for script in scripts]
    envs = Serial([lambda env=env: RowEnv(env) for env in inner])
    tape = []
    driver = Recording(envs, lambda index: 7 + index, tape)
    return driver, tape, Counting(), inner


def summary(tape):
    """(environment, [episode, step], index of the action or None, reward, flags) of each row."""
    return [
        (
            index,
            row['vector'].tolist(),
            int(row['action'].argmax()) if row['action'].any() else None,
            float(row['reward']),
            'F' * bool(row['is_first']) + 'L' * bool(row['is_last']),
        )
        for index, row in tape
    ]


def test_a_row_holds_the_action_that_led_to_it():
    driver, tape, policy, (inner,) = make([[10, 20, 30], [40]])
    ended = [driver.step(policy) for _ in range(5)]
    assert summary(tape) == [
        (0, [0, 0], None, 0, 'F'),
        (0, [0, 1], 0, 10, ''),
        (0, [0, 2], 1, 20, ''),
        (0, [0, 3], 2, 30, 'L'),
        (0, [1, 0], None, 0, 'F'),
        (0, [1, 1], 0, 40, 'L'),
        (0, [2, 0], None, 0, 'F'),
        (0, [2, 1], 1, 10, ''),
    ]
    assert inner.taken == [0, 1, 2, 0, 1]
    assert ended == [0, 0, 1, 1, 0]


def test_environments_with_episodes_of_different_length_go_on_side_by_side():
    driver, tape, policy, (first, second) = make([[1, 2]], [[3, 4, 5]])
    ended = [driver.step(policy) for _ in range(6)]
    assert ended == [0, 1, 1, 1, 0, 2]
    assert [row for row in summary(tape) if row[0] == 0][:5] == [
        (0, [0, 0], None, 0, 'F'),
        (0, [0, 1], 0, 1, ''),
        (0, [0, 2], 1, 2, 'L'),
        (0, [1, 0], None, 0, 'F'),
        (0, [1, 1], 2, 1, ''),
    ]
    assert [row for row in summary(tape) if row[0] == 1][:6] == [
        (1, [0, 0], None, 0, 'F'),
        (1, [0, 1], 1, 3, ''),
        (1, [0, 2], 2, 4, ''),
        (1, [0, 3], 0, 5, 'L'),
        (1, [1, 0], None, 0, 'F'),
        (1, [1, 1], 1, 3, ''),
    ]
    assert first.taken == [0, 1, 2, 0, 1, 2]
    assert second.taken == [1, 2, 0, 1, 2, 0]


def test_the_policy_sees_the_newest_row_of_every_environment_and_its_own_state():
    driver, _, policy, _ = make([[1, 2]], [[3, 4, 5]])
    for _ in range(4):
        driver.step(policy)
    batches, states = zip(*policy.seen)
    assert [batch['vector'].tolist() for batch in batches] == [
        [[0, 0], [0, 0]],
        [[0, 1], [0, 1]],
        [[1, 0], [0, 2]],
        [[1, 1], [1, 0]],
    ]
    assert [batch['is_first'].tolist() for batch in batches] == [
        [True, True],
        [False, False],
        [True, False],
        [False, True],
    ]
    assert states == (None, 1, 2, 3)


def test_actions_are_recorded_as_float32_vectors():
    driver, tape, policy, _ = make([[1, 2]])
    driver.step(policy)
    kinds = [(row['action'].shape, row['action'].dtype) for _, row in tape]
    assert kinds == [((3,), np.float32)] * 2


def test_a_restart_begins_new_episodes_and_forgets_the_state_of_the_policy():
    driver, tape, policy, _ = make([[1] * 9], [[1] * 9])
    driver.step(policy)
    driver.step(policy)
    del tape[:]
    driver.restart()
    assert tape == []
    driver.step(policy)
    assert summary(tape) == [
        (0, [1, 0], None, 0, 'F'),
        (1, [1, 0], None, 0, 'F'),
        (0, [1, 1], 0, 1, ''),
        (1, [1, 1], 1, 1, ''),
    ]
    assert [state for _, state in policy.seen] == [None, 1, None]


def test_random_discrete_actions_are_one_hot_and_uniform():
    policy = RandomPolicy(ActionSpec.choice(4), np.random.default_rng(0))
    actions, state = policy({'is_first': np.zeros(4000)}, None)
    assert (actions.shape, actions.dtype, state) == ((4000, 4), np.float32, None)
    np.testing.assert_array_equal(np.sort(actions, 1), np.tile([0, 0, 0, 1], (4000, 1)))
    assert (abs(actions.sum(0) - 1000) < 120).all()


def test_random_continuous_actions_are_uniform_between_minus_one_and_one():
    policy = RandomPolicy(ActionSpec.numbers(3), np.random.default_rng(0))
    actions, _ = policy({'is_first': np.zeros(4000)}, None)
    assert (actions.shape, actions.dtype) == ((4000, 3), np.float32)
    assert -1 <= actions.min() < -0.99 and 0.99 < actions.max() <= 1
    quarters = np.histogram(actions, bins=4, range=(-1, 1))[0]
    assert (abs(quarters - 3000) < 200).all()


def test_random_actions_follow_from_the_generator():
    batch = {'is_first': np.zeros(5)}
    first, same, other = (
        RandomPolicy(ActionSpec.numbers(3), np.random.default_rng(seed))(batch, None)[0] for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(first, same)
    assert (first != other).any()
