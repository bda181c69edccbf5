import numpy as np
import pytest
import tensorflow as tf

from dreamerv2_tf.distributions.draws import split
from dreamerv2_tf.nets.rssm import RSSM

B, T, E, A = 3, 6, 7, 4
RNG = np.random.default_rng(0)
EMBED = RNG.normal(size=(B, T, E)).astype(np.float32)
ACTION = np.eye(A, dtype=np.float32)[RNG.integers(A, size=(B, T))]
SEED = tf.constant([3, 5])


def make(discrete=5, ensemble=1, norm='none', dtype=None):
    rssm = RSSM(
        A,
        E,
        stoch=4,
        discrete=discrete,
        deter=10,
        hidden=8,
        ensemble=ensemble,
        act='elu',
        norm=norm,
        gru_norm=True,
        std_act='sigmoid2',
        min_std=0.1,
        dtype=dtype,
    )
    rssm.build()
    return rssm


def firsts(*places):
    is_first = np.zeros((B, T), bool)
    for place in places:
        is_first[place] = True
    return is_first


def stepwise(rssm, is_first):
    """Posteriors by `observe_step`, with the seeds that `observe` gives to its rows."""
    post_seed, _ = tf.unstack(split(SEED, 2))
    seeds = split(post_seed, T)
    state, states = rssm.initial(B), []
    for t in range(T):
        state = rssm.observe_step(state, ACTION[:, t], EMBED[:, t], is_first[:, t], seeds[t])
        states.append(state)
    return tf.nest.map_structure(lambda *x: tf.stack(x, 1), *states)


@pytest.mark.parametrize('discrete', [5, 0])
@pytest.mark.parametrize('norm', ['none', 'layer'])
def test_whole_sequences_equal_single_steps(discrete, norm):
    rssm = make(discrete, norm=norm)
    is_first = firsts((slice(None), 0), (1, 3))
    post, _ = rssm.observe(EMBED, ACTION, is_first, SEED)
    for field, value in stepwise(rssm, is_first)._asdict().items():
        np.testing.assert_allclose(getattr(post, field), value, rtol=1e-4, atol=1e-5, err_msg=field)


def test_is_first_in_the_middle_forgets_all_that_was_before():
    rssm = make()
    whole, _ = rssm.observe(EMBED, ACTION, firsts((slice(None), 0), (slice(None), 3)), SEED)
    other_past = EMBED.copy()
    other_past[:, :3] += 1
    other_action = ACTION.copy()
    other_action[:, :4] = np.roll(ACTION[:, :4], 1, -1)  # also the action into row 3
    other, _ = rssm.observe(other_past, other_action, firsts((slice(None), 0), (slice(None), 3)), SEED)
    np.testing.assert_array_equal(whole.deter[:, 3:], other.deter[:, 3:])
    assert np.any(whole.deter.numpy()[:, :3] != other.deter.numpy()[:, :3])


def test_a_state_depends_on_the_past_and_on_its_own_embedding_but_not_on_the_future():
    rssm, is_first = make(), firsts((slice(None), 0))
    before, _ = rssm.observe(EMBED, ACTION, is_first, SEED)
    changed = EMBED.copy()
    changed[:, 4] += 1
    after, _ = rssm.observe(changed, ACTION, is_first, SEED)
    np.testing.assert_array_equal(before.logit[:, :4], after.logit[:, :4])
    assert np.any(before.logit[:, 4] != after.logit[:, 4])
    np.testing.assert_array_equal(before.deter[:, :5], after.deter[:, :5])


def test_prior_of_a_row_is_the_imagined_step_from_the_row_before():
    rssm = make()
    post, prior = rssm.observe(EMBED, ACTION, firsts((slice(None), 0)), SEED)
    previous = tf.nest.map_structure(lambda x: x[:, 2], post)
    imagined = rssm.imagine_step(previous, ACTION[:, 3], SEED)
    np.testing.assert_allclose(imagined.logit, prior.logit[:, 3], rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(imagined.deter, prior.deter[:, 3], rtol=1e-4, atol=1e-5)


def test_features_hold_the_stochastic_part_first():
    rssm = make()
    post, _ = rssm.observe(EMBED, ACTION, firsts((slice(None), 0)), SEED)
    assert post.feat.shape == (B, T, rssm.feat_size) == (B, T, 4 * 5 + 10)
    np.testing.assert_array_equal(post.feat[..., :20], tf.reshape(post.stoch, [B, T, 20]))
    np.testing.assert_array_equal(post.feat[..., 20:], post.deter)


def test_a_step_without_seed_takes_the_mode():
    rssm = make()
    state = rssm.observe_step(rssm.initial(B), ACTION[:, 0], EMBED[:, 0], firsts()[:, 0], None)
    np.testing.assert_array_equal(np.argmax(state.stoch, -1), np.argmax(state.logit, -1))


def test_gaussian_std_is_bounded_from_below():
    rssm = make(discrete=0)
    post, prior = rssm.observe(EMBED, ACTION, firsts((slice(None), 0)), SEED)
    assert post.std.shape == (B, T, 4) and post.feat.shape == (B, T, 14)
    assert post.std.numpy().min() > 0.1 and prior.std.numpy().max() < 2.1


def test_an_ensemble_uses_one_head_per_step_for_the_whole_batch():
    rssm = make(ensemble=3)
    deter = tf.tile(tf.constant(RNG.normal(size=(1, 1, 10)), tf.float32), [200, B, 1])
    logits = rssm.prior(deter, SEED).logit.numpy()
    assert np.all(logits == logits[:, :1])
    heads = {logit.tobytes() for logit in logits[:, 0]}
    assert len(heads) == 3


def test_distribution_parameters_stay_float32_in_low_precision():
    rssm = make(dtype='mixed_bfloat16')
    post, prior = rssm.observe(EMBED, ACTION, firsts((slice(None), 0)), SEED)
    assert post.logit.dtype == prior.logit.dtype == tf.float32
    assert post.deter.dtype == post.stoch.dtype == tf.bfloat16
    assert set(np.unique(tf.cast(post.stoch, tf.float32))) == {0.0, 1.0}
