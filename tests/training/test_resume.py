"""When a checkpoint fits a run, and what becomes of the run's parts."""

import json

import numpy as np
import pytest

from dreamerv2_tf import build
from dreamerv2_tf.display.progress import Progress, Silent
from dreamerv2_tf.errors import UserError
from dreamerv2_tf.evaluation.exported import weights_alone
from dreamerv2_tf.learning.checkpoint_format import Contents, contents_of
from dreamerv2_tf.nets.weights import to_arrays
from dreamerv2_tf.training.describe_checkpoint import MEANING
from dreamerv2_tf.training.offline import NoEnvironments
from dreamerv2_tf.training.parts import make_parts
from dreamerv2_tf.training.resume import resume

from .. import small


@pytest.fixture(scope='module')
def agent():
    return small.agent()


@pytest.fixture
def make(agent, tmp_path):
    """Makes the parts of a run with one saved episode; `changes` of settings."""
    envs = NoEnvironments(agent.spaces)

    def parts(folder='run', **changes):
        made = make_parts(
            small.config(**changes), tmp_path / folder, agent, {'train': envs, 'eval': envs}, Progress(Silent())
        )
        return made

    build.make_store(small.config(), tmp_path / 'run', 'train', envs).write('0' * 32, small.episode(9))
    return parts


def saved(parts, steps=7):
    """The contents of a checkpoint, as they come back from a file."""
    parts.counts.add_steps(steps - parts.counts.steps)
    parts.counts.end_prefill()
    return contents_of({name: np.asarray(value) for name, value in parts.contents().to_arrays().items()}, 'file')


def test_all_parts_come_back(make):
    before = make()
    before.counts.is_best(3.5)
    before.recorder.add({'x': 1.0})
    before.agent.behaviours['random'].policy({'is_first': np.zeros(5)}, None)
    contents = saved(before)
    after = make()
    assert resume(contents, after, False) == 'resumed at 28 frames'
    for name, part in after.stateful.items():
        (plain, arrays), (expected, named) = part.get_state(), before.stateful[name].get_state()
        assert plain == expected, name
        for key, array in named.items():
            np.testing.assert_array_equal(arrays[key], array)


def test_weights_alone_begin_a_run(make, agent):
    weights = {path: array + 1 for path, array in to_arrays(agent.weights).items()}
    contents = contents_of(weights_alone(small.config(), agent, weights).to_arrays(), 'file')
    updates = int(agent.learner.updates)
    assert resume(contents, make(), False) == 'begins with the weights of the checkpoint'
    np.testing.assert_array_equal(agent.weights['rssm/gru/kernel'], weights['rssm/gru/kernel'])
    assert int(agent.learner.updates) == updates


def test_an_explorer_cannot_be_added_to_a_run(make, tmp_path):
    contents, explorer = saved(make()), {'expl_behavior': 'Plan2Explore', 'disag_models': 2}
    agent = small.agent(**explorer)
    envs = NoEnvironments(agent.spaces)
    parts = make_parts(
        small.config(**explorer), tmp_path / 'run', agent, {'train': envs, 'eval': envs}, Progress(Silent())
    )
    with pytest.raises(UserError, match='disag_models 10 -> 2; expl_behavior greedy -> Plan2Explore'):
        resume(contents, parts, False)
    with pytest.raises(UserError, match='`expl_behavior` Plan2Explore cannot be added to a run .*--from'):
        resume(contents, parts, True)


def test_a_run_whose_episodes_are_gone_is_refused(make):
    contents = saved(make())
    with pytest.raises(UserError, match='at 7 agent steps, but train_episodes holds no episode'):
        resume(contents, make('elsewhere'), False)


def test_more_steps_and_another_folder_and_more_checkpoints_are_no_change(make):
    contents = saved(make())
    changes = {'steps': 70000000, 'logdir': 'elsewhere', 'checkpoint__every_frames': 7, 'checkpoint__keep': 5}
    assert resume(contents, make(**changes), False) == 'resumed at 28 frames'


def test_other_changes_are_listed_and_must_be_allowed(make):
    contents, changes = saved(make()), {'discount': 0.5, 'clip_rewards': 'sign'}
    with pytest.raises(UserError, match='clip_rewards tanh -> sign; discount 0.999 -> 0.5. .*--resume_changed'):
        resume(contents, make(**changes), False)
    how = resume(contents, make(**changes), True)
    assert how == 'resumed at 28 frames; running episodes ended there: settings have changed'


@pytest.mark.parametrize('key', ['log_every', 'video_every', 'eval_every'])
def test_a_change_of_reports_and_evaluations_ends_no_game_and_drops_no_drawn_piece(make, key):
    before = make()
    next(before.dataset)
    contents, after = saved(before), make(**{key: 1234})
    with pytest.raises(UserError, match=f'{key} .* -> 1234'):
        resume(contents, after, False)
    assert resume(contents, after, True) == 'resumed at 28 frames'
    drawn = contents.parts['dataset'][0]['chunks']
    assert drawn and after.dataset.get_state()[0]['chunks'] == drawn


def test_a_change_of_what_is_drawn_drops_drawn_pieces(make):
    before = make()
    next(before.dataset)
    after = make(dataset__batch=2)
    resume(saved(before), after, True)
    assert not after.dataset.get_state()[0]['chunks']


@pytest.mark.parametrize('part', ['eval_clock', 'greedy', 'train_replay', 'run/steps'])
def test_where_a_part_is_missing_no_weight_changes(make, agent, part):
    contents = saved(make())
    name, _, key = part.partition('/')
    parts = {**contents.parts}
    plain, arrays = parts.pop(name)
    if key:
        parts[name] = ({inside: value for inside, value in plain.items() if inside != key}, arrays)
    learned = {path: array + 1 for path, array in parts['learner'][1].items()}
    broken = contents._replace(parts=parts | {'learner': ({}, learned)})
    before = np.array(agent.weights['rssm/gru/kernel'])
    with pytest.raises((UserError, KeyError)) as error:
        resume(broken, make(), False)
    assert isinstance(error.value, UserError) and (key or name) in str(error.value) or name == 'greedy'
    np.testing.assert_array_equal(agent.weights['rssm/gru/kernel'], before)


@pytest.mark.parametrize('text', ['{}', 'no json', '[1, 2]', '3'])
def test_a_damaged_list_of_parts_is_no_checkpoint(make, text):
    arrays = saved(make()).to_arrays() | {'parts': np.array(text)}
    with pytest.raises(UserError, match='file is not the checkpoint of an agent'):
        contents_of(arrays, 'file')


def test_a_checkpoint_of_a_newer_version_is_refused_by_its_format(make):
    arrays = saved(make())._replace(format=99, version='7.0').to_arrays()
    with pytest.raises(UserError, match='file has the format 99, of version 7.0; .* Install the newer version'):
        contents_of(arrays, 'file')


def test_another_environment_is_refused(make, agent):
    contents = saved(make())._replace(spaces=agent.spaces._replace(observation={}).to_json())
    with pytest.raises(UserError, match='the checkpoint is of an agent with'):
        resume(contents, make(), False)


def test_nothing_is_saved_twice_or_forgotten(make):
    """What a checkpoint holds are the states of `stateful`, under the names of its parts."""
    parts = make()
    contents = parts.contents()
    assert isinstance(contents, Contents) and set(contents.parts) == set(parts.stateful) == set(MEANING)
    json.dumps({name: plain for name, (plain, _) in contents.parts.items()})
