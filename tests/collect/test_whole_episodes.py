import numpy as np
import pytest

from dreamerv2_tf.collect.whole_episodes import play_whole_episodes
from dreamerv2_tf.spec import MOMENT, ActionSpec


class Lengths:
    """Environments whose episodes have a fixed number of steps each."""

    action = ActionSpec.choice(2)

    def __init__(self, *lengths):
        self._lengths, self._steps = lengths, [0] * len(lengths)

    def __len__(self):
        return len(self._lengths)

    def reset(self, index, seed):
        self._steps[index] = 0
        return self._row(index, first=True)

    def step(self, actions):
        self._steps = [steps + 1 for steps in self._steps]
        return [self._row(i) for i in range(len(self))]

    def _row(self, index, first=False):
        return {'is_first': first, 'is_last': self._steps[index] == self._lengths[index]}


def policy(rows, state):
    return np.zeros((len(rows['is_first']), 2)), None


def test_episodes_are_numbered_and_the_policy_is_told_which_moment_of_which_one_it_sees():
    seen = []

    def watching(rows, state):
        seen.append(rows[MOMENT].tolist())
        return policy(rows, state)

    play_whole_episodes(Lengths(2, 3), watching, 3, lambda row, index: None, lambda number: 100 + number)
    assert seen == [[[100, 0], [101, 0]], [[100, 1], [101, 1]], [[102, 0], [101, 2]], [[102, 1], [103, 0]]]


@pytest.mark.parametrize('episodes, shares', [(1, [1, 0, 0]), (3, [1, 1, 1]), (5, [2, 2, 1])])
def test_whole_episodes_are_shared_evenly_so_that_short_ones_are_not_favoured(episodes, shares):
    rows = []
    play_whole_episodes(
        Lengths(2, 3, 7), policy, episodes, lambda row, index: rows.append((index, row)), lambda index: 0
    )
    played = [sum(row['is_last'] for i, row in rows if i == index) for index in range(3)]
    assert played == shares
    counts = [sum(1 for i, _ in rows if i == index) for index in range(3)]
    assert counts == [share * (length + 1) for share, length in zip(shares, (2, 3, 7))]
