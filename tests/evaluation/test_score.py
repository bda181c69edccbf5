"""Scores of an agent beside the published ones."""

import pathlib

import pytest

from dreamerv2_tf.config import flags
from dreamerv2_tf.evaluation import score
from dreamerv2_tf.evaluation.restore import RestoredAgent

PLAYED = [{'return': value, 'length': 100} for value in (10.0, 20.0, 24.0)]


def scored(task='atari_pong', steps=2_500_000, policy='agent', sample=False, **changes):
    config = flags.parse(['--configs', 'atari', '--task', task])[0].updated(changes)
    loaded = RestoredAgent(config, None, pathlib.Path('run/checkpoints/1.npz'), steps)
    return score.score(loaded, policy, sample, 0, PLAYED)


def test_pong_at_ten_million_frames():
    result = scored()
    assert (result['mean'], result['median']) == (18, 20) and result['std'] == pytest.approx(5.888, abs=1e-3)
    assert result['gamer_normalized'] == pytest.approx((18 + 20.7) / (14.6 + 20.7))
    assert result['record_normalized'] == pytest.approx((18 + 20.7) / (21 + 20.7))
    assert result['published']['how'] == 'published' and result['published']['frames'] == 10_000_000
    low, high = result['published']['low'], result['published']['high']
    assert result['published']['verdict'] == ('below' if 18 < low else 'above' if 18 > high else 'inside')
    assert 'of the human gamer' in score.score_lines(result) and 'of 8 seeds' in score.score_lines(result)


@pytest.mark.parametrize(
    'changes, reason',
    [
        ({'steps': 1000}, 'nothing is published below 1,000,000 frames'),
        ({'policy': 'random'}, 'the published agent takes its most likely actions'),
        ({'sample': True}, 'the published agent takes its most likely actions'),
        ({'action_repeat': 2}, 'action repeat 2; published with 4'),
        ({'steps': 0}, 'how much the agent has learned from is not known'),
        ({'task': 'dmc_walker_walk'}, 'evaluation returns; published are training returns'),
        ({'task': 'gym_CartPole-v1'}, 'nothing is published for this task'),
    ],
)
def test_a_score_that_must_not_be_compared_has_a_reason(changes, reason):
    result = scored(**changes)
    assert result['published'] is None and reason in result['reason']
    assert reason in score.score_lines(result)


def test_other_tasks_have_no_normalised_score():
    assert scored('toy_catch')['gamer_normalized'] is None


def test_settings_that_change_what_a_score_means_get_a_remark():
    result = scored(time_limit=100)
    assert result['remarks'] == ('time_limit 100, published 27000',) and result['published']
    assert 'note       time_limit 100, published 27000' in score.score_lines(result)


def test_no_score_is_normalised_by_those_of_another_protocol():
    assert scored(action_repeat=2)['gamer_normalized'] is None
