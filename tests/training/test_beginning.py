"""A new run that begins with what another one has learned."""

import numpy as np
import pytest

from dreamerv2_tf import build
from dreamerv2_tf.display.progress import Progress, Silent
from dreamerv2_tf.errors import UserError
from dreamerv2_tf.training.beginning import begin
from dreamerv2_tf.training.logdir import reading_from
from dreamerv2_tf.training.offline import NoEnvironments
from dreamerv2_tf.training.parts import make_parts

from .. import small


@pytest.fixture
def source(tmp_path):
    """A run with an episode and a checkpoint; all its weights were moved."""
    agent = small.agent(seed=1)
    for variable in agent.weights.values():
        variable.assign_add(0.5 * np.ones(variable.shape, np.float32))
    parts = parts_of(agent, tmp_path / 'source', small.config(seed=1))
    parts.counts.add_steps(9)
    build.make_store(small.config(), tmp_path / 'source', 'train', parts.envs['train']).write(
        '0' * 32, small.episode(9)
    )
    parts.checkpoints.save(9, parts.contents().to_arrays())
    return tmp_path / 'source', agent


def parts_of(agent, folder, config):
    envs = NoEnvironments(agent.spaces)
    return make_parts(config, folder, agent, {'train': envs, 'eval': envs}, Progress(Silent()))


def arrays_of(variables):
    return {name: variable.numpy() for name, variable in variables.items()}


@pytest.mark.parametrize('with_actor', [False, True])
def test_it_takes_the_weights_and_nothing_else(source, tmp_path, with_actor):
    folder, theirs = source
    config = reading_from(small.config(**{'from': str(folder), 'from_actor': with_actor}))
    agent = small.agent()
    before = arrays_of(small.variables(agent))
    parts = parts_of(agent, tmp_path / 'new', config)
    said = begin(config, agent)
    what = 'world model, actor and critic' if with_actor else 'world model'
    assert said == f'begins with the {what} of {folder}/checkpoints/000000000009.npz'
    taken = {f'learner/{name}' for name in agent.learner.weights}
    taken |= {f'greedy/{name}' for name in agent.task.weights} if with_actor else set()
    expected = arrays_of(small.variables(theirs))
    for name, array in arrays_of(small.variables(agent)).items():
        np.testing.assert_array_equal(array, (expected if name in taken else before)[name], err_msg=name)
    assert parts.counts.steps == 0 and parts.replays['train'].loaded_episodes == 1
    assert not (tmp_path / 'new' / 'train_episodes').exists() or not list(
        (tmp_path / 'new' / 'train_episodes').iterdir()
    )


def test_reading_the_episodes_is_said_once_in_the_settings(source):
    folder, _ = source
    config = reading_from(small.config(**{'from': str(folder)}))
    assert list(config.replay.read_dirs) == [str(folder / 'train_episodes')]
    assert reading_from(config) == config
    assert reading_from(small.config()) == small.config()


def test_the_way_in_which_a_folder_is_named_makes_no_difference(source, monkeypatch):
    folder, _ = source
    monkeypatch.chdir(folder.parent)
    named = [reading_from(small.config(**{'from': name})) for name in (str(folder), f'{folder}/', 'source')]
    assert named[0] == named[1] == named[2]


@pytest.mark.parametrize(
    'changes, message',
    [
        ({'from': 'nowhere'}, 'nowhere is not there; expected the folder of a run'),
        ({'from': '{folder}', 'rssm__deter': 20}, '`from` .*000000000009.npz does not fit: .*made with other settings'),
        ({'from_actor': True}, '`from_actor` needs `from`'),
    ],
)
def test_a_source_that_does_not_fit_is_refused_and_changes_nothing(source, changes, message):
    folder, _ = source
    changes = {key: str(value).format(folder=folder) for key, value in changes.items()}
    agent = small.agent(**{key: value for key, value in changes.items() if not key.startswith('from')})
    before = arrays_of(agent.weights)
    with pytest.raises(UserError, match=message):
        begin(reading_from(small.config(**changes)), agent)
    assert all((before[name] == variable.numpy()).all() for name, variable in agent.weights.items())


def test_another_agent_of_other_spaces_is_refused(source):
    folder, _ = source
    agent = small.agent(discrete=False)
    with pytest.raises(UserError, match='is of an agent with .*; here are '):
        begin(small.config(**{'from': str(folder)}), agent)
