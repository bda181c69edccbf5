"""Minari datasets: Minari itself reads what was written, and every bit comes back."""

import gymnasium
import numpy as np
import pytest

from dreamerv2_tf.envs.row_env import RowEnv
from dreamerv2_tf.errors import RunError, UserError
from dreamerv2_tf.recordings.episodes import load_episodes
from dreamerv2_tf.recordings.minari import bring_in, export
from dreamerv2_tf.recordings.minari_rows import foreign_rows
from dreamerv2_tf.spec import ActionPart, ActionSpec

from ..fakes import Showing, episode
from .test_episodes import RELEASE, write, write_parts

minari = pytest.importorskip('minari')


@pytest.fixture(autouse=True)
def shelf(tmp_path, monkeypatch):
    """Where Minari keeps its datasets."""
    monkeypatch.setenv('MINARI_DATASETS_PATH', str(tmp_path / 'shelf'))
    return tmp_path / 'shelf'


def varied(length, discrete=True, terminal=True, seed=0):
    """An episode with observations of every kind, log keys and unusual numbers."""
    rng = np.random.default_rng(seed)
    made = episode(length, terminal=terminal)
    action = made['action'] if discrete else rng.uniform(-1, 1, (length + 1, 3)).astype(np.float32)
    action[0] = 0
    return made | {
        'image': rng.integers(0, 256, (length + 1, 8, 8, 3)).astype(np.uint8),
        'action': action,
        'vector': np.array([[3e38], [-0.0], *[[1e-40]] * (length - 1)], np.float32),
        'scalar': rng.normal(size=length + 1).astype(np.float32),
        'count': np.arange(length + 1, dtype=np.int32) - 2**30,
        'seen': rng.random((length + 1, 2)) < 0.5,
        'log_x': rng.normal(size=length + 1).astype(np.float32),
    }


def same(one, other):
    assert [path.name for path in one.paths] == [path.name for path in other.paths]
    for before, after in zip(one, other):
        assert set(before.keys()) == set(after.keys())
        for key in before.keys():
            assert before[key].dtype == after[key].dtype and before[key].tobytes() == after[key].tobytes(), key


@pytest.mark.parametrize('discrete', [True, False])
def test_every_bit_comes_back(tmp_path, discrete):
    for number, terminal in enumerate([True, False, False]):
        write(tmp_path / 'there', number, varied(number + 3, discrete, terminal, number))
    before = load_episodes(tmp_path / 'there')
    export(before, 'mine/varied-v0')
    assert bring_in('mine/varied-v0', tmp_path / 'back') == 3
    same(before, load_episodes(tmp_path / 'back'))
    assert [one.terminal for one in load_episodes(tmp_path / 'back')] == [True, False, False]


SWITCHES = ActionSpec(tuple(ActionPart(size, True, name) for size, name in ((3, 'walk'), (2, 'jump'), (2, 'fire'))))
MIXED = ActionSpec((ActionPart(3, True, 'walk'), ActionPart(2, False, 'aim')))


@pytest.mark.parametrize(
    'action, kept', [(SWITCHES, gymnasium.spaces.MultiDiscrete([3, 2, 2])), (MIXED, gymnasium.spaces.Tuple)]
)
def test_actions_of_several_parts_come_back_with_their_names(tmp_path, action, kept):
    write_parts(tmp_path / 'there', action, 3)
    before = load_episodes(tmp_path / 'there')
    assert before.spaces.action == action
    export(before, 'mine/parts-v0')
    space = minari.load_dataset('mine/parts-v0').action_space
    assert space == kept if isinstance(kept, gymnasium.Space) else isinstance(space, kept)
    bring_in('mine/parts-v0', tmp_path / 'back')
    same(before, load_episodes(tmp_path / 'back'))
    assert load_episodes(tmp_path / 'back').spaces.action == action


@pytest.mark.filterwarnings('ignore:.* is set to None', 'ignore:env_spec is None')
def test_nested_actions_of_others_become_vectors(tmp_path):
    space = gymnasium.spaces.Dict(
        {'aim': gymnasium.spaces.Box(0, 10, (1,)), 'go': gymnasium.spaces.MultiDiscrete([2, 3], start=[0, 5])}
    )
    view = gymnasium.spaces.Box(-1, 1, (1,))
    minari.create_dataset_from_buffers(
        'nested-v0',
        [
            minari.data_collector.EpisodeBuffer(
                observations=np.zeros((3, 1), np.float32),
                actions={'aim': np.array([[0], [7.5]], np.float32), 'go': np.array([[1, 5], [0, 7]])},
                rewards=[0, 1],
                terminations=[False, True],
                truncations=[False, False],
            )
        ],
        observation_space=view,
        action_space=space,
        jpeg_encoding=False,
    )
    bring_in('nested-v0', tmp_path / 'rows')
    (one,) = load_episodes(tmp_path / 'rows')
    np.testing.assert_allclose(one.action, [[0] * 6, [-1, 0, 1, 1, 0, 0], [0.5, 1, 0, 0, 0, 1]])
    assert [part.name for part in one.action_spec.parts] == ['aim', 'go_0', 'go_1']


def test_minari_itself_reads_the_releases_episode(tmp_path):
    before = load_episodes(RELEASE)
    export(before, 'pong-v0')
    dataset = minari.load_dataset('pong-v0')
    assert dataset.action_space == gymnasium.spaces.Discrete(6) and dataset.total_steps == 867
    read = dataset[0]
    np.testing.assert_array_equal(read.observations['image'], before[0].image)
    np.testing.assert_array_equal(read.actions, before[0].action[1:].argmax(1))
    assert read.rewards.sum() == -21
    assert read.terminations.nonzero()[0].tolist() == [866] and not read.truncations.any()
    bring_in('pong-v0', tmp_path / 'back')
    same(before, load_episodes(tmp_path / 'back'))


def test_a_limit_is_a_truncation(tmp_path):
    write(tmp_path, 0, episode(4, terminal=False))
    export(load_episodes(tmp_path), 'cut-v0')
    read = minari.load_dataset('cut-v0')[0]
    assert read.truncations.tolist() == [False, False, False, True] and not read.terminations.any()


def test_what_does_not_come_back_is_not_kept(tmp_path, shelf):
    strange = episode(3)
    strange['reward'][0] = 5  # before anything was done
    path = write(tmp_path / 'strange', 0, strange)
    with pytest.raises(RunError, match=f'{path.name} is not what Minari gives back'):
        export(load_episodes(tmp_path / 'strange'), 'strange-v0')
    assert not (shelf / 'strange-v0').exists()


@pytest.mark.filterwarnings('ignore:.* is set to None', 'ignore:env_spec is None')
def test_datasets_of_others_become_rows_as_their_environment_would_give_them(tmp_path):
    space = gymnasium.spaces.Dict(
        {
            'pixels': gymnasium.spaces.Box(0, 255, (32, 32, 3), np.uint8),
            'place': gymnasium.spaces.Tuple((gymnasium.spaces.Discrete(3), gymnasium.spaces.Box(-9, 9, (2,)))),
        }
    )
    actions = gymnasium.spaces.Box(np.array([0, -5], np.float32), np.array([10, 5], np.float32))
    space.seed(0)
    shown = [space.sample() for _ in range(4)]
    taken = np.array([[0, -5], [5, 0], [10, 2.5]], np.float32)
    minari.create_dataset_from_buffers(
        'others-v0',
        [
            minari.data_collector.EpisodeBuffer(
                observations={
                    'pixels': np.stack([one['pixels'] for one in shown]),
                    'place': tuple(np.stack([one['place'][index] for one in shown]) for index in range(2)),
                },
                actions=taken,
                rewards=[1, 2, 3],
                terminations=[False] * 3,
                truncations=[False, False, True],
            )
        ],
        observation_space=space,
        action_space=actions,
        jpeg_encoding=False,
    )
    bring_in('others-v0', tmp_path / 'rows')
    (one,) = load_episodes(tmp_path / 'rows')
    env = Showing(space, shown, actions)
    rows = RowEnv(env)
    expected = [rows.reset(0), *(rows.step(action) for action in one.action[1:])]
    for key in ('pixels', 'place_0', 'place_1'):
        np.testing.assert_array_equal(one[key], [row[key] for row in expected])
    np.testing.assert_allclose(one.action, [[0, 0], [-1, -1], [0, 0], [1, 0.5]])
    np.testing.assert_allclose(env.taken, taken)
    assert one.reward.tolist() == [0, 1, 2, 3] and not one.is_terminal.any()
    assert one.is_last.tolist() == [False, False, False, True]


def test_names_folders_and_spaces_that_cannot_be_used_are_refused(tmp_path, shelf):
    write(tmp_path / 'there', 0, episode(3))
    episodes = load_episodes(tmp_path / 'there')
    for name in ('no version', 'pong', '../../etc-v0', '/etc-v0'):
        with pytest.raises(UserError, match='must be a name such as pong/mine-v0'):
            export(episodes, name)
    with pytest.raises(UserError, match='no Minari dataset `none-v0`'):
        bring_in('none-v0', tmp_path / 'back')
    export(episodes, 'once-v0')
    with pytest.raises(UserError, match='there is a Minari dataset `once-v0` already'):
        export(episodes, 'once-v0')
    with pytest.raises(UserError, match='must not be there yet, or be empty'):
        bring_in('once-v0', tmp_path / 'there')
    write(tmp_path / 'there', 1, episode(3) | {'vector': np.zeros((4, 7), np.float32)})
    with pytest.raises(UserError, match='`vector` differ'):
        export(load_episodes(tmp_path / 'there'), 'mixed-v0')
    assert sorted(path.name for path in shelf.iterdir()) == ['once-v0']


def foreign(name, observations=None, actions=(0, 0, 0), rewards=(1, 2, 3), space=None, bound=np.inf, view=None):
    """A dataset of others with two episodes of three steps; the second one is as the arguments say."""
    box = gymnasium.spaces.Box(-bound, bound, (1,), np.float32)
    view = view or gymnasium.spaces.Box(-np.inf, np.inf, (2,), np.float32)
    usual = np.zeros((4, *view.shape), view.dtype)
    space = space or box
    shape = (-1, *space.shape)
    minari.create_dataset_from_buffers(
        name,
        [
            minari.data_collector.EpisodeBuffer(
                observations=shown,
                actions=np.reshape(np.array(taken, space.dtype), shape),
                rewards=list(gained),
                terminations=[False] * 3,
                truncations=[False, False, True],
            )
            for shown, taken, gained in (
                (usual, np.full(3, getattr(space, 'start', 0)), [1, 2, 3]),
                (usual if observations is None else observations, actions, rewards),
            )
        ],
        observation_space=view,
        action_space=space,
        jpeg_encoding=False,
    )


FLOATS = gymnasium.spaces.Box(-np.inf, np.inf, (2,), np.float64)
INTEGERS = gymnasium.spaces.Box(-(2**62), 2**62, (2,), np.int64)


@pytest.mark.filterwarnings('ignore:.* is set to None', 'ignore:env_spec is None')
@pytest.mark.parametrize(
    'other, message',
    [
        ({'observations': np.zeros((3, 2), np.float32)}, 'it has 3 observations for 3 actions, and must have 4'),
        ({'observations': np.zeros((6, 2), np.float32)}, 'it has 6 observations for 3 actions, and must have 4'),
        ({'rewards': [1, np.nan, 3]}, 'row 2: `reward` must be finite. Received: nan'),
        ({'rewards': [1, 2, 1e300]}, 'row 3: `reward` must be finite. Received: inf'),
        ({'rewards': [1, 2, 3, 4]}, 'as many actions and terminations as its 4 rewards. Received: 3'),
        ({'observations': np.eye(4, 2) * 1e300, 'view': FLOATS}, 'row 0: `vector` must be finite. Received: inf'),
        (
            {'observations': np.eye(4, 2, dtype=np.int64) * 2**40, 'view': INTEGERS},
            'row 0: .* must fit 32 bits. Rec.*776',
        ),
        (
            {'actions': [0.5, 1, 2]},
            'row 3: dimension 0 of the action is 2; the agent takes -1 to 1. The actions .* go from 0.5 to 2',
        ),
        (
            {'actions': [0.5, -20, 2]},
            'row 2: dimension 0 of the action is -20; .* from -20 to 2. .* an action space whose bounds hold all',
        ),
        ({'actions': [0.5, 5, 5.1], 'bound': 5}, 'row 3: dimension 0 of the action is 5.1; the agent takes -5 to 5'),
        ({'actions': [0.5, np.nan, 0]}, 'row 2: dimension 0 of the action is nan'),
        (
            {'actions': [3, 4, 6], 'space': gymnasium.spaces.Discrete(3, start=3)},
            'row 3: the action is 6; there are 3 actions from 3 on',
        ),
        ({'actions': [3, 4, 2], 'space': gymnasium.spaces.Discrete(3, start=3)}, 'row 3: the action is 2'),
    ],
)
def test_an_episode_that_would_not_come_in_whole_is_refused_by_its_number_and_row(other, message, tmp_path):
    foreign('others-v0', **other)
    with pytest.raises(UserError, match=f'episode 1 of the Minari dataset `others-v0` cannot be used: .*{message}'):
        bring_in('others-v0', tmp_path / 'rows')
    assert sorted(path.name for path in tmp_path.iterdir()) == ['shelf']


@pytest.mark.filterwarnings('ignore:.* is set to None', 'ignore:env_spec is None')
def test_actions_at_the_bounds_come_in_up_to_rounding(tmp_path):
    foreign('others-v0', actions=[5.00001, -5, 2.5], bound=5)
    bring_in('others-v0', tmp_path / 'rows')
    np.testing.assert_allclose(load_episodes(tmp_path / 'rows')[1].action[:, 0], [0, 1, -1, 0.5])


@pytest.mark.filterwarnings('ignore:.* is set to None', 'ignore:env_spec is None')
def test_an_observation_with_the_name_of_something_else_is_refused(tmp_path):
    box = gymnasium.spaces.Box(0, 1, (2,), np.float32)
    foreign('others-v0')
    dataset = minari.load_dataset('others-v0')
    for view, message in (
        (gymnasium.spaces.Dict({'reward': box}), 'may not be called reward'),
        (gymnasium.spaces.Dict({'a_b': box, 'a': gymnasium.spaces.Dict({'b': box})}), 'may not be called a_b'),
        (gymnasium.spaces.Text(3), 'nothing to observe'),
    ):
        with pytest.raises(UserError, match=message):
            foreign_rows(view, dataset.action_space)


@pytest.mark.filterwarnings('ignore:.* is set to None', 'ignore:env_spec is None')
def test_a_damaged_dataset_is_an_error_of_one_sentence(tmp_path, shelf):
    foreign('others-v0')
    (shelf / 'others-v0' / 'data' / 'main_data.hdf5').write_bytes(b'no HDF5')
    with pytest.raises(UserError, match='the Minari dataset `others-v0` cannot be read'):
        bring_in('others-v0', tmp_path / 'rows')
    (shelf / 'others-v0' / 'data' / 'metadata.json').write_text('{')
    with pytest.raises(UserError, match='the Minari dataset `others-v0` cannot be read'):
        bring_in('others-v0', tmp_path / 'rows')
