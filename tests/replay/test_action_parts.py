"""A folder of episodes says what their actions consist of, where these have several parts."""

import json

import numpy as np
import pytest

from dreamerv2_tf.errors import UserError
from dreamerv2_tf.replay import action_parts, infer_spaces
from dreamerv2_tf.replay.store import Store, listed
from dreamerv2_tf.spec import ActionPart, ActionSpec

from ..fakes import episode

SWITCHES = ActionSpec((ActionPart(2, True, 'left'), ActionPart(2, True, 'right')))
OTHERS = ActionSpec((ActionPart(3, True), ActionPart(1, True)))
DIGEST = '0' * 32


def saved(steps, action=SWITCHES):
    random = np.random.default_rng(0)
    actions = [action.zeros(), *(action.random(random) for _ in range(steps))]
    return episode(steps) | {'action': np.stack(actions)}


def test_a_store_writes_it_beside_the_first_episode_and_readers_find_it(tmp_path):
    store = Store(tmp_path / 'train', action=SWITCHES)
    assert not (tmp_path / 'train').exists()
    store.write(DIGEST, saved(4))
    assert infer_spaces.find(listed(tmp_path / 'train')).action == SWITCHES
    (tmp_path / 'train' / action_parts.FILE_NAME).unlink()
    assert infer_spaces.find(listed(tmp_path / 'train')).action == ActionSpec.numbers(4)


@pytest.mark.parametrize('action', [ActionSpec.choice(2), ActionSpec.numbers(2), None])
def test_actions_of_one_part_need_no_file(tmp_path, action):
    Store(tmp_path, action=action).write(DIGEST, episode(3))
    assert [path.suffix for path in tmp_path.iterdir()] == ['.npz']


def test_folders_whose_actions_consist_of_something_else_are_refused(tmp_path):
    Store(tmp_path / 'theirs', action=SWITCHES).write(DIGEST, saved(4))
    for make in (
        lambda: Store(tmp_path / 'theirs', action=OTHERS),
        lambda: Store(tmp_path / 'mine', others=[tmp_path / 'theirs'], action=OTHERS),
    ):
        with pytest.raises(UserError, match=r'actions.json names 2 \+ 2 choices .*; here are 3 \+ 1 choices'):
            make()
    Store(tmp_path / 'others', action=OTHERS).write(DIGEST, saved(4, OTHERS))
    paths = [path for name in ('theirs', 'others') for path in listed(tmp_path / name)]
    with pytest.raises(UserError, match='episodes must be alike, but their actions differ: .*theirs.*others'):
        infer_spaces.find(paths)


def test_actions_that_do_not_have_the_parts_are_refused(tmp_path):
    Store(tmp_path).write(DIGEST, saved(4, ActionSpec.numbers(4)))
    action_parts.write(tmp_path, SWITCHES)
    with pytest.raises(UserError, match='actions.json names 2 . 2 choices .*, which actions of an episode'):
        infer_spaces.find(listed(tmp_path))


@pytest.mark.parametrize(
    'text',
    [
        '',
        '[]',
        '{}',
        'null',
        '[' * 100_000,
        '{"parts": 3}',
        '{"parts": [{"size": 2}]}',
        '{"parts": [{"size": 0, "discrete": true}]}',
        '{"parts": [{"size": true, "discrete": true}]}',
        '{"parts": [{"size": 2, "discrete": 1}]}',
        '{"parts": [{"size": 2, "discrete": true, "name": 3}]}',
        '{"parts": [{"size": 2, "discrete": true, "more": 3}]}',
        json.dumps({'parts': [{'size': 1, 'discrete': True, 'name': 'x' * action_parts.MAX_FILE_BYTES}]}),
    ],
    ids=lambda text: text[:40],
)
def test_a_file_that_names_no_parts_is_one_sentence(tmp_path, text):
    (tmp_path / action_parts.FILE_NAME).write_text(text)
    with pytest.raises(UserError, match='actions.json does not name the parts of actions'):
        action_parts.read(tmp_path)


def test_rows_of_zeros_belong_to_any_parts():
    actions = np.array([[0, 0, 0, 0], [0, 1, 1, 0]], np.float32)
    assert action_parts.fit(SWITCHES, actions)
    assert not action_parts.fit(OTHERS, actions)
    assert not action_parts.fit(SWITCHES, actions[:, :3])
    assert not action_parts.fit(SWITCHES, np.array([[1, 0, 0, 0]], np.float32)), 'every part must be chosen'
