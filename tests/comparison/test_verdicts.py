"""Verdicts, and what keeps unlike numbers apart."""

import pytest

from dreamerv2_tf.comparison import runs, tables, verdicts
from dreamerv2_tf.errors import UserError

from .run_folders import run_folder


def compared(tmp_path, *folders, metric=None, **how):
    for index, folder in enumerate(folders):
        run_folder(tmp_path / str(index), **folder)
    return verdicts.compare(runs.find([tmp_path], metric).runs, **how)


@pytest.mark.parametrize('score, verdict', [(-8.0, 'inside'), (-15.5, 'below'), (-3.0, 'above')])
def test_a_score_is_judged_by_the_range_of_the_published_seeds(score, verdict, tmp_path):
    """Pong at 2M frames: mean -8.575, -15.0 to -3.2. What lies before the last 1M frames does not count."""
    (row,) = compared(tmp_path, {'points': [(1_000_000, 21.0), (1_500_000, score - 1), (2_000_000, score + 1)]})
    assert (row.mean, row.verdict, row.reason) == (score, verdict, '')
    assert (row.frames, row.width, row.point.mean, row.point.low, row.point.high) == (
        2_000_000,
        1_000_000,
        -8.575,
        -15.0,
        -3.2,
    )


def test_below_the_first_published_point_there_is_no_verdict_but_a_reason(tmp_path):
    (row,) = compared(tmp_path, {'points': [(500_000, -21.0), (999_000, -19.0)]})
    assert (row.verdict, row.point, row.reason) == (
        '',
        None,
        'nothing is published below 1,000,000 frames; DreamerV3 (another agent and protocol) had -4.54, '
        '-9.60 to -1.75 of 5 seeds, at 400,000 frames',
    )
    assert row.mean == -19.0  # the last tenth, since there is nothing to be compared with


def test_between_published_points_figures_are_interpolated_and_marked(tmp_path):
    (row,) = compared(tmp_path, {'points': [(1_500_000, -12.0)]})
    assert (row.point.mean, row.point.how, row.verdict) == (pytest.approx(-13.425), 'interpolated', 'inside')
    assert '-13.4 ± 2.65 (i)' in tables.verdicts([row]).rows[0]


def test_seeds_are_compared_at_the_frames_of_the_shortest_or_at_given_frames(tmp_path):
    (row,) = compared(
        tmp_path, {'points': [(2_000_000, -8.0), (4_000_000, 10.0)]}, {'points': [(2_000_000, -10.0)], 'seed': 1}
    )
    assert (row.frames, row.scores.tolist()) == (2_000_000, [-8.0, -10.0])
    found = runs.find([tmp_path]).runs
    (row,) = verdicts.compare(found, frames=4_000_000)
    assert row.scores.tolist() == [10.0, -10.0]
    assert row.reason == '1 of 2 runs stopped earlier and count with their last score'
    with pytest.raises(UserError, match='the first one is at 2,000,000'):
        verdicts.compare(found, frames=1000)


def test_an_old_return_gets_no_verdict_where_the_run_went_on_without_one(tmp_path):
    (row,) = compared(tmp_path, {'points': [(1_000_000, -21.0), (199_000_000, 20.0)]}, frames=100_000_000)
    assert (row.mean, row.verdict) == (-21.0, '')
    assert 'no verdict: 1 of 1 runs have no return in these 1,000,000 frames' in row.reason


def test_runs_that_have_no_return_yet_are_left_out_with_a_notice(tmp_path):
    (row,) = compared(
        tmp_path, {'points': [(1_000_000, -20.0)]}, {'points': [(2_000_000, 1.0)], 'seed': 1}, frames=1_000_000
    )
    assert ([run.seed for run in row.runs], row.scores.tolist()) == (['0'], [-20.0])
    assert '1 of 2 runs have no return yet and are left out' in row.reason


def test_another_bin_than_the_published_one_gets_a_notice(tmp_path):
    (row,) = compared(tmp_path, {'points': [(1_500_000, -9.0), (2_000_000, -8.0)]}, width=100_000)
    assert row.mean == -8.0 and 'mean of 100,000 frames, published means of 1,000,000' in row.reason


def test_training_returns_get_no_verdict_beside_evaluations(tmp_path):
    folder = {'points': [(2_000_000, -8.0)], 'metric': 'train_return'}
    (row,) = compared(tmp_path, folder, metric='train_return')
    assert (row.verdict, row.point, row.game) == ('', None, None)
    assert row.reason == 'training returns; published are evaluation returns'


def test_dm_control_is_compared_by_training_returns_as_published(tmp_path):
    (row,) = compared(
        tmp_path, {'points': [(990_000, 956.0)], 'metric': 'train_return', 'task': 'dmc_walker_walk', 'repeat': 2}
    )
    assert (row.width, row.point.mean, row.verdict, row.game) == (30_000, 956.5, 'inside', None)


def test_runs_of_different_action_repeat_are_refused(tmp_path):
    with pytest.raises(UserError, match='atari_pong repeat actions differently.*0 has action_repeat 4.*1 has 2'):
        compared(tmp_path, {'points': [(2e6, 1.0)]}, {'points': [(2e6, 1.0)], 'repeat': 2})


def test_another_action_repeat_than_the_published_one_gets_no_verdict(tmp_path):
    (row,) = compared(tmp_path, {'points': [(2_000_000, -8.0)], 'repeat': 1})
    assert (row.verdict, row.reason) == ('', 'action repeat 1; published with 4')


def test_settings_that_change_what_a_score_means_get_a_remark(tmp_path):
    config = run_folder(tmp_path / 'run', [(2_000_000, -8.0)]) / 'config.yaml'
    config.write_text(config.read_text() + 'atari_full_actions: false\ntime_limit: 27000\n')
    (row,) = verdicts.compare(runs.find([tmp_path]).runs)
    assert row.reason == 'atari_full_actions False, published True'


def test_montezuma_with_discount_099_is_compared_with_the_agent_of_appendix_b(tmp_path):
    config = run_folder(tmp_path / 'run', [(150_000_000, 2540.0)], task='atari_montezuma_revenge') / 'config.yaml'
    (row,) = verdicts.compare(runs.find([tmp_path]).runs)
    assert row.verdict == 'above'
    config.write_text(config.read_text() + 'discount: 0.99\n')
    (row,) = verdicts.compare(runs.find([tmp_path]).runs)
    assert (row.point.mean, row.verdict) == (2546.7, 'inside')


def test_a_task_without_published_scores_is_shown_all_the_same(tmp_path):
    (row,) = compared(tmp_path, {'points': [(1000, 3.0), (50_000, 9.0)], 'task': 'toy_catch', 'repeat': 1})
    assert (row.mean, row.width, row.reason) == (9.0, 5000, 'nothing is published for this task')
    ((games, found),) = verdicts.overall([row])
    assert (len(games), found) == (55, verdicts.published_overall(games))


def test_runs_that_may_not_belong_together_get_a_notice(tmp_path):
    rows = compared(tmp_path, *({'points': [(4, 1.0)], 'seed': seed} for seed in (0, 0, 1)))
    (twice,) = verdicts.doubts(rows)
    assert twice == 'atari_pong, dreamerv2: several runs have seed 0, and count as different ones'
    config = tmp_path / '2' / 'config.yaml'
    config.write_text(config.read_text().replace('0.0001', '0.1'))
    assert verdicts.doubts(verdicts.compare(runs.find([tmp_path]).runs))[1] == (
        'atari_pong, dreamerv2: settings of these runs differ: actor_opt.lr 0.0001, 0.1'
    )


def test_of_many_settings_that_differ_the_first_six_are_named(tmp_path):
    rows = compared(tmp_path, {'points': [(4, 1.0)]}, {'points': [(4, 1.0)], 'seed': 1})
    for seed in (0, 1):
        config = tmp_path / str(seed) / 'config.yaml'
        config.write_text(config.read_text() + ''.join(f'new{i}: {seed + i}\n' for i in range(8)))
    (doubt,) = verdicts.doubts(verdicts.compare(runs.find([tmp_path]).runs))
    assert doubt.endswith('differ: new0 0, 1; new1 1, 2; new2 2, 3; new3 3, 4; new4 4, 5; new5 5, 6; ...')
    assert verdicts.doubts(rows) == []


def test_overall_has_these_runs_then_published_ones_over_the_same_games_then_over_all(tmp_path):
    rows = compared(
        tmp_path,
        {'points': [(2_000_000, 14.6)]},
        {'points': [(2_000_000, 14.6)], 'seed': 1},
        {'points': [(2_000_000, 0.1)], 'task': 'atari_boxing'},
    )
    (two, found), (every, published) = verdicts.overall(rows)
    assert [game.name for game in two] == ['boxing', 'pong'] and len(every) == 55
    assert [(one.name, one.games, one.runs) for one in found[:3]] == [
        ('dreamerv2, these runs', 2, 3),
        ('DreamerV2, same frames', 2, 0),
        ('DreamerV2, final', 2, 16),
    ]
    assert found[0].aggregates.gamer_mean == pytest.approx(0.5)  # Pong 1, Boxing 0
    assert found[0].interval.value == pytest.approx(2 / 3) and found[0].interval.low is not None
    assert [one.games for one in published] == [55] * 6
