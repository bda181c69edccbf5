"""Checkpoints of other runs, of two runs, and with values that no run writes: one sentence, and nothing changes."""

import copy
import json

import numpy as np
import pytest

from dreamerv2_tf import build
from dreamerv2_tf.agent.held_weights import HeldWeights
from dreamerv2_tf.display.progress import Progress, Silent
from dreamerv2_tf.errors import UserError
from dreamerv2_tf.learning.checkpoint_format import contents_of
from dreamerv2_tf.training.parts import make_parts
from dreamerv2_tf.training.resume import resume

from .. import small

DIGEST = '0' * 32
TOY = {'task': 'toy_catch', 'action_repeat': 1}


@pytest.fixture(scope='module')
def made():
    """(environments, agent) of a toy task."""
    envs = {mode: build.make_envs(small.config(**TOY), mode) for mode in ('train', 'eval')}
    return envs, build.make_agent(small.config(**TOY), envs['train'].observation, envs['train'].action)


@pytest.fixture
def run(made, tmp_path):
    """The parts of a run in the middle of its second episode, with a drawn batch."""
    envs, agent = made
    parts = make_parts(small.config(**TOY), tmp_path, agent, envs, Progress(Silent()))
    policy, replay = agent.behaviours['random'].policy, parts.replays['train']

    def take(row, index):
        parts.counts.add_steps(int(not row['is_first']))
        replay.add(row, index)

    while not replay.total_episodes or not replay.get_state()[1]:
        parts.driver.step(policy, take)
    parts.counts.end_prefill()
    parts.clocks.eval(parts.counts.steps)
    next(parts.dataset)
    replay.flush()
    return parts


@pytest.fixture
def arrays(run):
    """{name: array} of its checkpoint."""
    return {name: np.asarray(value) for name, value in run.contents().to_arrays().items()}


def go_on(run, arrays, made, allow_changes=False, **changes):
    envs, agent = made
    parts = make_parts(run.config.updated(changes), run.checkpoints.folder.parent, agent, envs, Progress(Silent()))
    return resume(contents_of(arrays, '7.npz'), parts, allow_changes)


def with_plain(arrays, path, value):
    """The arrays with another value at PART/KEY/KEY of the plain data."""
    plain = copy.deepcopy(json.loads(str(arrays['parts'])))
    *outer, last = path.split('/')
    inside = plain
    for key in outer:
        inside = inside[key]
    inside[last] = value
    return {**arrays, 'parts': np.array(json.dumps(plain))}


def test_what_was_saved_goes_on(run, arrays, made):
    assert go_on(run, arrays, made).startswith('resumed at')


def with_held(arrays, agent, **changed):
    """The arrays of a run with `overlap`; `changed` are arrays of the greedy policy."""
    held = {name: v.numpy() for name, v in HeldWeights(agent.policies).variables.items()}
    held |= {f'greedy/{path}': array for path, array in changed.items()}
    parts = json.loads(str(arrays['parts'])) | {'held_weights': {}}
    arrays = arrays | {f'held_weights/{name}': array for name, array in held.items()}
    return {**arrays, 'parts': np.array(json.dumps(parts))}


def test_a_run_may_go_on_with_overlap_and_without_it_again(run, arrays, made):
    assert go_on(run, arrays, made, allow_changes=True, overlap=True).startswith('resumed at')
    assert go_on(run, with_held(arrays, made[1]), made, allow_changes=True).startswith('resumed at')


def test_held_weights_of_another_agent_are_refused(run, arrays, made):
    wrong = with_held(arrays, made[1], **{'actor/out/kernel': np.ones(3)})
    with pytest.raises(UserError, match=r'greedy/actor/out/kernel is \(3,\) there'):
        go_on(run, wrong, made, allow_changes=True, overlap=True)


MERSENNE = {'bit_generator': 'MT19937', 'state': {'key': [0] * 624, 'pos': 0}}
PLAIN = [
    ('run/steps', -1, '`steps` of its part `run` must be a whole number, 0 or more. Received: -1'),
    ('run/steps', '9', "`steps` of its part `run` must be a whole number.* Received: '9'"),
    ('run/steps', True, '`steps` of its part `run` must be a whole number'),
    ('run/steps', 10**30, '`steps` of its part `run` must be a whole number'),
    ('run/steps', 0, '`eval_clock` is at .* agent steps and the run at 0: they are of two runs'),
    ('run/prefilled', 'no', '`prefilled` of its part `run` must be true or false'),
    ('run/best_return', 'high', '`best_return` of its part `run` must be a number or null'),
    ('run', [1, 2], 'its part `run` must be values by name'),
    ('train_replay/loaded', ['../../etc/passwd'], '`loaded` of its part `train_replay` must be a list of digests'),
    ('train_replay/loaded', 'abc', '`loaded` of its part `train_replay` must be a list of digests'),
    ('train_replay/leaving', {'a': 1}, '`leaving` of its part `train_replay` must be a list of digests'),
    ('train_replay/numbers', [10**18], '`numbers` of its part `train_replay` must be a list of whole numbers'),
    ('train_replay/numbers', [], 'the running episode 0 of its part `train_replay` is of no environment'),
    ('train_replay/evicted_episodes', -3, '`evicted_episodes` of its part `train_replay` must be a whole number'),
    ('eval_replay/seed', 7, 'its episodes are of two runs, with the seeds 0 and 7'),
    ('random/generator', MERSENNE, '`generator` of its part `random` must be the state of a PCG64 generator'),
    ('random/generator', None, '`generator` of its part `random` must be the state of a PCG64 generator'),
    ('dataset/sampler/generator', MERSENNE, '`sampler` of its part `dataset` must be the state of a PCG64 generator'),
    ('dataset/sampler', {}, '`sampler` of its part `dataset` must be'),
    ('dataset/chunks', 'abc', r'`chunks` of its part `dataset` must be lists of \[digest, start, stop\]'),
    ('dataset/chunks', [[[DIGEST, -1, 5]]], '`chunks` of its part `dataset` must be lists'),
    ('dataset/chunks', [[[DIGEST, 5, 5]]], '`chunks` of its part `dataset` must be lists'),
    ('dataset/chunks', [[[DIGEST, 0, 5]]], r'a drawn batch must be 3 x 6 rows. Received: \[5\]'),
    ('eval_clock/last', 'noon', '`last` of its part `eval_clock` must be a whole number, 0 or more, or null'),
    ('eval_clock/last', 10**6, '`eval_clock` is at 1,000,000 agent steps and the run at .*: they are of two runs'),
    ('log_clock/every', -1, '`every` of its part `log_clock` must be a whole number, 0 or more, or null'),
    ('train_clock', None, 'its part `train_clock` must be values by name'),
    ('eval_policy/calls', 1.5, '`calls` of its part `eval_policy` must be a whole number'),
    ('greedy/policy', {}, '`policy` of its part `greedy` must be a count of calls'),
    ('greedy', {}, 'its part `greedy` lacks policy'),
    ('recorder', {'model_loss': ['x']}, '`model_loss` of its part `recorder` must be a list of numbers'),
    ('metrics_file/bytes', '9', '`bytes` of its part `metrics_file` must be a whole number'),
]


@pytest.mark.parametrize(('path', 'value', 'message'), PLAIN)
def test_a_value_that_no_run_writes_is_named_and_nothing_changes(run, arrays, made, path, value, message):
    check_refused(run, with_plain(arrays, path, value), made, message)


def check_refused(run, arrays, made, message):
    folder = run.checkpoints.folder.parent
    kernel, files = np.array(made[1].weights['rssm/gru/kernel'].numpy()), sorted(folder.rglob('*'))
    name = 'learner/rssm/gru/kernel'
    if name in arrays and arrays[name].dtype == np.float32:
        arrays = {**arrays, name: arrays[name] + 1}
    with pytest.raises(UserError, match=message):
        go_on(run, arrays, made)
    np.testing.assert_array_equal(made[1].weights['rssm/gru/kernel'], kernel)
    assert sorted(folder.rglob('*')) == files


ARRAYS = {
    'weights of text': (
        lambda a: {**a, 'learner/rssm/gru/kernel': np.full(a['learner/rssm/gru/kernel'].shape, 'x')},
        'rssm/gru/kernel is of <U1 there and of float32 here',
    ),
    'updates below 0': (lambda a: {**a, 'learner/updates': np.array(-3)}, '`updates` of its part `learner` must be'),
    'a row of another moment': (
        lambda a: {**a, 'driver/rows/0/image': a['driver/rows/0/image'] ^ 1},
        '`driver` and `train_replay` are not of the same moment',
    ),
    'a row without its image': (
        lambda a: {name: array for name, array in a.items() if name != 'driver/rows/0/image'},
        '`driver` and `train_replay` are not of the same moment',
    ),
    'no rows': (
        lambda a: {name: array for name, array in a.items() if not name.startswith('driver/rows')},
        '`driver` and `train_replay` are not of the same moment',
    ),
    'rows of no environment': (lambda a: {**a, 'driver/rows/x/image': np.zeros(3)}, '`driver` holds `rows/x/image`'),
    'a running episode without rewards': (
        lambda a: {name: array for name, array in a.items() if name != 'train_replay/0/reward'},
        'the running episode 0 of its part `train_replay` has other rows: reward',
    ),
    'a running episode of two lengths': (
        lambda a: {**a, 'train_replay/0/image': a['train_replay/0/image'][:-1]},
        'the running episode 0 of its part `train_replay` has other rows',
    ),
    'a game of no environment': (lambda a: {**a, 'train_envs/x/emulator': np.zeros(3)}, '`train_envs` holds `x/emul'),
    'a memory of other sizes': (
        lambda a: {**a, **memory(np.zeros((1, 2), np.float32))},
        'the memory of the policy has another logit, stoch, deter, action',
    ),
    'an array of no part': (lambda a: {**a, 'thing/a': np.zeros(3)}, '`thing/a` is of no part'),
    'no format': (lambda a: {**a, 'format': np.array(-1)}, 'it has the format -1'),
    'an observation below nothing': (
        lambda a: {**a, 'spaces': np.array(str(a['spaces']).replace('64', '-64'))},
        r'its observation `image` has the shape \(-64, -64',
    ),
    'another seed': (
        lambda a: {**a, 'config': np.array(str(a['config']).replace('\nseed: 0', '\nseed: 3'))},
        'made with other settings: seed 3 -> 0',
    ),
    'another task': (
        lambda a: {**a, 'config': np.array(str(a['config']).replace('toy_catch', 'toy_reach'))},
        'made with other settings: task toy_reach -> toy_catch',
    ),
    'a config without end': (
        lambda a: {**a, 'config': np.array('a: &a {b: *a}')},
        'the config of the checkpoint is not YAML: it refers to itself',
    ),
}


def memory(array):
    return {f'driver/policy/{name}': array for name in ('logit', 'stoch', 'deter', 'action')}


@pytest.mark.parametrize(('change', 'message'), ARRAYS.values(), ids=ARRAYS)
def test_so_are_arrays_and_texts_of_another_run(run, arrays, made, change, message):
    check_refused(run, change(arrays), made, message)


@pytest.mark.parametrize('best', [float('nan'), float('inf')])
def test_a_best_return_that_is_not_finite_counts_as_none(run, arrays, made, best):
    envs, agent = made
    parts = make_parts(run.config, run.checkpoints.folder.parent, agent, envs, Progress(Silent()))
    resume(contents_of(with_plain(arrays, 'run/best_return', best), '7.npz'), parts, False)
    assert parts.counts.get_state()[0]['best_return'] is None
