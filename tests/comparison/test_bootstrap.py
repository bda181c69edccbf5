"""Interquartile means, bootstrap intervals and profiles, by hand."""

import numpy as np
import pytest

from dreamerv2_tf.comparison.binning import bins, is_gap, score_at
from dreamerv2_tf.comparison.bootstrap import interquartile_mean, interval, profile
from dreamerv2_tf.comparison.runs import Run


def test_the_interquartile_mean_leaves_out_both_ends():
    assert interquartile_mean(np.array([100.0, 1.0, 2.0, -50.0])) == 1.5
    assert interquartile_mean(np.array([1.0, 2.0, 6.0])) == 3.0  # a quarter of three is none
    np.testing.assert_array_equal(interquartile_mean(np.array([[0.0, 1, 2, 3], [4.0, 4, 5, 9]])), [1.5, 4.5])


def test_seeds_that_agree_leave_no_doubt_however_far_games_are_apart():
    found = interval({'a': np.full(3, 1.0), 'b': np.full(3, 100.0)})
    assert (found.value, found.low, found.high) == (50.5, 50.5, 50.5)


def test_an_interval_covers_its_value_is_repeatable_and_needs_two_seeds():
    scores = {'a': np.array([0.0, 1.0, 2.0, 3.0]), 'b': np.array([10.0, 12.0])}
    found = interval(scores)
    assert found == interval(scores) and found.low < found.value < found.high
    assert interval({'a': np.array([1.0]), 'b': np.array([3.0])}) == (2.0, None, None)


def test_an_interval_of_one_game_is_that_of_a_mean():
    """Means of two draws from {0, 1} are 0, 0.5, 1 with chances 1/4, 1/2, 1/4."""
    assert interval({'a': np.array([0.0, 1.0])}) == (0.5, 0.0, 1.0)


def test_a_profile_is_the_share_of_runs_above_and_games_weigh_the_same():
    scores = {'a': np.array([0.0, 1.0]), 'b': np.array([2.0])}
    np.testing.assert_array_equal(profile(scores, np.array([-1.0, 0.0, 1.0, 2.0])), [1.0, 0.75, 0.5, 0.0])


@pytest.fixture
def run():
    return Run(
        'atari_pong',
        'dreamerv2',
        '0',
        np.array([0, 5, 10, 11, 25]),
        np.array([1.0, 2.0, 3.0, 10.0, 20.0]),
        'eval_return',
        4,
        (),
        None,
        None,
    )


def test_bins_are_open_on_the_left_closed_on_the_right_and_end_with_the_run(run):
    edges, means = bins(run, 10)
    assert edges.tolist() == [10, 20, 25] and means.tolist() == [2.0, 10.0, 20.0]


@pytest.mark.parametrize('frames, score', [(10, 2.5), (20, 10.0), (25, 20.0), (24, 10.0), (1000, 20.0), (0, 1.0)])
def test_a_score_is_the_mean_of_the_last_bin_or_the_newest_return_before(run, frames, score):
    assert score_at(run, frames, 10) == score


def test_a_gap_is_a_bin_without_returns_of_a_run_that_goes_on(run):
    later = run._replace(frames=run.frames * 10)
    assert is_gap(later, 200, 50) and score_at(later, 200, 50) == 10
    assert not is_gap(later, 240, 140) and not is_gap(later, 10_000, 50)
