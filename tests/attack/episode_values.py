"""Changes of an episode's arrays: numbers, kinds, shapes and keys that it must not have, or may.

A change takes (generator, {key: [L+1, ...]}) and returns {key: array} to put over them; it may delete keys.
"""

import numpy as np

FLAGS = ('is_first', 'is_last', 'is_terminal')


def somewhere(key, value, dtype=None):
    """A change of one random number of `key`."""

    def change(random, arrays):
        array = arrays[key].astype(dtype or arrays[key].dtype)
        array.flat[random.integers(array.size)] = value
        return {key: array}

    return change


def flag_byte_of_two(random, arrays):
    """A truth value that is stored as 2, which NumPy neither writes nor refuses."""
    numbers = arrays['is_terminal'].astype(np.uint8)
    numbers[random.integers(len(numbers))] = 2
    return {'is_terminal': numbers.view(np.bool_)}


def cast(key, dtype):
    return lambda random, arrays: {key: np.asarray(arrays[key]).astype(dtype)}


def cast_one(dtype):
    def change(random, arrays):
        key = random.choice(list(arrays))
        return {key: np.zeros(arrays[key].shape, dtype)}

    return change


def reshaped(key, shape):
    return lambda random, arrays: {key: np.zeros((len(arrays[key]), *shape), arrays[key].dtype)}


def rows_of_all(begin, end):
    return lambda random, arrays: {key: value[begin:end] for key, value in arrays.items()}


def without(*keys):
    def change(random, arrays):
        for key in keys:
            del arrays[key]

    return change


def without_required(random, arrays):
    del arrays[random.choice(['action', 'reward', 'is_last', 'is_terminal'])]


def other_length(random, arrays):
    key = random.choice(list(arrays))
    return {key: arrays[key][: -1 - random.integers(2)]}


def other_action(random, arrays):
    return {'action': random.choice([0.0, 0.5, 1.0, -3.0, 1e30], size=arrays['action'].shape).astype(np.float32)}


CHANGES = {
    'nan_in_reward': somewhere('reward', np.nan),
    'nan_in_action': somewhere('action', np.nan),
    'nan_in_vector': somewhere('vector', np.nan),
    'nan_in_log_score': somewhere('log_score', np.nan),
    'nan_in_is_terminal': somewhere('is_terminal', np.nan, np.float32),
    'nan_in_is_first': somewhere('is_first', np.nan, np.float16),
    'infinite_reward': somewhere('reward', -np.inf),
    'infinite_action': somewhere('action', np.inf),
    'infinite_vector': somewhere('vector', np.inf),
    'reward_of_1e300': somewhere('reward', 1e300, np.float64),
    'vector_of_1e300': somewhere('vector', -1e300, np.float64),
    'action_of_1e300': somewhere('action', 1e300, np.float64),
    'reward_of_2_to_40': somewhere('reward', 2**40, np.int64),
    'level_of_2_to_40': somewhere('level', 2**40, np.int64),
    'level_of_2_to_63': somewhere('level', 2**63, np.uint64),
    'level_of_2_to_31': somewhere('level', 2**31, np.uint32),
    'action_of_2_to_40': somewhere('action', 2**40, np.int64),
    'reward_of_3e38_each': lambda random, arrays: {'reward': np.full(len(arrays['reward']), 3e38, np.float32)},
    'flag_of_one_half': somewhere('is_terminal', 0.5, np.float32),
    'flag_of_two': somewhere('is_last', 2, np.uint8),
    'flag_byte_of_two': flag_byte_of_two,
    'flag_of_minus_one': somewhere('is_first', -1, np.int64),
    'all_flags_false': lambda random, arrays: {key: np.zeros(len(arrays[key]), bool) for key in FLAGS},
    'all_flags_true': lambda random, arrays: {key: np.ones(len(arrays[key]), bool) for key in FLAGS},
    'last_in_the_middle': somewhere('is_last', True),
    'text': cast_one('<U5'),
    'bytes': cast_one('S3'),
    'complex': cast_one(np.complex64),
    'dates': cast_one('datetime64[s]'),
    'time_spans': cast_one('timedelta64[D]'),
    'structures': cast_one([('a', 'f4'), ('b', 'i4')]),
    'void': cast_one('V4'),
    'longdouble': cast('vector', np.longdouble),
    'reward_of_truth_values': cast('reward', bool),
    'reward_of_uint8': lambda random, arrays: {'reward': np.arange(len(arrays['reward'])).astype(np.uint8)},
    'image_of_floats': cast('image', np.float32),
    'level_of_floats': cast('level', np.float64),
    'no_rows': rows_of_all(0, 0),
    'one_row': rows_of_all(0, 1),
    'a_row_less_than_the_name': rows_of_all(0, -1),
    'numbers_without_rows': lambda random, arrays: {random.choice(list(arrays)): np.float32(3)},
    'other_length': other_length,
    'reward_of_vectors': reshaped('reward', (2,)),
    'flag_of_vectors': reshaped('is_last', (1,)),
    'action_of_numbers': reshaped('action', ()),
    'action_of_matrices': reshaped('action', (3, 3)),
    'action_without_size': reshaped('action', (0,)),
    'action_of_other_size': reshaped('action', (5,)),
    'image_without_height': reshaped('image', (0, 4, 1)),
    'image_of_other_size': reshaped('image', (5, 4, 1)),
    'image_of_60_axes': reshaped('image', (1,) * 60),
    'without_a_required_key': without_required,
    'without_is_first': without('is_first'),
    'without_image': without('image'),
    'without_action_and_reward': without('action', 'reward'),
    'with_another_key': lambda random, arrays: {'more': np.ones(len(arrays['reward']), np.float32)},
    'with_a_key_of_many_words': lambda random, arrays: {'camera/front [red] ../x': arrays['vector']},
    'actions_all_zero': lambda random, arrays: {'action': np.zeros_like(arrays['action'])},
    'actions_not_one_hot': other_action,
    'actions_two_hot': lambda random, arrays: {'action': np.ones_like(arrays['action'])},
}
