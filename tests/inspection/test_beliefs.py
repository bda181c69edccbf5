"""The beliefs of a loaded agent about episodes, rollouts and states."""

import numpy as np
import pytest
import tensorflow as tf

from dreamerv2_tf.errors import UserError
from dreamerv2_tf.inspection.beliefs import PART_ROWS
from dreamerv2_tf.nets.latent import GaussianState
from dreamerv2_tf.spec import Spec

from .. import small

STEPS = 2 * PART_ROWS + 20
VECTORS = {'vector': Spec((3,), np.dtype(np.float32)), 'height': Spec((), np.dtype(np.float32))}


@pytest.fixture(scope='module')
def agent():
    return small.loaded()


@pytest.fixture(scope='module')
def episode():
    return small.episode(STEPS)


@pytest.fixture(scope='module')
def observed(agent, episode):
    return agent.observe(episode)


def part(episode, stop):
    return {key: value[:stop] for key, value in episode.items()}


def assert_equal(one, other):
    for a, b in zip(tf.nest.flatten(one), tf.nest.flatten(other), strict=True):
        np.testing.assert_array_equal(a, b)


def test_an_episode_has_a_posterior_and_a_prior_in_every_row(observed):
    rows = STEPS + 1
    for state in (observed.post, observed.prior):
        assert state.logit.shape == state.stoch.shape == (rows, 4, 5) and state.deter.shape == (rows, 12)
        np.testing.assert_array_equal(state.stoch.sum(-1), np.ones((rows, 4)))
    assert observed.kl.shape == observed.post_entropy.shape == observed.prior_entropy.shape == (rows, 4)
    np.testing.assert_array_equal(observed.post.deter, observed.prior.deter)
    np.testing.assert_allclose(observed.post_entropy.sum(-1), observed.post.distribution.entropy(), rtol=1e-4)


@pytest.mark.parametrize('stop', [2, PART_ROWS, PART_ROWS + 1, STEPS])
def test_beliefs_do_not_depend_on_later_rows(agent, episode, observed, stop):
    shorter = agent.observe(part(episode, stop))
    assert_equal(shorter.post, tf.nest.map_structure(lambda x: x[:stop], observed.post))


def test_the_state_goes_on_from_part_to_part(agent, episode, observed):
    """h of the first row of the second part follows from z and h of the last row of the first one."""
    rssm = agent._agent.world_model.rssm
    before = tf.nest.map_structure(tf.constant, observed.at(PART_ROWS - 1))
    after = rssm.imagine_step(before, tf.constant(episode['action'][PART_ROWS][None]), tf.constant([0, 0]))
    np.testing.assert_allclose(after.deter[0], observed.post.deter[PART_ROWS], atol=1e-5)


def test_the_state_is_reset_where_an_episode_begins(agent, episode, observed):
    is_first = episode['is_first'].copy()
    is_first[[7, 150]] = True
    deter = agent.observe({**episode, 'is_first': is_first}).post.deter
    np.testing.assert_allclose(deter[[7, 150]], deter[[0, 0]], atol=1e-6)
    assert np.any(observed.post.deter[7] != observed.post.deter[0])


def test_one_seed_draws_the_same_latents_and_another_one_others(agent, episode):
    short = part(episode, 20)
    once, again, other = (agent.observe(short, seed).post.stoch for seed in (0, 0, 1))
    np.testing.assert_array_equal(once, again)
    assert np.any(once != other)


def test_rollouts_begin_at_the_given_states_and_take_the_actors_actions(agent, observed):
    rollouts = agent.imagine(observed.at([3, 3, 40]), 6)
    assert rollouts.state.logit.shape == (7, 3, 4, 5) and rollouts.action.shape == (7, 3, small.A)
    assert_equal(tf.nest.map_structure(lambda x: x[0], rollouts.state), observed.at([3, 3, 40]))
    assert not rollouts.action[0].any()
    np.testing.assert_array_equal(rollouts.action[1:].sum(-1), np.ones((6, 3)))
    assert_equal(rollouts, agent.imagine(observed.at([3, 3, 40]), 6))
    assert np.any(rollouts.action != agent.imagine(observed.at([3, 3, 40]), 6, seed=1).action)


def test_given_actions_are_taken_and_change_what_follows_them_alone(agent, observed, episode):
    actions = np.repeat(episode['action'][4:10, None], 2, 1)
    changed = actions.copy()
    changed[3] = np.roll(changed[3], 1, -1)
    one, other = (agent.imagine(observed.at([3, 9]), 6, actions=taken) for taken in (actions, changed))
    np.testing.assert_array_equal(one.action[1:], actions)
    np.testing.assert_array_equal(one.state.deter[:4], other.state.deter[:4])
    assert np.any(one.state.deter[4] != other.state.deter[4])


def test_predictions_are_those_of_the_heads(agent, observed):
    start, model = observed.at([1, 2]), agent._agent.world_model
    expected = agent.predict(start)
    feat = tf.constant(start.feat)
    np.testing.assert_allclose(expected.reward, model.predicted_reward(feat), rtol=1e-5)
    np.testing.assert_allclose(expected.discount, model.predicted_discount(feat), rtol=1e-5)
    np.testing.assert_allclose(expected.value, agent._agent.actor_critic.critic(feat), rtol=1e-5)
    assert all(0 < entropy <= np.log(small.A) + 1e-6 for entropy in expected.entropy)
    rollouts = agent.imagine(start, 5)
    assert all(values.shape == (6, 2) for values in agent.predict(rollouts.state))


def test_images_are_decoded_from_0_to_1_and_compared_in_that_scale(agent, observed, episode):
    decoded = agent.decode(observed.post)['image']
    assert decoded.shape == (STEPS + 1, 64, 64, 1) and 0 <= decoded.min() and decoded.max() <= 1
    mean = agent._agent.world_model.decoder(tf.constant(observed.at(5).feat))['image']
    np.testing.assert_allclose(decoded[5:6], np.clip(mean + 0.5, 0, 1), atol=1e-5)
    np.testing.assert_allclose(agent.seen(episode)['image'], episode['image'] / 255, atol=1e-6)
    assert agent.film_keys == ['image']


def test_vectors_gaussian_latents_and_continuous_actions():
    agent = small.loaded(
        False,
        observation=VECTORS,
        rssm__discrete=0,
        pred_discount=False,
        grad_heads='decoder,reward',
        encoder__mlp_keys='.*',
        decoder__mlp_keys='.*',
    )
    rng = np.random.default_rng(0)
    episode = {
        **small.episode(9),
        'vector': rng.normal(size=(10, 3)).astype(np.float32),
        'height': np.arange(10, dtype=np.float32),
    }
    observed = agent.observe(episode)
    assert isinstance(observed.post, GaussianState) and observed.kl.shape == (10, 4)
    rollouts = agent.imagine(observed.at(2), 3)
    assert rollouts.action.shape == (4, 1, small.A)
    assert {key: value.shape for key, value in agent.decode(rollouts.state).items()} == {
        'vector': (4, 1, 3),
        'height': (4, 1, 1),
    }
    np.testing.assert_array_equal(agent.seen(episode)['height'][:, 0], np.arange(10))
    np.testing.assert_allclose(agent.predict(rollouts.state).discount, np.full((4, 1), 0.999))
    assert agent.film_keys == []


def test_lower_precision_gives_float32_arrays():
    agent = small.loaded(precision='mixed_bfloat16')
    observed = agent.observe(small.episode(9))
    rollouts = agent.imagine(observed.at(2), 3)
    results = [observed, rollouts, agent.predict(rollouts.state), agent.decode(rollouts.state)]
    assert {array.dtype for array in tf.nest.flatten(results)} == {np.dtype(np.float32)}


def test_the_error_for_episodes_and_actions_that_do_not_fit_names_both_shapes(agent, observed, episode):
    with pytest.raises(UserError, match=r'of the shape \(64, 64, 1\). Received: uint8 of \(32, 32, 1\)'):
        agent.observe({**episode, 'image': episode['image'][:, :32, :32]})
    with pytest.raises(UserError, match='lacks `image`'):
        agent.observe({key: value for key, value in episode.items() if key != 'image'})
    with pytest.raises(UserError, match=r'must be \[5 or more steps, 1 rollouts, 4\]. Received: \(4, 1, 4\)'):
        agent.imagine(observed.at(0), 5, actions=np.zeros((4, 1, 4)))
