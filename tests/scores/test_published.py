"""The shipped scores give the paper's tables again."""

import csv
import pathlib

import numpy as np
import pytest

from dreamerv2_tf.errors import UserError
from dreamerv2_tf.scores import published

TABLE_K1 = pathlib.Path(__file__).parent.parent / 'data' / 'table_k1.csv'  # as printed in the paper


def test_all_55_rows_of_table_k1_come_out():
    with TABLE_K1.open(newline='') as file:
        rows = list(csv.DictReader(file))
    printed = {row.pop('game'): {key: int(value) for key, value in row.items()} for row in rows}
    shipped = {
        game.name: {**game.scores, 'dreamerv2': game.finals['dreamerv2'].mean()} for game in published.games().values()
    }
    assert len(printed) == 55
    rounded = {name: {key: round(scores[key]) for key in printed[name]} for name, scores in shipped.items()}
    assert rounded == printed


def test_a_final_is_the_last_point_of_the_curve():
    for game in published.games().values():
        finals, point = game.finals['dreamerv2'], published.curve_of(game.task).at(199e6)
        np.testing.assert_allclose(
            [point.mean, point.std, point.low, point.high, point.seeds],
            [finals.mean(), finals.std(), finals.min(), finals.max(), 8],
            rtol=1e-3,
            err_msg=game.name,
        )


def test_every_column_has_a_provenance_and_the_other_way_round():
    sources = published.provenance()
    files = {path.name: path.read_text().splitlines()[0].split(',') for path in published.FOLDER.glob('*.csv')}
    assert {name: list(columns) for name, columns in sources.items()} == files
    for game_column in (*published.BASELINES, 'dreamerv2', 'schedules'):
        columns = sources['atari_finals.csv'] | sources['atari_scores.csv']
        assert {'paper', 'table', 'frames', 'protocol'} <= set(columns[game_column])


@pytest.mark.parametrize('name', ['pong', 'Pong', 'atari_pong'])
def test_a_game_has_several_names(name):
    assert published.find(name) == 'atari_pong'
    assert published.game_of(name).scores['gamer'] == 14.6


def test_the_emulators_spelling_is_understood():
    assert published.game_of('atari_jamesbond').scores['gamer'] == 302.8
    assert published.curve_of('atari_jamesbond') is published.curve_of('atari_james_bond')


def test_an_unknown_task_names_the_nearest():
    with pytest.raises(UserError, match='did you mean `pong`'):
        published.find('pongg')
    with pytest.raises(UserError, match='did you mean `dmc_walker_walk`'):
        published.find('dmc_walker_wlk')
    assert published.game_of('toy_catch') is published.curve_of('toy_catch') is None


def test_dm_control_and_humanoid_are_there():
    tasks = [task for task in published.curves() if task.startswith('dmc_')]
    assert len(tasks) == 21
    assert published.curve_of('dmc_humanoid_walk').method == 'appendix_a'
    assert published.curve_of('dmc_walker_walk').at(990_000).mean == 956.5


def test_montezuma_has_a_curve_of_its_own_for_discount_099():
    shorter, usual = (published.curve_of('atari_montezuma_revenge', discount) for discount in (0.99, 0.999))
    assert (shorter.at(199e6).mean, shorter.at(199e6).seeds) == (2313.3, 6)
    assert usual is published.curve_of('atari_montezuma_revenge') and usual.at(199e6).seeds == 8
    assert published.curve_of('atari_pong', 0.99) is published.curve_of('atari_pong')
