"""What an agent sees of the observations that people's environments have."""

import numpy as np
import pytest
from gymnasium import spaces

from dreamerv2_tf.envs.observations import Observer
from dreamerv2_tf.errors import UserError

RNG = np.random.default_rng(0)


def observe(space, observation, image_layout='auto'):
    """(specs, what is seen) of one observation, which match each other."""
    observer = Observer(space, image_layout)
    seen = observer(observation)
    assert {key: (value.shape, value.dtype) for key, value in seen.items()} == observer.specs
    return observer.specs, seen


def pixels(*shape):
    return RNG.integers(0, 256, shape).astype(np.uint8)


@pytest.mark.parametrize('shape', [(32, 40, 3), (210, 160, 3), (60, 80, 1), (84, 84, 4), (64, 64, 12)])
def test_images_of_bytes_stay_as_they_are(shape):
    image = pixels(*shape)
    specs, seen = observe(spaces.Box(0, 255, shape, np.uint8), image)
    assert specs == {'image': (shape, np.uint8)}
    np.testing.assert_array_equal(seen['image'], image)
    assert Observer(spaces.Box(0, 255, shape, np.uint8)).notes == []


@pytest.mark.parametrize(
    'shape, layout, stored',
    [
        ((3, 64, 48), 'auto', (64, 48, 3)),
        ((4, 84, 84), 'auto', (84, 84, 4)),
        ((12, 64, 64), 'chw', (64, 64, 12)),
        ((33, 40, 50), 'chw', (40, 50, 33)),
    ],
)
def test_channels_in_front_are_put_last(shape, layout, stored):
    space, image = spaces.Box(0, 255, shape, np.uint8), pixels(*shape)
    specs, seen = observe(space, image, layout)
    assert specs == {'image': (stored, np.uint8)}
    for channel in range(shape[0]):
        np.testing.assert_array_equal(seen['image'][..., channel], image[channel])
    assert Observer(space, layout).notes == ['`image` has its channels in front, and they are put last']


def test_the_layout_can_be_said():
    space = spaces.Box(0, 255, (33, 40, 50), np.uint8)
    assert observe(space, pixels(33, 40, 50))[0]['image'].shape == (33, 40, 50)
    assert observe(spaces.Box(0, 255, (3, 64, 64), np.uint8), pixels(3, 64, 64), 'hwc')[0]['vector'].shape == (12288,)


def test_a_matrix_is_an_image_of_one_channel():
    image = pixels(64, 40)
    specs, seen = observe(spaces.Box(0, 255, (64, 40), np.uint8), image)
    assert specs == {'image': ((64, 40, 1), np.uint8)}
    np.testing.assert_array_equal(seen['image'][..., 0], image)


@pytest.mark.parametrize('dtype', [np.float32, np.float64])
def test_images_of_floats_are_scaled_from_their_bounds(dtype):
    space = spaces.Box(-1, 1, (32, 32, 3), dtype)
    image = np.full((32, 32, 3), -1, dtype)
    image[0, 0], image[1, 1], image[2, 2], image[3, 3] = 1, 0.5, 1.7, -0.998
    specs, seen = observe(space, image)
    assert specs == {'image': ((32, 32, 3), np.uint8)}
    assert seen['image'][[0, 1, 2, 3, 4], [0, 1, 2, 3, 4], 0].tolist() == [255, 191, 255, 0, 0]
    kind = np.dtype(dtype).name
    assert Observer(space).notes == [f'`image` is an image of {kind} that is scaled from [-1, 1] to 0..255']


def test_images_of_other_integers_are_scaled_too():
    values = np.arange(32 * 32).reshape(32, 32, 1) % 256
    np.testing.assert_array_equal(observe(spaces.Box(0, 255, (32, 32, 1), np.int64), values)[1]['image'], values)
    deep = np.where(values < 128, 0, 65535).astype(np.uint16)
    seen = observe(spaces.Box(0, 65535, (32, 32, 1), np.uint16), deep)[1]['image']
    np.testing.assert_array_equal(seen, np.where(values < 128, 0, 255))


@pytest.mark.parametrize('high', [np.inf, 1e38])
def test_an_image_without_bounds_is_refused_and_a_matrix_of_them_is_a_vector(high):
    with pytest.raises(UserError, match=r'`camera` has the shape .64, 64, 3. of an image.*FlattenObservation'):
        Observer(spaces.Dict({'camera': spaces.Box(-high, high, (64, 64, 3))}))
    assert Observer(spaces.Box(-high, high, (64, 64))).specs == {'vector': ((4096,), np.float32)}


@pytest.mark.parametrize('shape, dtype', [((31, 64, 3), np.uint8), ((64, 31, 1), np.float32), ((5, 2), np.int32)])
def test_small_images_and_matrices_become_vectors(shape, dtype):
    value = RNG.integers(0, 2, shape).astype(dtype)
    specs, seen = observe(spaces.Box(0, 1, shape, dtype), value)
    assert specs == {'vector': ((value.size,), dtype)}
    np.testing.assert_array_equal(seen['vector'], value.reshape(-1))
    (note,) = Observer(spaces.Box(0, 1, shape, dtype)).notes
    assert f'is taken as a vector of {value.size:,} numbers' in note


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
    assert specs['vector'].dtype == kept
    assert list(seen['vector']) == [1, 99]


def test_a_scalar_box_stays_a_scalar():
    specs, seen = observe(spaces.Box(0, 1, (), np.float32), np.float32(0.5))
    assert specs == {'vector': ((), np.float32)}
    assert seen['vector'] == np.float32(0.5)


def test_discrete_observations_become_one_hot():
    specs, seen = observe(spaces.Discrete(4, start=10), np.int64(12))
    assert specs == {'vector': ((4,), np.float32)}
    assert list(seen['vector']) == [0, 0, 1, 0]


def test_several_choices_become_one_hot_vectors_one_after_the_other():
    space = spaces.MultiDiscrete([[2, 3], [1, 2]], start=[[0, 5], [0, -1]])
    specs, seen = observe(space, np.array([[1, 7], [0, -1]]))
    assert specs == {'vector': ((8,), np.float32)}
    assert seen['vector'].tolist() == [0, 1, 0, 0, 1, 1, 1, 0]


def test_switches_stay_zeros_and_ones():
    assert observe(spaces.MultiBinary((2, 2)), np.array([[1, 0], [0, 1]], np.int8))[1]['vector'].tolist() == [
        1,
        0,
        0,
        1,
    ]


def test_dicts_and_tuples_become_flat_keys_and_text_is_left_out():
    space = spaces.Dict(
        {
            'cam/front left.rgb': spaces.Box(0, 255, (64, 64, 3), np.uint8),
            'arm': spaces.Dict({'angle': spaces.Box(-1, 1, (2,)), 'closed': spaces.MultiBinary(1)}),
            'pair': spaces.Tuple((spaces.Discrete(2), spaces.Discrete(3))),
            'mission': spaces.Text(10),
            'many': spaces.Sequence(spaces.Discrete(2)),
        }
    )
    observation = {
        'cam/front left.rgb': pixels(64, 64, 3),
        'mission': 'go',
        'many': (0, 1),
        'arm': {'angle': np.array([0.5, -0.5], np.float32), 'closed': np.array([1], np.int8)},
        'pair': (1, 2),
    }
    specs, seen = observe(space, observation)
    assert {key: spec.shape for key, spec in specs.items()} == {
        'cam/front left.rgb': (64, 64, 3),
        'arm_angle': (2,),
        'arm_closed': (1,),
        'pair_0': (2,),
        'pair_1': (3,),
    }
    assert list(seen['arm_angle']) == [0.5, -0.5]
    assert list(seen['pair_1']) == [0, 0, 1]
    assert sorted(Observer(space).notes) == [
        '`many` is left out: it holds no numbers (Sequence)',
        '`mission` is left out: it holds no numbers (Text)',
    ]


def test_an_environment_with_nothing_to_observe_is_refused():
    with pytest.raises(UserError, match='nothing to observe'):
        Observer(spaces.Text(5))


@pytest.mark.parametrize('key', ['reward', 'is_first', 'action'])
def test_an_observation_cannot_take_the_name_of_another_part_of_a_row(key):
    with pytest.raises(UserError, match=key):
        Observer(spaces.Dict({key: spaces.Box(0, 1, (7,))}))


def test_what_is_seen_survives_an_environment_that_reuses_its_array():
    screen = np.zeros((64, 64, 1), np.uint8)
    seen = Observer(spaces.Box(0, 255, screen.shape, np.uint8))(screen)
    screen[:] = 9
    assert seen['image'].max() == 0


BOX = spaces.Box(-1, 1, (2,))


@pytest.mark.parametrize(
    'space, observation, message',
    [
        (BOX, np.zeros(3), r'`vector` does not fit its space: its shape must be \(2,\). Received: \(3,\)'),
        (BOX, {'a': 1}, '`vector` does not fit its space: it must hold numbers'),
        (BOX, [0.0, 'x'], 'must hold numbers'),
        (BOX, np.array([0, np.nan]), '`vector` must be finite. Received: nan'),
        (BOX, np.array([1e39, 0]), '`vector` must be finite. Received: inf'),
        (
            spaces.Dict({'arm': BOX}),
            {'leg': 1},
            "`arm` does not fit its space: there is no 'arm' in it. Received: a dict of 'leg'",
        ),
        (spaces.Dict({'arm': BOX}), np.zeros(2), "`arm` .* there is no 'arm' in it. Received: ndarray of shape"),
        (spaces.Tuple((BOX, BOX)), (np.zeros(2),), '`1` .* there is no 1 in it'),
        (spaces.Discrete(3), 3, r'it must be one of \[3\] choices, from \[0\] on. Received: 3'),
        (spaces.MultiDiscrete([2, 3]), np.array([1, -1]), r'one of \[2 3\] choices'),
        (spaces.Box(0, 255, (64, 64, 3), np.uint8), np.zeros((3, 64, 64), np.uint8), r'must be \(64, 64, 3\)'),
        (spaces.Box(0, 1, (64, 64, 3)), np.full((64, 64, 3), np.nan), '`image` .* must be finite. Received: nan'),
        (spaces.Box(0, 9, (2,), np.int32), np.array([np.inf, 0]), '`vector` .* must be finite. Received: inf'),
        (spaces.Box(0, 2**40, (2,), np.int64), np.array([1, -(2**35)]), 'must fit 32 bits. Received: -34359738368'),
    ],
)
def test_an_observation_that_does_not_fit_is_an_error_that_names_its_key(space, observation, message):
    with pytest.raises(UserError, match=message):
        Observer(space)(observation)


def test_axes_of_length_one_may_be_missing_or_too_many():
    assert observe(BOX, np.array([[0.5], [1]]))[1]['vector'].tolist() == [0.5, 1]
    assert observe(spaces.Box(0, 255, (64, 64, 1), np.uint8), pixels(64, 64))[1]['image'].shape == (64, 64, 1)


def test_an_environment_may_store_numbers_that_are_not_finite_for_others_to_find():
    assert np.isnan(Observer(BOX).arrays(np.array([0, np.nan]))['vector'][1])
