"""Action vectors become what people's environments take, and back."""

import itertools

import numpy as np
import pytest
from gymnasium import spaces

from dreamerv2_tf.envs.actions import ActionAdapter
from dreamerv2_tf.errors import UserError
from dreamerv2_tf.spec import ActionPart, ActionSpec

NESTED = spaces.Dict(
    {
        'walk': spaces.Discrete(3, start=5),
        'arm': spaces.Tuple(
            (spaces.Box(np.array([0, -2]), np.array([10, 2]), dtype=np.float64), spaces.MultiBinary(2))
        ),
        'mode': spaces.MultiDiscrete([[2, 3]], start=[[0, 1]]),
    }
)


def taken(space, *vectors):
    adapter = ActionAdapter(space)
    return [adapter.to_env(np.asarray(vector, np.float32)) for vector in vectors]


def test_a_discrete_action_is_the_index_of_the_largest():
    assert taken(spaces.Discrete(3, start=5), [0, 0, 1], [1, 0, 0]) == [7, 5]
    assert ActionAdapter(spaces.Discrete(3)).spec == ActionSpec.choice(3)
    assert isinstance(taken(spaces.Discrete(3), [0, 1, 0])[0], int)


def test_several_choices_are_one_hot_vectors_one_after_the_other():
    adapter = ActionAdapter(spaces.MultiDiscrete([2, 3], start=[0, 7]))
    assert adapter.spec.parts == (ActionPart(2, True, '0'), ActionPart(3, True, '1'))
    assert adapter.to_env(np.array([0, 1, 1, 0, 0])).tolist() == [1, 7]


def test_switches_are_choices_between_off_and_on():
    adapter = ActionAdapter(spaces.MultiBinary(3))
    assert [part.size for part in adapter.spec.parts] == [2, 2, 2] and adapter.spec.discrete
    assert adapter.to_env(np.array([1, 0, 0, 1, 0, 1])).tolist() == [0, 1, 1]


def test_dicts_and_tuples_follow_each_other_and_may_mix_kinds():
    adapter = ActionAdapter(NESTED)
    assert adapter.spec.parts == (
        ActionPart(2, False, 'arm_0'),
        ActionPart(2, True, 'arm_1_0'),
        ActionPart(2, True, 'arm_1_1'),
        ActionPart(2, True, 'mode_0'),
        ActionPart(3, True, 'mode_1'),
        ActionPart(3, True, 'walk'),
    ), 'gymnasium sorts the keys of a dict'
    assert not adapter.spec.discrete and not adapter.spec.continuous and adapter.spec.size == 14
    action = adapter.to_env(np.array([-1, 0.5, 1, 0, 0, 1, 0, 1, 0, 0, 1, 0, 1, 0], np.float32))
    assert NESTED.contains(action)
    assert action['walk'] == 6 and action['mode'].tolist() == [[1, 3]]
    assert action['arm'][0].tolist() == [0, 1] and action['arm'][1].tolist() == [0, 1]


@pytest.mark.parametrize(
    'space',
    [
        spaces.Discrete(5, start=-2),
        spaces.MultiDiscrete([3, 1, 4], start=[0, 9, -1]),
        spaces.MultiBinary((2, 3)),
        spaces.Tuple((spaces.Discrete(2), spaces.Tuple((spaces.Discrete(3),)))),
        NESTED,
    ],
    ids=lambda space: type(space).__name__,
)
def test_what_is_drawn_lies_in_the_space_and_comes_back(space):
    adapter, generator = ActionAdapter(space), np.random.default_rng(0)
    for _ in range(50):
        vector = adapter.spec.random(generator)
        action = adapter.to_env(vector)
        assert space.contains(action), action
        np.testing.assert_allclose(adapter.from_env(action), vector, atol=1e-6)


def test_continuous_actions_are_scaled_to_the_bounds():
    space = spaces.Box(np.array([0, -2], np.float32), np.array([10, 2], np.float32))
    assert ActionAdapter(space).spec == ActionSpec.numbers(2) and ActionAdapter(space).notes == []
    got = taken(space, [-1, -1], [0, 0], [1, 0.5], [-3, 3])
    np.testing.assert_array_equal(got, [[0, -2], [5, 0], [10, 1], [0, 2]])


@pytest.mark.parametrize(
    'low, high, ends',
    [
        (0, 10, (0, 10)),
        (0, np.inf, (0, 2)),
        (-np.inf, 5, (3, 5)),
        (-np.inf, np.inf, (-1, 1)),
        (-1e6, 1e6, (-1e6, 1e6)),
        (-1e7, 3, (1, 3)),
        (-3, 1e7, (-3, -1)),
        (-3e38, 3e38, (-1, 1)),
        (2e6, 3e6, (2e6, 2e6 + 2)),
        (4, 4, (4, 4)),
    ],
)
def test_a_side_without_a_bound_that_means_something_is_not_scaled_to(low, high, ends):
    space = spaces.Box(low, high, (1,), np.float64)
    assert [action.item() for action in taken(space, [-1], [1])] == list(ends)
    named = spaces.Dict({'push': space})
    unscaled = max(-low, high) > 1e6
    assert ActionAdapter(named).notes == unscaled * [
        '1 of 1 numbers of the action `push` have no bound within -1e6 .. 1e6 on a side and keep their unit: '
        f'the agent takes them from {ends[0]:g} .. {ends[1]:g}'
    ]


def test_integers_are_rounded_and_the_highest_can_be_reached():
    got = taken(spaces.Box(0, 3, (1,), np.int64), [-1], [-0.9], [0], [0.5], [0.7], [1])
    assert [action.item() for action in got] == [0, 0, 2, 2, 3, 3]
    assert got[0].dtype == np.int64


def random_box(generator):
    """A Box with bounds of any kind, dtype and magnitude."""
    dtype = np.dtype(generator.choice(['f2', 'f4', 'f8', 'i1', 'u1', 'i4', 'i8', 'u8']))
    shape = tuple(generator.integers(1, 4, generator.integers(0, 3)))
    low = generator.normal(size=shape) * 10.0 ** generator.integers(-3, 5, shape)
    high = low + np.abs(generator.normal(size=shape)) * 10.0 ** generator.integers(-3, 5, shape)
    if dtype.kind == 'f':
        low = np.where(generator.random(shape) < 0.3, -np.inf, low)
        high = np.where(generator.random(shape) < 0.3, np.inf, high)
        return spaces.Box(low.astype(dtype), high.astype(dtype), shape, dtype)
    limits = np.iinfo(dtype)
    low = np.where(generator.random(shape) < 0.3, limits.min, np.clip(np.rint(low), limits.min, limits.max // 2))
    high = np.where(generator.random(shape) < 0.3, limits.max // 2, np.clip(np.rint(high), low, limits.max // 2))
    return spaces.Box(low.astype(dtype), high.astype(dtype), shape, dtype)


def test_in_any_box_every_action_is_inside_and_comes_back():
    generator = np.random.default_rng(0)
    for _ in range(300):
        space = random_box(generator)
        adapter = ActionAdapter(space)
        first, last = (adapter.to_env(np.full(adapter.spec.size, end, np.float32)) for end in (-1, 1))
        half = np.subtract(last, first, dtype=np.float64).ravel() / 2
        step = 0.5 if space.dtype.kind in 'iu' else np.spacing(np.maximum(np.abs(first), np.abs(last))).ravel()
        for vector in (*generator.uniform(-1, 1, (5, adapter.spec.size)), -np.ones(adapter.spec.size)):
            vector = vector.astype(np.float32)
            action = adapter.to_env(vector)
            assert space.contains(action), (space, vector, action)
            back = adapter.from_env(action)
            moves = half > 0
            bound = (step / np.where(moves, half, 1) + 1e-6)[moves] if np.ndim(step) else step / half[moves] + 1e-6
            assert (np.abs(back - vector)[moves] <= bound).all(), (space, vector, action, back)
            np.testing.assert_array_equal(adapter.to_env(back), action)


def test_float64_bounds_stay_float64():
    space = spaces.Box(np.array([0.1]), np.array([0.3]), dtype=np.float64)
    low, high = taken(space, [-1], [1])
    assert (low.item(), high.item()) == (0.1, 0.3)


def test_actions_keep_the_shape_of_their_space():
    (action,) = taken(spaces.Box(-1, 1, (2, 2), np.float64), [0.5, 0, -0.5, 1])
    assert action.tolist() == [[0.5, 0], [-0.5, 1]]


@pytest.mark.parametrize(
    'space, action, message',
    [
        (spaces.Discrete(3, start=3), 6, 'the action is 6; there are 3 actions from 3 on'),
        (spaces.MultiDiscrete([2, 3]), np.array([0, 3]), 'the action is 3; there are 3 actions from 0 on'),
        (spaces.MultiBinary(2), np.array([0, -1]), 'the action is -1; there are 2 actions'),
        (spaces.Box(0, np.inf, (2,)), np.array([0, 2.5]), 'dimension 1 of the action is 2.5; the agent takes 0 to 2'),
        (spaces.Box(-1, 1, ()), np.float32(np.nan), 'the action is nan; the agent takes -1 to 1'),
        (spaces.Tuple((spaces.Discrete(2),)), (0, 1), 'there must be 1 parts. Received: '),
    ],
)
def test_an_action_that_no_vector_gives_is_refused_with_what_there_is(space, action, message):
    with pytest.raises(ValueError, match=message):
        ActionAdapter(space).from_env(action)


@pytest.mark.parametrize('space', [spaces.Text(3), spaces.Dict({'a': spaces.Sequence(spaces.Discrete(2))})])
def test_other_action_spaces_are_refused_by_name(space):
    kind = type(space if isinstance(space, spaces.Text) else space['a']).__name__
    with pytest.raises(UserError, match=f'{kind} are not supported; there may be Discrete, MultiDiscrete'):
        ActionAdapter(space)


def test_actions_with_nothing_to_choose_are_refused():
    with pytest.raises(UserError, match='nothing to choose'):
        ActionAdapter(spaces.Tuple(()))


def test_neighbours_that_are_alike_make_a_block():
    parts = [(3, True), (2, True), (2, True), (4, False), (1, False), (2, True)]
    blocks = ActionSpec(tuple(itertools.starmap(ActionPart, parts))).blocks
    assert [(block.begin, block.end, block.discrete, block.shape) for block in blocks] == [
        (0, 3, True, (1, 3)),
        (3, 7, True, (2, 2)),
        (7, 12, False, (5,)),
        (12, 14, True, (1, 2)),
    ]


@pytest.mark.parametrize(
    'spec, text',
    [
        (ActionSpec.choice(18), '18 discrete actions'),
        (ActionSpec.numbers(6), '6 action dimensions'),
        (ActionAdapter(spaces.MultiDiscrete([3, 2])).spec, '3 + 2 choices as one action'),
        (ActionAdapter(spaces.MultiBinary(40)).spec, '2 + 2 + 2 + 2 + 2 + 2 + 2 + 2 + ... choices as one action'),
        (ActionAdapter(NESTED).spec, '2 + 2 + 2 + 3 + 3 choices and 2 numbers as one action'),
    ],
)
def test_actions_are_described_for_people_and_survive_as_json(spec, text):
    assert spec.describe() == text
    assert ActionSpec.from_plain(spec.to_plain()) == spec


def test_actions_of_one_part_are_written_as_they_always_were():
    assert ActionSpec.choice(18).to_plain() == {'size': 18, 'discrete': True}
    assert ActionSpec.from_plain({'size': 6, 'discrete': False}) == ActionSpec.numbers(6)
