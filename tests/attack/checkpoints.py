"""Kinds of malformed checkpoints. A kind takes (generator, {name: array} of a valid one, path) and writes the file.

It returns the arrays that must be loaded, or None where the file may be refused, too.
"""

import json
import os
import tempfile

import numpy as np

from dreamerv2_tf.learning.checkpoint import SENTINEL, Checkpoints
from dreamerv2_tf.learning.checkpoint_format import Contents
from dreamerv2_tf.spec import ActionSpec, Spaces, Spec
from dreamerv2_tf.training.describe_checkpoint import MEANING

from . import configs, npz

KINDS = {}


def kind(function):
    KINDS[function.__name__] = function
    return function


def arrays(random):
    """{name: array} of a small checkpoint of a run, as it is saved."""
    spaces = Spaces({'image': Spec((4, 4, 1), np.dtype(np.uint8))}, ActionSpec.choice(3))
    parts = {name: (plain, {}) for name, plain in plain_parts(random).items()}
    parts['learner'][1].update({'updates': np.array(20), 'rssm/kernel': random.normal(size=(3, 2)).astype(np.float32)})
    parts['train_replay'][1]['0/reward'] = np.zeros(3, np.float32)
    contents = Contents('task: toy_catch\nrssm:\n  deter: 7\n', spaces.to_json(), parts)
    with tempfile.TemporaryDirectory() as folder:
        saved = Checkpoints(folder).save(100, contents.to_arrays())
        with np.load(saved) as file:
            return {name: file[name] for name in file.files}


def plain_parts(random):
    """{part: plain data} of a run."""
    generator = random.bit_generator.state
    steps = int(random.integers(10**6, 10**7))
    piece = ['d' * 32, 3, 9]
    replay = {'seed': 0, 'numbers': [1], 'loaded': ['d' * 32], 'evicted_episodes': 0, 'leaving': []}
    return {
        **{name: {} for name in MEANING},
        'run': {'steps': steps, 'prefilled': True, 'best_return': 1.5},
        'greedy': {'policy': {'calls': 3}},
        'random': {'generator': generator},
        'eval_policy': {'calls': 0},
        'train_replay': replay,
        'eval_replay': replay,
        'dataset': {'chunks': [[piece]], 'sampler': {'generator': generator, 'rest': piece}},
        'recorder': {'model_loss': [1.0, 2.0]},
        'metrics_file': {'bytes': 300},
        **{name: {'last': steps - 5, 'every': 10} for name in MEANING if name.endswith('_clock')},
    }


def of_bytes(make):
    return lambda random, arrays, path: path.write_bytes(make(random, arrays)) and None


def of_changes(change):
    """A kind with other arrays; `change` (generator, arrays) returns {name: value} to put over them."""

    def write(random, arrays, path):
        changed = {**arrays, **change(random, arrays)}
        changed.pop('hash', None)  # as in files of version 0.1, which can be changed without a word
        np.savez(path, **{name: np.asarray(value) for name, value in changed.items() if value is not None})

    return write


def with_value(name, *values):
    """One of some values in place of an array."""
    return lambda random, arrays: {name: values[random.integers(len(values))]}


def with_plain(part, *values):
    """Other plain data of a part."""

    def change(random, arrays):
        parts = json.loads(str(arrays['parts']))
        value = values[random.integers(len(values))]
        parts[part] = {**parts[part], **value} if isinstance(value, dict) else value
        return {'parts': json.dumps(parts)}

    return change


def with_another_leaf(random, arrays):
    """One number, text or list of the plain data becomes another kind."""
    parts = json.loads(str(arrays['parts']))
    inside, key = parts, random.choice(list(parts))
    while isinstance(inside[key], dict | list) and inside[key] and random.integers(6):
        inside = inside[key]
        key = random.choice(list(inside)) if isinstance(inside, dict) else int(random.integers(len(inside)))
    inside[key] = STEPS[random.integers(len(STEPS))]
    return {'parts': json.dumps(parts)}


def without(name):
    return lambda random, arrays: {name: None}


def without_a_part(random, arrays):
    parts = json.loads(str(arrays['parts']))
    del parts[random.choice(list(parts))]
    return {'parts': json.dumps(parts)}


def malformed_config(random, arrays):
    make = configs.TEXTS[random.choice(list(configs.TEXTS))]
    text = make(random) if callable(make) else make
    text = text if isinstance(text, str) else text.decode(errors='replace')
    return {'config': text[:200_000].rstrip('\0')}


def malformed_text(random, arrays):
    name = random.choice(['parts', 'spaces', 'config', 'version'])
    text = str(arrays[name])
    place = random.integers(len(text))
    return {name: text[:place] + chr(random.integers(32, 127)) + text[place + 1 :]}


def cut_text(random, arrays):
    name = random.choice(['parts', 'spaces', 'config'])
    return {name: str(arrays[name])[: random.integers(len(str(arrays[name])))].rstrip('\0')}


def other_array(random, arrays):
    """An array of another kind under any of the names."""
    values = [
        *(np.array(3), np.array(-1.5), np.array(np.nan), np.array(True), np.array('text'), np.array(b'bytes')),
        *(np.zeros(0), np.zeros((2, 2)), np.array(['a', 'b']), np.array(1j), np.array('2026', 'M8[Y]')),
        *(np.zeros(2, [('a', 'f4')]), np.array(2**63, np.uint64), np.array('9' * 5000), np.array(np.inf)),
    ]
    return {random.choice(list(arrays)): values[random.integers(len(values))]}


def array_without_a_part(random, arrays):
    return {random.choice(['gone/x', '/x', '/', 'x/', '//', 'learner//', 'parts/x', ' /x', 'x']): np.zeros(3)}


SPACES = (
    '{"observation": {}, "action": {"size": 3, "discrete": true}}',
    '{"observation": {"image": [[4, 4, 1], "O"]}, "action": {"size": 3, "discrete": true}}',
    '{"observation": {"image": [[4, 4, 1], "evil"]}, "action": {"size": 3, "discrete": true}}',
    '{"observation": {"image": [[-4, 1e400], "uint8"]}, "action": {"size": -3, "discrete": 7}}',
    '{"observation": {"image": ["text", "uint8"]}, "action": {"size": "many", "discrete": true}}',
    '{"observation": {"image": [[4], "U9999999999"]}, "action": {"size": 1, "discrete": true}}',
    '{"observation": {"\\u001b[31m": [[4], "uint8"]}, "action": {"size": 1, "discrete": true}}',
    '{"observation": [], "action": {}}',
    '{"observation": {"image": [[4], ",,"]}, "action": {"size": 1, "discrete": true, "more": 1}}',
    '[]', 'null', '3', '"text"', '', '[' * 100_000, '{"a":' * 100_000, '1' * 5000,
)  # fmt: skip
PARTS = (*SPACES[-9:], '{"run": null}', '{"run": 3, "learner": []}', '{"": {}}', '{"run": {}, "learner": {}}', '{}')
FORMATS = (
    *(-1, 0, 3, 10**18, 1.5, np.nan, np.inf, '2', 'x', b'2', [2, 2], [], True, 2**63, '\u0662', '9' * 5000),
)  # fmt: skip
STEPS = (None, 'many', -1, 1e400, [], {}, True, 10**30, 10**400, 1.5, float('nan'))
CHANGES = {
    'config_malformed': malformed_config,
    'config_of_1_megabyte': with_value('config', 'task: ' + 'x' * 1_000_000),
    'text_with_another_letter': malformed_text,
    'text_cut': cut_text,
    'array_of_another_kind': other_array,
    'array_without_a_part': array_without_a_part,
    'array_missing': lambda random, arrays: {random.choice(list(arrays)): None},
    'spaces_malformed': with_value('spaces', *SPACES),
    'parts_malformed': with_value('parts', *PARTS),
    'part_missing': without_a_part,
    'plain_data_of_another_kind': with_another_leaf,
    'part_that_is_no_mapping': lambda random, arrays: with_plain(
        random.choice(list(MEANING)), None, 3, [], 'text', [[1]], True
    )(random, arrays),
    'format_malformed': with_value('format', *FORMATS),
    'format_missing': without('format'),
    'version_with_escape_codes': with_value('version', '\x1b[31m2\x1b[0m'),
    'version_of_100_kilobytes': with_value('version', 'x' * 100_000),
    'version_with_markup': with_value('version', '[red]1[/]'),
    'version_missing': without('version'),
    'steps_malformed': with_plain('run', *({'steps': value} for value in STEPS)),
    'best_return_malformed': with_plain('run', *({'best_return': value} for value in STEPS)),
    'updates_malformed': with_value('learner/updates', 'x', [1, 2], np.nan, np.inf, -1, 2**63, [], 1j),
    'weights_not_finite': with_value('learner/rssm/kernel', np.full((3, 2), np.nan, np.float32)),
    'weights_of_another_shape': with_value('learner/rssm/kernel', np.zeros((0, 7))),
    'not_complete': with_value(SENTINEL, False, 0, '', [], np.nan),
    'complete_malformed': with_value(SENTINEL, [True, True], 'yes', np.zeros((2, 2)), [False, True], b'', 1j),
    'complete_missing': without(SENTINEL),
    'of_0_1_malformed': lambda random, arrays: {
        **dict.fromkeys(arrays), 'config': 'task: x\n', 'spaces': SPACES[0], SENTINEL: True,
        'run': random.choice(['{}', '[]', '3', '', '{"clocks": 3}', '{"clocks": {}, "dataset": {}}', '[' * 100_000]),
    },
    'release_weights': lambda random, arrays: {**dict.fromkeys(arrays), 'arr_0': np.zeros(3)},
    'an_episode': lambda random, arrays: {**dict.fromkeys(arrays), 'reward': np.zeros(3), 'action': np.zeros((3, 2))},
}  # fmt: skip
KINDS |= {name: of_bytes(make) for name, make in npz.MAKERS.items()}
KINDS |= {name: of_changes(change) for name, change in CHANGES.items()}


@kind
def array_changed_behind_its_hash(random, arrays, path):
    np.savez(path, **arrays | {'learner/rssm/kernel': arrays['learner/rssm/kernel'] + 1})


@kind
def valid(random, arrays, path):
    np.savez(path, **arrays)
    return arrays


@kind
def valid_compressed(random, arrays, path):
    np.savez_compressed(path, **arrays)
    return arrays


KINDS |= {
    'folder': lambda random, arrays, path: path.mkdir(),
    'named_pipe': lambda random, arrays, path: os.mkfifo(path),
    'link_to_nothing': lambda random, arrays, path: path.symlink_to('gone.npz'),
    'link_to_itself': lambda random, arrays, path: path.symlink_to(path.name),
    'link_to_endless_zeros': lambda random, arrays, path: path.symlink_to('/dev/zero'),
}
