"""Every key of the agent, of learning and of exploration changes something that is computed.

Keys of the other parts of a run have tests where they are used; none is without a reader.
"""

import pathlib
import re

import numpy as np
import pytest
import tensorflow as tf

import dreamerv2_tf
from dreamerv2_tf.config.kinds import Bool, Choice, Float, Int, Positive
from dreamerv2_tf.config.schema import SCHEMA
from dreamerv2_tf.spec import Spec
from dreamerv2_tf.training.parts import update_clock

from .. import small

PARTS = ('agent', 'learning', 'policy', 'exploration')
KEYS = [key for key, setting in SCHEMA.items() if setting.used_by in PARTS]
CLOCK = ('train_every', 'train_steps', 'train_ratio')
ONE_VALUE = [key for key in KEYS if isinstance(SCHEMA[key].kind, Choice) and len(SCHEMA[key].kind.names) == 1]

GAUSSIAN, CONTINUOUS, VECTORS = {'rssm.discrete': False}, {'discrete': False}, {'vectors': True}
FREE, MODEL_LOSS = {'kl.free': 0.05}, {'expl_behavior': 'ModelLoss'}
FOLLOWED = {'slow_target_update': 1}
CONTEXT = {  # of keys that mean nothing elsewhere
    'rssm.std_act': GAUSSIAN,
    'rssm.min_std': GAUSSIAN,
    'actor.min_std': CONTINUOUS,
    'actor.dist': CONTINUOUS,
    'encoder.mlp_keys': VECTORS,
    'encoder.mlp_layers': VECTORS,
    'decoder.mlp_keys': VECTORS,
    'decoder.mlp_layers': VECTORS,
    'kl.free_avg': FREE,
    'pred_discount': {'grad_heads': 'decoder,reward'},
    'encoder.cnn_keys': VECTORS,
    'decoder.cnn_keys': VECTORS,
    'slow_target_fraction': FOLLOWED,
    'actor_grad_mix': {'actor_grad': 'both'},
    'expl_model_loss': MODEL_LOSS,
}
VALUES = {  # instead of the next value of its kind
    'clip_rewards': 'sign',
    'grad_heads': 'decoder',
    'rssm.discrete': 7,
    'encoder.mlp_keys': '$^',
    'decoder.mlp_keys': '$^',
    'encoder.cnn_keys': '$^',
    'decoder.cnn_keys': '$^',
    'encoder.cnn_kernels': '4,4,4,3',
    'decoder.cnn_kernels': '5,5,5,8',
    'encoder.mlp_layers': '8',
    'decoder.mlp_layers': '8',
    'actor.dist': 'normal',
    'actor_grad': 'dynamics',
    'actor_ent': '0.1',
    'actor_grad_mix': '0.9',
    'discount': 0.9,
    'discount_lambda': 0.5,
    'kl.free': 100.0,
    'kl.balance': 0.3,
    'slow_target_update': 1,
    'reward_norm.momentum': 0.5,
    'reward_norm.eps': 1.0,
    'expl_reward_norm.eps': 1.0,
    'expl_reward_norm.momentum': 0.5,
    'slow_target_fraction': 0.5,
    'expl_model_loss': 'image',
    **{f'{group}_opt.clip': 1e-3 for group in ('model', 'actor', 'critic', 'expl')},
    **{f'{group}_opt.wd': 0.1 for group in ('model', 'actor', 'critic', 'expl')},
}


@pytest.fixture(scope='module', autouse=True)
def eagerly():
    """Compiling each agent would take longer than what it computes."""
    tf.config.run_functions_eagerly(True)
    yield
    tf.config.run_functions_eagerly(False)


def other_value(key):
    """A value of a key that is allowed and not its own."""
    kind, value = SCHEMA[key].kind, small.config().flat[key]
    if key in VALUES:
        return VALUES[key]
    if isinstance(kind, Bool):
        return not value
    if isinstance(kind, Choice):
        return next(name for name in kind.names if name != value)
    if isinstance(kind, Int):
        return value + 1
    assert isinstance(kind, (Float, Positive)), key
    return 2 * value + 0.1 * (value == 0)


def made(discrete=True, vectors=False, **changes):
    settings = {'expl_behavior': 'Plan2Explore', 'disag_models': 2, 'expl_head.units': 5, 'imag_horizon': 3, **changes}
    observation = {'image': Spec((64, 64, 1), np.dtype(np.uint8)), 'place': Spec((2,), np.dtype(np.float32))}
    keys = {f'{part}.mlp_keys': 'place' for part in ('encoder', 'decoder')} if vectors else {}
    if not vectors:
        del observation['place']
    return small.agent(discrete, observation=observation, **{**keys, **settings})


def shapes(agent):
    return {name: tuple(variable.shape) for name, variable in small.variables(agent).items()}


def computed(agent, discrete=True):
    """Everything that two updates and a step of the policy come to."""
    rows = small.rows(discrete=discrete)
    rows['place'] = np.float32(np.arange(small.B * small.T * 2).reshape(small.B, small.T, 2) % 5)
    metrics = [agent.learner.update(rows, 0) for _ in range(2)]
    now = {'image': rows['image'][:, 0], 'place': rows['place'][:, 0], 'is_first': np.ones(small.B, bool)}
    action, _ = agent.train_policy(now, None)
    numbers = {f'{i}/{name}': float(value) for i, each in enumerate(metrics) for name, value in each.items()}
    numbers |= {name: float(tf.reduce_sum(tf.cast(v, tf.float64))) for name, v in small.variables(agent).items()}
    return numbers | {'action': action.tolist()}


@pytest.fixture(scope='module')
def base():
    """{context: (shapes, what is computed)} of agents without the change."""
    known = {}

    def of(context):
        name = str(context)
        if name not in known:
            agent = made(**context)
            known[name] = shapes(agent), computed(agent, context.get('discrete', True))
        return known[name]

    return of


@pytest.mark.parametrize('key', [key for key in KEYS if key not in (*CLOCK, *ONE_VALUE)])
def test_a_key_changes_what_is_computed(key, base):
    context = CONTEXT.get(key, {})
    usual_shapes, usual = base(context)
    changes = {'expl_noise': 1.0} if key == 'expl_noise' else {key: other_value(key)}
    agent = made(**{**context, **changes})
    if shapes(agent) == usual_shapes:
        assert computed(agent, context.get('discrete', True)) != usual


@pytest.mark.parametrize('key', CLOCK)
def test_a_key_of_the_clock_changes_when_updates_are_made(key):
    usual, changed = (update_clock(small.config(**changes)) for changes in ({}, {key: other_value(key)}))
    assert [usual.due(step) for step in range(40)] != [changed.due(step) for step in range(40)]


def test_every_other_key_is_read_somewhere():
    package = pathlib.Path(dreamerv2_tf.__file__).parent
    code = '\n'.join(path.read_text() for path in package.rglob('*.py') if path.name != 'schema.py')
    for key in SCHEMA:
        head, _, leaf = key.partition('.')
        words = [leaf] if leaf else [head]
        found = [re.search(rf'\b{word}\b', code) for word in words] + [re.search(rf'\*\*config\.{head}\b', code)]
        assert any(found) or key in ONE_VALUE, key
