"""Actions of several parts in texts, tables, plots and data frames."""

import io

import numpy as np
import pytest
import rich.console

from dreamerv2_tf import episodes as door
from dreamerv2_tf.recordings import plots, tables
from dreamerv2_tf.recordings.actions import action_text
from dreamerv2_tf.recordings.episodes import load_episodes
from dreamerv2_tf.spec import ActionPart, ActionSpec

from .test_episodes import write_parts

ACTION = ActionSpec(
    (
        ActionPart(3, True, 'walk'),
        ActionPart(2, False, 'a$im$'),
        ActionPart(2, True, 'jump'),
        ActionPart(2, True, 'fire'),
    )
)


@pytest.fixture
def episodes(tmp_path):
    write_parts(tmp_path, ACTION, 3)
    return load_episodes(tmp_path)


def text_of(renderable):
    console = rich.console.Console(file=io.StringIO(), width=120)
    console.print(renderable)
    return console.file.getvalue()


def test_captions_name_the_choice_of_each_part_and_the_numbers(episodes):
    action = episodes[0].action[2]
    choices = [action[:3].argmax(), action[5:7].argmax(), action[7:].argmax()]
    numbers = ' '.join(f'{number:+.2f}' for number in action[3:5])
    assert action_text(episodes[0], 2) == f'{choices[0]} {numbers} {choices[1]} {choices[2]}'
    assert action_text(episodes[0], 0) == 'begins'


def test_tables_count_the_choices_of_each_part(episodes):
    text = text_of(tables.summary(episodes))
    actions = np.concatenate([one.action[1:] for one in episodes])
    for choice, count in enumerate(actions[:, :3].sum(0)):
        assert f'{choice}      {int(count)}' in text
    assert 'actions walk' in text and 'actions a$im$' in text and 'actions jump to fire' in text
    assert f'{actions[:, 3].mean():.3f}' in text
    often = max(actions[:, 7:].mean(0))
    assert 'fire' in text and f'{often:.1%}' in text


def test_plots_draw_each_block_of_the_actions(episodes):
    figure = plots.overview(episodes)
    labels = [axis.get_ylabel() for axis in figure.axes]
    assert labels.count('share of actions') == 2, 'the walk, and the colours of jump and fire'
    assert r'action a\$im\$' in labels and 'part, from jump on' in labels
    heights = [bar.get_height() for axis in figure.axes if axis.get_xlabel() == 'walk' for bar in axis.patches]
    taken = np.concatenate([one.action[1:, :3] for one in episodes])
    np.testing.assert_allclose(heights, taken.mean(0))


def test_data_frames_have_a_column_for_each_choice_and_number(episodes):
    pytest.importorskip('pandas')
    frame = episodes[0].to_pandas()
    assert [name for name in frame if 'action' in name] == [
        *('action_walk', 'action_a$im$_0', 'action_a$im$_1', 'action_jump', 'action_fire')
    ]
    assert frame['action_walk'].tolist()[1:] == episodes[0].action[1:, :3].argmax(1).tolist()
    np.testing.assert_array_equal(frame['action_a$im$_1'], episodes[0].action[:, 4])


def test_the_command_shows_and_plots_them(episodes, tmp_path, capsys):
    assert door.main(['stats', str(tmp_path)]) == door.main(['show', str(tmp_path)]) == 0
    assert 'actions jump to fire' in capsys.readouterr().out
    assert door.main(['plot', str(tmp_path), '--out', str(tmp_path / 'parts.png')]) == 0
    assert (tmp_path / 'parts.png').stat().st_size > 10_000
