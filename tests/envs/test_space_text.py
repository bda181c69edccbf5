"""Spaces survive as text."""

import gymnasium
import numpy as np
import pytest

from dreamerv2_tf.envs.space_text import from_text, to_text

spaces = gymnasium.spaces
OBSERVATIONS = spaces.Dict(
    {
        'image': spaces.Box(0, 255, (48, 64, 3), np.uint8),
        'angle': spaces.Box(np.array([-1, -np.inf], np.float32), np.array([0.1, np.inf], np.float32)),
        'pair': spaces.Tuple([spaces.Discrete(4, start=-1), spaces.MultiBinary([2, 3])]),
        'choices': spaces.MultiDiscrete([3, 5], dtype=np.int32, start=[1, 0]),
        'none': spaces.Box(-np.inf, np.inf, (0,)),
        'one': spaces.Box(0, 1, (), np.float64),
    }
)
ACTIONS = spaces.Box(-1.5, 2**40, (2,), np.int64)


def test_spaces_come_back_as_they_were():
    assert from_text(to_text(OBSERVATIONS, ACTIONS)) == (OBSERVATIONS, ACTIONS)


def test_what_holds_no_numbers_keeps_its_place():
    pair, _ = from_text(to_text(spaces.Tuple([spaces.Text(9), spaces.Discrete(2)]), ACTIONS))
    assert isinstance(pair[0], spaces.Text) and pair[1] == spaces.Discrete(2)


@pytest.mark.parametrize(
    'text',
    [
        '',
        '[]',
        '[{"Box": [[2], "float32", 0]}, null]',
        '[{"Box": [[100000, 100000], "uint8", 0, 1]}, null]',
        '[{"Discrete": [99999999999, 0]}, null]',
        '[{"Maze": []}, null]',
        '[' * 2000,
    ],
)
def test_other_texts_are_refused(text):
    with pytest.raises(ValueError, match='it describes no spaces'):
        from_text(text)
