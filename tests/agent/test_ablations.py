"""What each experiment of the paper changes in an update, and what it leaves alone."""

import numpy as np
import pytest

from dreamerv2_tf import build
from dreamerv2_tf.config import flags, presets
from dreamerv2_tf.spec import ActionSpec, Spec

from .. import small

ALONE = {f'loss_scales.{name}': 0 for name in ('kl', 'image', 'reward', 'discount')}  # raise one, and it acts alone
NO_DECAY = {f'{group}_opt.wd': 0 for group in ('model', 'actor', 'critic')}


def made(preset, **changes):
    """A new agent with tiny layers and the settings of an experiment."""
    own = {key for name in preset.split() for key in presets.load()[name]}
    sizes = {key: size for key, size in small.SIZES.items() if key not in own}
    settings = {**sizes, **NO_DECAY, **{key.replace('__', '.'): value for key, value in changes.items()}}
    config, _ = flags.parse(
        ['--configs', 'atari', *preset.split(), *(f'--{key}={value}' for key, value in settings.items())]
    )
    image = {'image': Spec((64, 64, 1), np.dtype(np.uint8))}
    return build.make_agent(config, image, ActionSpec.choice(small.A))


def updated(preset, steps=0, **changes):
    """(agent, names of layers that moved, metrics) of an update with the settings of an experiment."""
    agent = made(preset, **changes)
    moved, metrics = update(agent, steps)
    return agent, moved, metrics


def update(agent, steps=0):
    """(names of layers that moved, metrics) of an update."""
    before = {name: variable.numpy() for name, variable in agent.weights.items()}
    metrics = agent.learner.update(small.rows(), steps)
    assert all(np.isfinite(float(value)) for value in metrics.values())
    return {
        name.partition('/')[0] for name, variable in agent.weights.items() if (variable.numpy() != before[name]).any()
    }, metrics


def test_by_default_the_image_moves_encoder_and_state():
    _, moved, _ = updated('', **ALONE | {'loss_scales.image': 1})
    assert {'encoder', 'rssm', 'decoder'} <= moved and not {'reward', 'discount'} & moved


def test_no_image_gradients_leaves_encoder_and_state_to_the_other_heads():
    _, moved, _ = updated('no_image_gradients', **ALONE | {'loss_scales.image': 1})
    assert 'decoder' in moved and not {'encoder', 'rssm'} & moved
    _, moved, _ = updated('no_image_gradients', **ALONE | {'loss_scales.reward': 1})
    assert {'reward', 'encoder', 'rssm'} <= moved


def test_no_reward_gradients_leaves_encoder_and_state_to_the_image():
    _, moved, _ = updated('no_reward_gradients', **ALONE | {'loss_scales.reward': 1})
    assert 'reward' in moved and not {'encoder', 'rssm'} & moved
    _, moved, _ = updated('', **ALONE | {'loss_scales.reward': 1})
    assert {'reward', 'encoder', 'rssm'} <= moved


def test_gaussian_latents_are_numbers_of_any_size():
    agent, moved, _ = updated('gaussian_latents')
    state = agent.world_model.rssm.initial(2)
    assert set(state._fields) >= {'mean', 'std'} and agent.world_model.rssm.feat_size == 12 + 32
    assert {'encoder', 'rssm', 'decoder', 'actor', 'critic'} <= moved


def test_no_kl_balancing_pulls_prior_and_posterior_alike():
    """The first step of Adam hides sizes of gradients; the loss itself says which share is whose."""
    agent, _, metrics = updated('no_kl_balancing')
    assert agent.world_model._kl['balance'] == 0.5
    assert float(metrics['kl_loss']) == pytest.approx(float(metrics['model_kl']))


@pytest.mark.parametrize('preset, moves', [('straight_through_only', False), ('reinforce_only', True), ('', True)])
def test_straight_through_alone_follows_the_models_predictions_and_reinforce_the_critics_error(preset, moves):
    """Where heads say the same of every state, no action changes a target; the critic is wrong all the same."""
    agent = made(preset, actor_ent=0, model_opt__lr=0)
    model, critics = agent.world_model, agent.actor_critic
    for head in (model.reward, model.discount_head, critics.critic, critics.slow_critic):
        head.variables[-2].assign(np.zeros(head.variables[-2].shape))
        assert head.variables[-2].path.endswith('out/kernel')
        head.variables[-1].assign(np.full(head.variables[-1].shape, 0.5))
    moved, _ = update(agent)
    assert ('actor' in moved) == moves


def test_schedules_end_the_mix_of_gradients_and_lower_the_entropy():
    _, _, early = updated('schedules', steps=0)
    _, _, late = updated('schedules', steps=2_500_000)
    assert (float(early['actor_grad_mix']), float(late['actor_grad_mix'])) == (pytest.approx(0.1), 0)
    assert (float(early['actor_ent_scale']), float(late['actor_ent_scale'])) == (
        pytest.approx(3e-3),
        pytest.approx(3e-4),
    )
    _, _, only = updated('schedules reinforce_only')
    assert 'actor_grad_mix' not in only


def test_no_layer_norm_has_a_gru_without_one():
    agent, _, _ = updated('no_layer_norm')
    plain, _, _ = updated('')
    assert {name for name in plain.weights if name not in agent.weights} == {
        'rssm/gru/norm/gamma',
        'rssm/gru/norm/beta',
    }


def test_without_a_discount_head_all_states_are_followed_with_gamma():
    agent, moved, metrics = updated('no_discount_head')
    assert agent.world_model.discount_head is None and 'discount_loss' not in metrics and 'discount' not in moved
    feat = np.zeros((2, agent.world_model.rssm.feat_size), np.float32)
    np.testing.assert_allclose(agent.world_model.predicted_discount(feat), 0.999)


@pytest.mark.parametrize('scale', [0.03, 3])
def test_the_scale_of_the_kl_term_can_be_swept(scale):
    _, _, metrics = updated('', **ALONE | {'loss_scales.kl': scale})
    assert float(metrics['model_loss']) == pytest.approx(scale * float(metrics['kl_loss']), rel=1e-5)


@pytest.mark.parametrize('preset, discount', [('paper_d1', 0.995), ('montezuma', 0.99), ('release', 0.999)])
def test_presets_of_protocols_learn(preset, discount):
    agent, moved, _ = updated(preset)
    feat = np.zeros((1, agent.world_model.rssm.feat_size), np.float32)
    assert float(agent.world_model.true_discount(np.zeros(1, np.float32), feat)[0]) == pytest.approx(discount)
    assert {'encoder', 'rssm', 'decoder', 'reward', 'discount', 'actor', 'critic'} <= moved


def test_humanoid_learns_through_the_model_with_a_heavy_kl_term():
    own = presets.load()['humanoid']
    assert (own['actor_grad'], own['loss_scales.kl'], own['actor_ent']) == ('dynamics', 2.0, 1e-5)
    settings = {**small.SIZES, **NO_DECAY}
    words = ['--configs', 'dmc_vision', 'humanoid', *(f'--{key}={value}' for key, value in settings.items())]
    image = {'image': Spec((64, 64, 3), np.dtype(np.uint8))}
    agent = build.make_agent(flags.parse(words)[0], image, ActionSpec.numbers(small.A))
    before = {name: variable.numpy() for name, variable in agent.weights.items()}
    rows = small.rows(discrete=False) | {'image': np.repeat(small.rows()['image'], 3, -1)}
    metrics = agent.learner.update(rows, 0)
    assert 'discount_loss' not in metrics and all(np.isfinite(float(value)) for value in metrics.values())
    expected = float(metrics['image_loss']) + float(metrics['reward_loss']) + 2 * float(metrics['kl_loss'])
    assert float(metrics['model_loss']) == pytest.approx(expected, rel=1e-5)
    assert any(
        (agent.weights[name].numpy() != array).any() for name, array in before.items() if name.startswith('actor')
    )
