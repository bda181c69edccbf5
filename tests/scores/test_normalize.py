"""The paper's Table 1, and normalised scores by hand."""

import numpy as np
import pytest

from dreamerv2_tf.scores import published
from dreamerv2_tf.scores.normalize import aggregates, normalized, table_1

PRINTED = {  # Table 1: gamer median, gamer mean, record mean, clipped record mean
    'dreamerv2': (2.15, 11.33, 0.44, 0.28),
    'schedules': (2.64, 10.45, 0.43, 0.28),
    'iqn': (1.29, 8.85, 0.21, 0.21),
    'rainbow': (1.47, 9.12, 0.17, 0.17),
    'c51': (1.09, 7.70, 0.15, 0.15),
    'dqn': (0.65, 2.84, 0.12, 0.12),
}


def test_the_24_numbers_of_table_1_come_out():
    assert {method: tuple(round(value, 2) for value in row) for method, row in table_1().items()} == PRINTED


def test_random_play_is_0_and_the_reference_1():
    pong = published.games()['pong']
    assert normalized(-20.7, pong, 'gamer') == 0.0
    assert normalized(14.6, pong, 'gamer') == 1.0
    assert normalized(np.array([21.0, 0.15]), pong, 'record').tolist() == pytest.approx([1.0, 0.5])


def test_seeds_are_averaged_before_games():
    """Pong at the gamer's level is 1, Boxing (0.1 to 12.1) at 24.1 on average is 2, Freeway (0, 29.6) at 0 is 0."""
    found = aggregates({'pong': 14.6, 'boxing': np.array([48.1, 0.1]), 'freeway': [0.0]})
    assert found.gamer_median == pytest.approx(1.0)
    assert found.gamer_mean == pytest.approx(1.0)


def test_each_game_is_clipped_on_its_own():
    pong = published.games()['pong']
    beyond = pong.scores['random'] + 3 * (pong.scores['record'] - pong.scores['random'])
    found = aggregates({'pong': beyond, 'freeway': 0.0})
    assert (found.record_mean, found.clipped_record_mean) == pytest.approx((1.5, 0.5))
