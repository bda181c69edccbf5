"""Skill of predictions, by hand."""

import math

import numpy as np
import pytest

from dreamerv2_tf.maths import skill


def test_skill_is_1_where_all_is_right_and_0_at_the_mean():
    truth = [0, 0, 1, 3]  # mean 1, variance (1 + 1 + 0 + 4) / 4
    assert skill.skill(truth, truth) == 1
    assert skill.skill(truth, [1, 1, 1, 1]) == 0
    assert skill.skill(truth, [0, 0, 0, 2]) == pytest.approx(1 - (2 / 4) / 1.5)
    assert skill.skill(truth, [3, 3, 3, 3]) < 0


def test_a_constant_error_costs_skill_but_no_explained_variance():
    truth = np.array([0.0, 1.0, 2.0])
    assert skill.explained_variance(truth, truth + 5) == pytest.approx(1)
    assert skill.skill(truth, truth + 5) == pytest.approx(1 - 25 / (2 / 3))
    assert skill.explained_variance(truth, [0, 0, 0]) == 0


def test_where_the_truth_never_changes_there_is_nothing_to_explain():
    assert math.isnan(skill.skill([1, 1], [1, 1]))
    assert math.isnan(skill.explained_variance([1, 1], [0, 1]))


def test_precision_and_recall_of_rewards_by_hand():
    truth = [0, 1, 1, 0, -2, 0]
    expected = [0.6, 0.6, 0.4, 0, -0.9, -1.1]  # thresholds 0.5 and -1: hits row 1; false alarms rows 0 and 5
    assert skill.precision_and_recall(truth, expected) == pytest.approx((1 / 3, 1 / 3))


def test_a_reward_of_the_wrong_sign_is_no_hit():
    assert skill.precision_and_recall([1, -1], [-1, -1]) == pytest.approx((1 / 2, 1 / 2))


def test_without_rewards_or_predictions_shares_are_not_known():
    precision, recall = skill.precision_and_recall([0, 1], [0, 0.1])
    assert math.isnan(precision) and recall == 0
    assert all(map(math.isnan, skill.precision_and_recall([0, 0], [1, 1])))


def test_returns_that_followed_by_hand():
    assert skill.returns_that_followed([0, 1, 2], 0.5, terminal=True) == pytest.approx([1, 2, 2])


def test_rows_near_a_cut_have_no_known_return():
    followed = skill.returns_that_followed([1, 1, 1, 1], 0.4, terminal=False)
    np.testing.assert_array_equal(np.isnan(followed), [False, False, True, True])  # 0.4^3 = 0.064, 0.4^2 = 0.16
    assert followed[0] == pytest.approx(1 + 0.4 + 0.16 + 0.064)


def test_calibration_error_by_hand():
    assert skill.calibration_error([1] * 9 + [0], [0.9] * 10) == pytest.approx(0)
    assert skill.calibration_error([1, 0, 0, 0], [0.8] * 4) == pytest.approx(0.55)
    assert skill.calibration_error([1, 1, 0, 0], [1, 1, 1, 0.2]) == pytest.approx(0.25 + 0.05)


def test_probabilities_within_a_bin_may_differ():
    assert skill.calibration_error([1, 0], [0.52, 0.48]) == pytest.approx((0.48 + 0.48) / 2)
    assert skill.calibration_error([1, 0], [0.54, 0.52]) == pytest.approx(0.03)
