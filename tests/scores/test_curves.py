"""Reading a published curve at any number of frames."""

import numpy as np
import pytest

from dreamerv2_tf.scores.curves import Curve


@pytest.fixture
def curve():
    return Curve(
        'atari_pong',
        'dreamerv2',
        *np.array(
            [[1e6, 10.0, 1.0, 8.0, 12.0, 8, 8], [2e6, 20.0, 3.0, 16.0, 26.0, 8, 8], [6e6, 0.0, 0.0, 0.0, 0.0, 8, 5]]
        ).T,
    )


def test_at_a_published_point_its_figures_come_back(curve):
    point = curve.at(2_000_000)
    assert (point.mean, point.std, point.low, point.high, point.seeds, point.how) == (
        20.0,
        3.0,
        16.0,
        26.0,
        8,
        'published',
    )


def test_between_points_figures_are_interpolated_and_marked(curve):
    point = curve.at(1_500_000)
    assert (point.mean, point.std, point.low, point.high, point.how) == (15.0, 2.0, 12.0, 19.0, 'interpolated')
    assert curve.at(4_000_000).mean == 10.0  # points need not be equally far apart


def test_nothing_is_known_before_the_first_point(curve):
    assert curve.at(999_999) is None
    assert (curve.first, curve.last) == (1_000_000, 6_000_000)


def test_behind_the_last_point_its_figures_stay_and_are_marked(curve):
    assert curve.at(7_000_000)[1:] == (0.0, 0.0, 0.0, 0.0, 8, 'last')


@pytest.mark.parametrize(
    'score, verdict', [(15.9, 'below'), (16.0, 'inside'), (20.0, 'inside'), (26.0, 'inside'), (26.1, 'above')]
)
def test_the_verdict_is_by_the_range_of_the_seeds(curve, score, verdict):
    assert curve.at(2_000_000).verdict(score) == verdict
