"""Plan2Explore: what its ensemble predicts, what its reward is, and what gets a gradient."""

import types

import keras
import numpy as np
import pytest
import tensorflow as tf

from dreamerv2_tf.agent.actor_critic import RewardNorm
from dreamerv2_tf.agent.imagination import Trajectory
from dreamerv2_tf.build_agent import EXPLORERS
from dreamerv2_tf.errors import UserError
from dreamerv2_tf.explore.explorer import MixedReward
from dreamerv2_tf.explore.plan2explore import TARGETS, Disagreement
from dreamerv2_tf.learning.optimizer import Adam
from dreamerv2_tf.nets.ensemble import Ensemble
from dreamerv2_tf.training.describe_checkpoint import MEANING, MEANING_OF_SOME

from .. import reference, small
from ..parity.golden import take_modes

EXPLORER = {'expl_behavior': 'Plan2Explore', 'disag_models': 3, 'expl_head__layers': 2, 'expl_head__units': 7}
HORIZON, N = 4, 6


def explorer_of(agent):
    return agent.behaviours['Plan2Explore']


def output_of(agent, seed=0, discrete=True):
    rows = {key: tf.constant(value) for key, value in small.rows(seed, discrete).items()}
    return rows, agent.world_model.loss(rows, tf.constant([0, 1]))


def models_of(curiosity):
    """[(kernels, biases)] of the members of an ensemble."""
    weights = {path.rpartition('/')[2]: variable.numpy() for path, variable in curiosity.weights.items()}
    layers = range(sum(name.startswith('kernel') for name in weights))
    return [
        ([weights[f'kernel{i}'][k] for i in layers], [weights[f'bias{i}'][k, 0] for i in layers])
        for k in range(len(weights['kernel0']))
    ]


def trajectory_of(agent, seed=0):
    rng = np.random.default_rng(seed)
    feat = rng.normal(size=(HORIZON + 1, N, agent.world_model.rssm.feat_size))
    action = rng.normal(size=(HORIZON + 1, N, small.A))
    return Trajectory(tf.constant(feat, tf.float32), tf.constant(action, tf.float32))


@pytest.mark.parametrize('target', TARGETS)
@pytest.mark.parametrize('offset', [1, 2])
def test_loss_and_reward_are_those_of_the_formulas(target, offset):
    agent = small.agent(disag_target=target, disag_offset=offset, **EXPLORER)
    curiosity, (rows, output) = explorer_of(agent).curiosity, output_of(agent)
    aims = {
        'stoch': output.post.stoch.numpy().reshape(small.B, small.T, -1),
        'deter': output.post.deter.numpy(),
        'feat': output.post.feat.numpy(),
        'embed': output.embed.numpy(),
    }
    models = models_of(curiosity)
    loss = reference.ensemble_loss(output.post.feat.numpy(), small.rows()['action'], aims[target], models, offset)
    assert float(curiosity.loss(rows, output)) == pytest.approx(loss, rel=1e-5)
    trajectory = trajectory_of(agent)
    expected = reference.disagreement(trajectory.feat.numpy(), trajectory.action.numpy(), models)
    reward = curiosity.reward(trajectory).numpy()
    np.testing.assert_allclose(reward, expected, 1e-4)
    assert (reward[0] == 0).all() and (reward[1:] > 0).all()


def test_its_members_begin_as_different_dense_layers():
    models = models_of(explorer_of(small.agent(**EXPLORER)).curiosity)
    kernels = np.stack([kernels[0] for kernels, _ in models])
    assert np.abs(kernels[0] - kernels[1]).max() > 0.1 and np.abs(kernels[1] - kernels[2]).max() > 0.1
    limit = np.sqrt(6 / sum(kernels.shape[1:]))
    assert limit * 0.9 < np.abs(kernels).max() <= limit


def test_without_the_action_it_does_not_see_it_and_the_logarithm_is_one():
    agent = small.agent(disag_action_cond=False, disag_log=True, **EXPLORER)
    curiosity, trajectory = explorer_of(agent).curiosity, trajectory_of(agent)
    expected = reference.disagreement(trajectory.feat.numpy(), np.zeros((HORIZON + 1, N, 0)), models_of(curiosity))
    np.testing.assert_allclose(curiosity.reward(trajectory).numpy()[1:], np.log(expected[1:]), 1e-4, 1e-5)


def test_the_world_model_gets_no_gradient_of_the_ensemble():
    agent = small.agent(**EXPLORER)
    curiosity = explorer_of(agent).curiosity
    with tf.GradientTape() as tape:
        loss = curiosity.loss(*output_of(agent))
    model = [variable for part in agent.world_model.parts.values() for variable in part.trainable_variables]
    own = list(curiosity.weights.values())
    gradients = tape.gradient(loss, [variable.value for variable in model] + own)
    assert all(gradient is None for gradient in gradients[: len(model)])
    assert all(np.abs(gradient.numpy()).max() > 0 for gradient in gradients[len(model) :])


def test_where_all_members_agree_the_gradient_of_the_reward_is_zero_and_a_number():
    agent = small.agent(discrete=False, **EXPLORER)
    curiosity = explorer_of(agent).curiosity
    for variable in curiosity.weights.values():
        variable.assign(tf.zeros_like(variable))
    trajectory = trajectory_of(agent)
    with tf.GradientTape() as tape:
        tape.watch(trajectory.action)
        reward = tf.reduce_sum(curiosity.reward(trajectory))
    assert float(reward) == 0 and not np.any(tape.gradient(reward, trajectory.action))


def test_the_reward_mixes_the_intrinsic_one_and_that_of_the_task():
    agent = small.agent(**EXPLORER)
    curiosity, trajectory = explorer_of(agent).curiosity, trajectory_of(agent)
    norms = RewardNorm(0.5, 1.0, 0.0), RewardNorm(1.0, 2.0, 0.0)
    mixed, metrics = MixedReward(curiosity, agent.world_model, 3.0, 10.0, norms)(trajectory)
    intrinsic = curiosity.reward(trajectory).numpy()
    magnitude = 0.5 + 0.5 * intrinsic.mean()
    task = agent.world_model.predicted_reward(trajectory.feat).numpy()
    np.testing.assert_allclose(mixed, 3 * intrinsic / magnitude + 10 * 2 * task, 1e-4)
    assert float(norms[0].magnitude) == pytest.approx(magnitude)
    assert float(metrics['intrinsic_mean']) == pytest.approx(intrinsic.mean())


@pytest.mark.parametrize(
    'changes',
    [
        {},
        {'discrete': False, 'disag_log': True},
        {'precision': 'mixed_float16', 'expl_head__norm': 'layer'},
        {'rssm__discrete': 0, 'expl_extr_scale': 1.0},
    ],
    ids=['discrete', 'continuous', 'mixed_float16', 'gaussian'],
)
def test_updates_move_what_explores_and_give_numbers(changes):
    agent = small.agent(**EXPLORER, **changes)
    explorer = explorer_of(agent)
    before = {name: variable.numpy() for name, variable in explorer.weights.items()}
    for _ in range(3):
        metrics = agent.learner.update(small.rows(0, changes.get('discrete', True)), 0)
    assert agent.learner.traces == 1
    assert all(np.isfinite(float(value)) for value in metrics.values())
    assert {'expl_curiosity_loss', 'expl_actor_loss', 'expl_reward_mean', 'actor_loss', 'reward_mean'} <= set(metrics)
    parts = {'ensemble': [], 'expl_actor': [], 'expl_critic': [], 'expl_target_critic': []}
    for name, variable in explorer.weights.items():
        parts[name.partition('/')[0]].append(np.abs(variable.numpy() - before[name]).max())
    assert all(max(moved) > 0 for moved in parts.values())


def test_xla_computes_the_same(monkeypatch):
    take_modes(monkeypatch)  # XLA draws other numbers
    losses = []
    for jit_compile in (False, True):
        agent = small.agent(jit_compile=jit_compile, imag_horizon=2, **EXPLORER)
        metrics = agent.learner.update(small.rows(), 0)
        losses.append(
            [float(metrics[name]) for name in ('expl_curiosity_loss', 'expl_reward_mean', 'expl_critic_loss')]
        )
    np.testing.assert_allclose(*losses, rtol=1e-3)


def test_every_explorer_is_explained_where_a_checkpoint_is_shown():
    assert set(EXPLORERS) <= {*MEANING, *MEANING_OF_SOME}


def test_it_goes_on_bit_for_bit_where_it_stopped():
    one, other = small.agent(**EXPLORER), small.agent(seed=0, **EXPLORER)
    one.learner.update(small.rows(), 0)
    rows = {'image': np.zeros((2, 64, 64, 1), np.uint8), 'is_first': np.ones(2, bool)}
    explorer_of(one).policy(rows, None)
    for name, part in one.learned.items():
        other.learned[name].set_state(*part.get_state())
    np.testing.assert_array_equal(explorer_of(one).policy(rows, None)[0], explorer_of(other).policy(rows, None)[0])
    ours, theirs = (agent.learner.update(small.rows(1), 0) for agent in (one, other))
    assert {name: float(value) for name, value in ours.items()} == {name: float(theirs[name]) for name in theirs}
    for name, variable in small.variables(one).items():
        np.testing.assert_array_equal(variable.numpy(), small.variables(other)[name].numpy(), err_msg=name)


def test_it_collects_until_expl_until_and_the_task_is_learned_beside_it():
    agent = small.agent(expl_until=400, **EXPLORER)
    assert agent.collectors.at(399) is explorer_of(agent) and agent.collectors.at(400) is agent.task
    before = {name: variable.numpy() for name, variable in agent.task.weights.items()}
    agent.learner.update(small.rows(), 0)
    assert any((variable.numpy() != before[name]).any() for name, variable in agent.task.weights.items())


def world(rng, actions):
    """Experience in a world of four numbers, which each action turns in its own way."""
    feat = np.empty((8, 12, 4), np.float32)
    feat[:, 0] = rng.normal(size=(8, 4))
    action = np.eye(4, dtype=np.float32)[rng.choice(actions, (8, 12))]
    turns = [np.linalg.qr(np.random.default_rng(i).normal(size=(4, 4)))[0] for i in range(4)]
    for t in range(1, 12):
        feat[:, t] = np.einsum('bi,bij->bj', feat[:, t - 1], np.stack(turns)[action[:, t].argmax(-1)])
    return {'action': tf.constant(action)}, believed(tf.constant(feat))


def believed(feat):
    """The part of a `WorldModelOutput` that an ensemble looks at."""
    return types.SimpleNamespace(post=types.SimpleNamespace(feat=feat, deter=feat))


def test_disagreement_is_higher_where_it_never_was_and_falls_where_it_learns():
    rng = np.random.default_rng(0)
    keras.utils.set_random_seed(0)
    ensemble = Ensemble(models=5, layers=2, units=32, act='elu', norm='none', in_size=8, out_size=4)
    ensemble.build()
    curiosity = Disagreement(ensemble, 'deter', offset=1, sees_action=True, takes_log=False)
    optimizer = Adam(list(ensemble.variables), lr=3e-3, eps=1e-5, clip=100, wd=0, loss_scale=None, name='curiosity')

    @tf.function
    def learn(action, feat):
        with tf.GradientTape() as tape:
            loss = curiosity.loss({'action': action}, believed(feat))
        optimizer.minimize(tape, loss)

    def disagreement(actions):
        rows, output = world(np.random.default_rng(7), actions)
        feat, action = (tf.transpose(x, [1, 0, 2]) for x in (output.post.feat, rows['action']))
        return float(tf.reduce_mean(curiosity.reward(Trajectory(feat, action))[1:]))

    seen, curve = [0, 1], []
    for _ in range(3):
        curve.append(disagreement(seen))
        for _ in range(150):
            rows, output = world(rng, seen)
            learn(rows['action'], output.post.feat)
    assert curve[0] > 2 * curve[1] > 2 * curve[2]
    assert disagreement([2, 3]) > 3 * disagreement(seen)


@pytest.mark.parametrize(
    'changes, message',
    [
        ({'expl_behavior': 'Plan2Explor'}, 'did you mean `Plan2Explore`?'),
        ({**EXPLORER, 'disag_models': 1}, '`disag_models`'),
        ({**EXPLORER, 'disag_target': 'stock'}, 'stoch'),
        ({**EXPLORER, 'disag_offset': small.T}, '`disag_offset` must be less than dataset.length, which is 6'),
        ({'expl_behavior': 'ModelLoss', 'expl_model_loss': 'imag'}, r'discount, image \(did you mean `image`\?\)'),
    ],
)
def test_a_mistake_names_what_is_allowed(changes, message):
    with pytest.raises(UserError, match=message):
        small.agent(**changes)
