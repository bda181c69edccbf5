"""Crafter's score is the paper's."""

import json

import pytest

from dreamerv2_tf.scores import crafter


def test_the_score_is_the_geometric_mean_of_percents_with_one_added():
    assert crafter.score({'a': 0.0, 'b': 0.0}) == 0
    assert crafter.score({'a': 100.0}) == pytest.approx(100)
    assert crafter.score({'a': 3.0, 'b': 0.0}) == pytest.approx(1)  # sqrt(4 * 1) - 1


def test_a_rate_is_the_share_of_training_episodes_that_unlocked_it(tmp_path):
    key, path = crafter.PREFIX, tmp_path / 'metrics.jsonl'
    assert crafter.success_rates(path) == {}
    rows = [
        {'step': 1, 'train_return': 1.0, f'{key}eat_cow': 3.0, f'{key}wake_up': 0.0},
        {'step': 2, 'eval_return': 1.0, 'max_eval_log_achievement_eat_cow': 1.0},
        {'step': 3, 'train_return': 1.0, f'{key}eat_cow': 0.0, f'{key}wake_up': 0.0},
    ]
    path.write_text(''.join(f'{json.dumps(row)}\n' for row in rows) + f'{{"{key}eat_cow": 1')
    assert crafter.success_rates(path) == {'eat_cow': 50.0, 'wake_up': 0.0}
