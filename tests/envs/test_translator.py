"""Observations and actions of one environment, or of several at once."""

import gymnasium
import numpy as np
import pytest

from dreamerv2_tf.envs.translator import Translator, batch_of_rows
from dreamerv2_tf.errors import UserError
from dreamerv2_tf.spec import Spec

spaces = gymnasium.spaces
DICT = spaces.Dict({'mode': spaces.Discrete(3), 'place': spaces.Box(-1, 1, (2,)), 'story': spaces.Text(5)})
ACTIONS = spaces.Dict({'aim': spaces.Box(0, 10, (1,)), 'walk': spaces.Discrete(2, start=5)})
SPECS = {'place': Spec((2,), np.dtype(np.float32)), 'image': Spec((4, 4, 1), np.dtype(np.uint8))}


def test_one_observation_and_a_batch_of_it_are_told_apart():
    translator = Translator(DICT, ACTIONS, 'auto')
    one = {'mode': 1, 'place': np.array([0.5, -1], np.float32), 'story': 'x'}
    rows, single = translator.observed(one)
    assert single and rows['mode'].tolist() == [[0, 1, 0]] and rows['place'].tolist() == [[0.5, -1]]
    batch = {'mode': np.array([1, 2]), 'place': np.array([[0.5, -1], [0, 0]], np.float32), 'story': ('x', 'y')}
    rows, single = translator.observed(batch)
    assert not single and rows['mode'].tolist() == [[0, 1, 0], [0, 0, 1]] and rows['place'].shape == (2, 2)


def test_actions_come_as_the_environment_takes_them_and_as_vector_environments_do():
    translator = Translator(DICT, ACTIONS, 'auto')
    vectors = np.array([[0, 0, 1], [1, 1, 0]], np.float32)
    one = translator.actions(vectors, single=True)
    assert ACTIONS.contains(one) and (one['aim'].tolist(), one['walk']) == ([5], 6)
    both = translator.actions(vectors, single=False)
    assert (both['aim'].tolist(), both['walk'].tolist()) == ([[5], [10]], [6, 5])


def test_tuples_of_observations_are_batched_part_by_part():
    translator = Translator(spaces.Tuple([spaces.Discrete(2), spaces.Box(0, 1, (3,))]), spaces.Discrete(2), 'auto')
    assert translator.observed((1, np.zeros(3)))[1]
    rows, single = translator.observed((np.array([1, 0]), np.zeros((2, 3))))
    assert not single and rows['0'].tolist() == [[0, 1], [1, 0]]


@pytest.mark.parametrize(
    'observation, message',
    [
        ({'mode': 1, 'place': np.zeros(3)}, r'`place` .* its shape must be \(2,\). Received: \(3,\)'),
        ({'mode': 1, 'place': np.array([0, np.nan])}, '`place` must be finite. Received: nan'),
        ({'mode': 3, 'place': np.zeros(2)}, '`mode` does not fit its space'),
        ({'mode': 1}, "`place` .* there is no 'place' in it"),
        (np.zeros(2), 'there is no'),
        ({'mode': [1, 2], 'place': np.array([[0, 0], [0, np.inf]])}, '`place` must be finite'),
    ],
)
def test_an_observation_that_does_not_fit_names_its_key(observation, message):
    with pytest.raises(UserError, match=message):
        Translator(DICT, ACTIONS, 'auto').observed(observation)


def test_rows_are_one_or_several():
    one = {'place': [0.0, 1.0], 'image': np.zeros((4, 4, 1), np.uint8), 'is_first': True, 'reward': 3}
    rows, single = batch_of_rows(one, SPECS)
    assert single and rows['place'].shape == (1, 2) and rows['is_first'].tolist() == [True] and 'reward' not in rows
    rows, single = batch_of_rows({'place': np.zeros((5, 2)), 'image': np.zeros((5, 4, 4, 1), np.uint8)}, SPECS)
    assert not single and rows['is_first'].tolist() == [False] * 5


@pytest.mark.parametrize(
    'change, message',
    [
        ({'place': np.zeros(3)}, r'`place` must be \(2,\), or \[N, ...\] of that. Received: \(3,\)'),
        ({'place': np.zeros((5, 2))}, r'`image` must be \(4, 4, 1\)'),
        ({'image': np.zeros((4, 4, 1))}, '`image` must be uint8. Received: float64'),
        ({'place': [0, np.nan]}, '`place` must be finite. Received: nan'),
    ],
)
def test_rows_that_do_not_fit_name_their_key(change, message):
    with pytest.raises(UserError, match=message):
        batch_of_rows({'place': np.zeros(2), 'image': np.zeros((4, 4, 1), np.uint8)} | change, SPECS)
