"""Any gymnasium environment speaks in rows."""

import gymnasium
import numpy as np
import pytest
from gymnasium import spaces

from dreamerv2_tf.envs.row_env import RowEnv
from dreamerv2_tf.errors import UserError

from ..fakes import Scripted, Showing

FLAGS = {'reward', 'is_first', 'is_last', 'is_terminal'}


def observe(space, observation):
    """(specs, what is seen) of one observation."""
    env = RowEnv(Showing(space, [observation]))
    row = env.reset(0)
    return env.observation, {key: value for key, value in row.items() if key not in FLAGS}


def steps_with(space, *actions):
    """What an environment with this action space is given."""
    inner = Showing(spaces.Discrete(2), [0] * 9, space)
    env = RowEnv(inner)
    env.reset(0)
    for action in actions:
        env.step(np.asarray(action, np.float32))
    return env.action, inner.taken


def test_rows_carry_rewards_and_flags():
    env = RowEnv(Scripted([[1.5, -2], [3]]))
    got = [env.reset(0), env.step(np.eye(3)[0]), env.step(np.eye(3)[1]), env.reset(0), env.step(np.eye(3)[2])]
    assert [row['reward'] for row in got] == [0, 1.5, -2, 0, 3]
    assert [bool(row['is_first']) for row in got] == [True, False, False, True, False]
    assert [bool(row['is_last']) for row in got] == [False, False, True, False, True]
    assert [bool(row['is_terminal']) for row in got] == [False, False, True, False, True]
    assert [list(row['vector']) for row in got] == [[0, 0], [0, 1], [0, 2], [1, 0], [1, 1]]


def test_rows_have_the_dtypes_of_stored_experience():
    row = RowEnv(Scripted([[1]])).reset(0)
    assert {key: value.dtype for key, value in row.items()} == {
        'vector': np.float32,
        'reward': np.float32,
        'is_first': bool,
        'is_last': bool,
        'is_terminal': bool,
    }


def test_a_truncated_episode_is_last_and_not_terminal():
    env = RowEnv(Scripted([[1]], truncates=True))
    env.reset(0)
    row = env.step(np.eye(3)[0])
    assert row['is_last'] and not row['is_terminal']


def test_every_episode_follows_from_its_seed():
    inner = Scripted([[1]])
    env = RowEnv(inner)
    env.reset(7), env.reset(8)
    assert inner.seeds == [7, 8]


def test_an_environment_that_can_be_saved_takes_its_first_seed_alone():
    inner = Scripted([[1]])
    inner.resumable, inner.get_state = True, lambda: ({}, {'a': 1})
    env = RowEnv(inner)
    assert env.get_state() == ({}, {})
    env.reset(7), env.reset(8)
    assert inner.seeds == [7, None]
    assert env.get_state() == ({}, {'a': 1})


def test_an_environment_with_such_methods_of_its_own_is_not_taken_for_one_that_can_be_saved():
    inner = Scripted([[1]])
    inner.get_state = lambda: 'something else'
    env = RowEnv(inner)
    env.reset(7)
    assert not env.resumable and env.get_state() == ({}, {})


def test_images_stay_images():
    image = np.arange(32 * 40 * 3, dtype=np.uint8).reshape(32, 40, 3)
    specs, seen = observe(spaces.Box(0, 255, (32, 40, 3), np.uint8), image)
    assert specs == {'image': ((32, 40, 3), np.uint8)}
    np.testing.assert_array_equal(seen['image'], image)


@pytest.mark.parametrize('shape, dtype', [((31, 64, 3), np.uint8), ((64, 31, 1), np.float32), ((5, 2), np.int32)])
def test_small_images_and_matrices_become_vectors(shape, dtype):
    value = np.random.default_rng(0).integers(0, 2, shape).astype(dtype)
    specs, seen = observe(spaces.Box(0, 1, shape, dtype), value)
    assert specs == {'vector': ((value.size,), dtype)}
    np.testing.assert_array_equal(seen['vector'], value.reshape(-1))


def test_a_boolean_image_becomes_a_boolean_vector():
    value = np.arange(64 * 64).reshape(64, 64, 1) % 3 == 0
    specs, seen = observe(spaces.Box(0, 1, (64, 64, 1), np.bool_), value)
    assert specs == {'vector': ((4096,), np.bool_)}
    np.testing.assert_array_equal(seen['vector'], value.reshape(-1))


@pytest.mark.parametrize(
    'given, kept',
    [
        (np.float64, np.float32),
        (np.float16, np.float32),
        (np.int64, np.int32),
        (np.int8, np.int32),
        (np.uint16, np.int32),
        (np.uint8, np.uint8),
    ],
)
def test_numbers_are_kept_in_few_dtypes(given, kept):
    specs, seen = observe(spaces.Box(0, 100, (2,), given), np.array([1, 99], given))
    assert specs['vector'].dtype == seen['vector'].dtype == kept
    assert list(seen['vector']) == [1, 99]


def test_a_scalar_box_stays_a_scalar():
    specs, seen = observe(spaces.Box(0, 1, (), np.float32), np.float32(0.5))
    assert specs == {'vector': ((), np.float32)}
    assert seen['vector'] == np.float32(0.5)
    assert np.shape(seen['vector']) == ()


def test_discrete_observations_become_one_hot():
    specs, seen = observe(spaces.Discrete(4, start=10), np.int64(12))
    assert specs == {'vector': ((4,), np.float32)}
    assert list(seen['vector']) == [0, 0, 1, 0]


def test_dicts_and_tuples_become_flat_keys_and_text_is_left_out(caplog):
    space = spaces.Dict(
        {
            'image': spaces.Box(0, 255, (64, 64, 3), np.uint8),
            'arm': spaces.Dict({'angle': spaces.Box(-1, 1, (2,)), 'closed': spaces.MultiBinary(1)}),
            'pair': spaces.Tuple((spaces.Discrete(2), spaces.Discrete(3))),
            'mission': spaces.Text(10),
        }
    )
    specs, seen = observe(
        space,
        {
            'image': np.zeros((64, 64, 3), np.uint8),
            'mission': 'go',
            'arm': {'angle': np.array([0.5, -0.5], np.float32), 'closed': np.array([1], np.int8)},
            'pair': (1, 2),
        },
    )
    assert {key: spec.shape for key, spec in specs.items()} == {
        'image': (64, 64, 3),
        'arm_angle': (2,),
        'arm_closed': (1,),
        'pair_0': (2,),
        'pair_1': (3,),
    }
    assert set(seen) == set(specs)
    assert list(seen['arm_angle']) == [0.5, -0.5]
    assert list(seen['pair_1']) == [0, 0, 1]
    assert 'mission' in caplog.text


def test_rows_match_their_specs():
    space = spaces.Dict({'a': spaces.MultiDiscrete([3, 4]), 'b': spaces.Box(0, 9, (2, 2), np.int64)})
    specs, seen = observe(space, space.sample())
    assert {key: (value.shape, value.dtype) for key, value in seen.items()} == specs


def test_a_row_survives_an_environment_that_reuses_its_array():
    screen = np.zeros((64, 64, 1), np.uint8)
    env = RowEnv(Showing(spaces.Box(0, 255, (64, 64, 1), np.uint8), [screen, screen]))
    row = env.reset(0)
    screen[:] = 9
    assert row['image'].max() == 0


def test_a_discrete_action_is_the_index_of_the_largest():
    action, taken = steps_with(spaces.Discrete(3, start=5), [0, 0, 1], [1, 0, 0])
    assert (action.size, action.discrete) == (3, True)
    assert taken == [7, 5]
    assert all(isinstance(one, int) for one in taken)


def test_continuous_actions_are_scaled_to_the_bounds():
    space = spaces.Box(np.array([0, -2], np.float32), np.array([10, 2], np.float32))
    action, taken = steps_with(space, [-1, -1], [0, 0], [1, 0.5], [-3, 3])
    assert (action.size, action.discrete) == (2, False)
    np.testing.assert_allclose(taken, [[0, -2], [5, 0], [10, 1], [0, 2]])


def test_unbounded_actions_stay_between_minus_one_and_one():
    space = spaces.Box(np.array([-np.inf, 0], np.float32), np.array([np.inf, 4], np.float32))
    _, taken = steps_with(space, [-1, -1], [0.25, 1])
    np.testing.assert_allclose(taken, [[-1, 0], [0.25, 4]])


def test_actions_keep_the_shape_and_dtype_of_their_space():
    action, taken = steps_with(spaces.Box(-1, 1, (2, 2), np.float64), [0.5, 0, -0.5, 1])
    assert action.size == 4
    assert taken[0].dtype == np.float64
    np.testing.assert_allclose(taken[0], [[0.5, 0], [-0.5, 1]])


@pytest.mark.parametrize(
    'space', [spaces.MultiDiscrete([2, 2]), spaces.MultiBinary(3), spaces.Dict({'a': spaces.Discrete(2)})]
)
def test_other_action_spaces_are_refused_by_name(space):
    with pytest.raises(UserError, match=type(space).__name__):
        steps_with(space)


def test_an_observation_without_numbers_is_left_out_with_its_key(caplog):
    space = spaces.Dict({'many': spaces.Sequence(spaces.Discrete(2)), 'one': spaces.Discrete(2)})
    specs, seen = observe(space, {'many': (0, 1), 'one': 1})
    assert set(specs) == set(seen) == {'one'}
    assert '`many`' in caplog.text
    assert 'Sequence' in caplog.text


def test_an_environment_with_nothing_to_observe_is_refused():
    with pytest.raises(UserError, match='nothing to observe'):
        observe(spaces.Text(5), 'hello')


@pytest.mark.parametrize('key', ['reward', 'is_first', 'action'])
def test_an_observation_cannot_take_the_name_of_another_part_of_a_row(key):
    space = spaces.Dict({key: spaces.Box(0, 1, (7,))})
    with pytest.raises(UserError, match=key):
        observe(space, {key: np.zeros(7, np.float32)})


def test_closing_reaches_the_environment():
    class Closing(Scripted):
        def close(self):
            self.closed = True

    inner = Closing([[1]])
    RowEnv(gymnasium.Wrapper(inner)).close()
    assert inner.closed
