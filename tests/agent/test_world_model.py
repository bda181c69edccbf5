import numpy as np
import pytest
import tensorflow as tf

from dreamerv2_tf.errors import UserError
from dreamerv2_tf.spec import Spec

from .. import small

SEED = tf.constant([1, 2])


def parts_reached(agent, pick, precision=None):
    """Names of parts whose weights get a gradient from `pick(output)`."""
    model = agent.world_model
    rows = {key: tf.constant(value) for key, value in small.rows().items()}
    with tf.GradientTape() as tape:
        value = pick(model.loss(rows, SEED))
    variables = [(name, v.value) for name, part in model.parts.items() for v in part.variables]
    gradients = tape.gradient(value, [v for _, v in variables], unconnected_gradients='zero')
    return {name for (name, _), gradient in zip(variables, gradients) if np.any(gradient)}


@pytest.mark.parametrize(
    'heads, shaping',
    [
        ('decoder,reward,discount', {'image', 'reward', 'discount'}),
        ('reward,discount', {'reward', 'discount'}),
        ('decoder,discount', {'image', 'discount'}),
    ],
)
def test_only_grad_heads_shape_the_state(heads, shaping):
    agent = small.agent(grad_heads=heads)
    owner = {'image': 'decoder', 'reward': 'reward', 'discount': 'discount'}
    for loss, head in owner.items():
        reached = parts_reached(agent, lambda out, name=f'{loss}_loss': out.metrics[name])
        assert reached == ({head, 'encoder', 'rssm'} if loss in shaping else {head})


def test_kl_trains_encoder_and_rssm_alone():
    assert parts_reached(small.agent(), lambda out: out.metrics['kl_loss']) == {'encoder', 'rssm'}


def test_loss_is_the_sum_of_scaled_terms():
    agent = small.agent(loss_scales__kl=0.1, loss_scales__discount=5, loss_scales__image=0.5)
    m = agent.world_model.loss(small.rows(), SEED).metrics
    expected = 0.1 * m['kl_loss'] + m['reward_loss'] + 5 * m['discount_loss'] + 0.5 * m['image_loss']
    np.testing.assert_allclose(m['model_loss'], expected, rtol=1e-6)


def test_a_loss_scale_without_a_loss_names_the_nearest():
    with pytest.raises(UserError, match='`loss_scales.imag`.*`image`'):
        small.agent(loss_scales__imag=2)


def test_image_term_is_summed_over_the_image_and_averaged_over_rows():
    out = small.agent().world_model.loss(small.rows(), SEED)
    target = small.rows()['image'] / 255 - 0.5
    squared = 0.5 * ((np.float64(out.means['image']) - target) ** 2).sum((2, 3, 4)).mean()
    np.testing.assert_allclose(out.metrics['image_loss'], squared + 0.5 * np.log(2 * np.pi) * 64 * 64, rtol=1e-5)


@pytest.mark.parametrize('transform, function', [('tanh', np.tanh), ('sign', np.sign), ('identity', lambda x: x)])
def test_reward_is_transformed_before_it_is_predicted(transform, function):
    agent = small.agent(clip_rewards=transform)
    batch = agent.world_model.preprocess(small.rows())
    np.testing.assert_allclose(batch['reward'], function(small.rows()['reward']), rtol=1e-5)


def test_discount_label_contains_gamma_in_full_precision():
    agent = small.agent(precision='mixed_bfloat16')
    label = agent.world_model.preprocess(small.rows())['discount']
    assert label.dtype == tf.float32
    np.testing.assert_array_equal(np.unique(label), np.float32([0, 0.999]))


@pytest.mark.parametrize('precision', ['float32', 'mixed_bfloat16', 'mixed_float16'])
def test_losses_and_parameters_are_float32(precision):
    out = small.agent(precision=precision).world_model.loss(small.rows(), SEED)
    values = [out.loss, out.kl, out.post.logit, *out.metrics.values(), *out.means.values()]
    assert {value.dtype for value in values} == {tf.float32}
    assert out.embed.dtype == {'float32': tf.float32, 'mixed_bfloat16': tf.bfloat16}.get(precision, tf.float16)


def test_without_discount_head_gamma_is_everywhere():
    agent = small.agent(pred_discount=False, grad_heads='decoder,reward', discount=0.9)
    model, feat = agent.world_model, tf.zeros([3, 2, agent.world_model.rssm.feat_size])
    assert 'discount_loss' not in model.loss(small.rows(), SEED).metrics
    np.testing.assert_allclose(model.predicted_discount(feat), 0.9 * np.ones((3, 2)))
    np.testing.assert_allclose(model.true_discount(tf.ones([2]), feat[0]), [0.9, 0.9])


def test_scalars_and_vectors_are_observed_each_with_its_own_loss():
    spec = {
        'speed': Spec((), np.dtype(np.float32)),
        'joints': Spec((3,), np.dtype(np.float32)),
        'log_secret': Spec((2,), np.dtype(np.float32)),
    }
    agent = small.agent(observation=spec, encoder__mlp_keys='.*', decoder__mlp_keys='.*')
    rows = {key: value for key, value in small.rows().items() if key != 'image'}
    rows |= {'speed': np.ones((small.B, small.T), np.float32), 'joints': np.ones((small.B, small.T, 3), np.float32)}
    metrics = agent.world_model.loss(rows, SEED).metrics
    assert {'speed_loss', 'joints_loss'} < set(metrics)
    assert not any('secret' in name for name in metrics)
