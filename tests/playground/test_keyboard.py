"""What is pressed is what is done."""

import numpy as np
import pytest

from dreamerv2_tf.envs import atari
from dreamerv2_tf.playground.keyboard import Keyboard
from dreamerv2_tf.spec import ActionPart, ActionSpec


@pytest.mark.parametrize(
    'held, action',
    [
        ([], 'NOOP'),
        (['FIRE'], 'FIRE'),
        (['LEFT', 'UP'], 'UPLEFT'),
        (['FIRE', 'RIGHT', 'DOWN'], 'DOWNRIGHTFIRE'),
        (['UP', 'DOWN', 'FIRE'], 'UPFIRE'),  # nobody goes both ways
    ],
)
def test_directions_are_put_together_as_the_joystick_of_atari_does(held, action):
    game = atari.make('krull', 4, True, True)
    keyboard = Keyboard(ActionSpec.choice(18), game.unwrapped.get_action_meanings())
    assert [move.name for move in keyboard.moves] == ['UP', 'DOWN', 'LEFT', 'RIGHT', 'FIRE']
    assert keyboard.names[keyboard.action(held).argmax()] == action


def test_choices_without_meanings_have_a_key_each_and_the_last_one_goes_on():
    keyboard = Keyboard(ActionSpec.choice(2))
    assert [move.key for move in keyboard.moves] == ['Digit1', 'Digit2']
    assert keyboard.action(['action 1']).tolist() == [0, 1]
    assert keyboard.action([]).tolist() == [0, 1]
    assert keyboard.action(['action 1', 'action 0']).tolist() == [1, 0]


def test_numbers_and_parts_have_moves_of_their_own():
    walk, aim = ActionPart(3, True, 'walk'), ActionPart(2, False, 'aim')
    keyboard = Keyboard(ActionSpec((walk, aim)))
    assert [move.name for move in keyboard.moves] == ['walk: 1', 'walk: 2', 'aim 0 -', 'aim 0 +', 'aim 1 -', 'aim 1 +']
    np.testing.assert_array_equal(keyboard.action(['walk: 2', 'aim 1 -']), [0, 0, 1, 0, -1])
    np.testing.assert_array_equal(keyboard.action(['aim 0 -', 'aim 0 +']), [1, 0, 0, 0, 0])


def test_moves_beyond_the_keyboard_have_no_key():
    keyboard = Keyboard(ActionSpec.choice(40))
    assert len({move.key for move in keyboard.moves[:31]}) == 31 and keyboard.moves[-1].key == ''
