import numpy as np
import tensorflow as tf

from dreamerv2_tf.agent.imagination import imagine, start_states

from .. import small

SEED = tf.constant([1, 2])
N, H = small.B * small.T, 5


def start_of(agent):
    return start_states(agent.world_model.loss(small.rows(), SEED).post)


def test_starts_are_all_posteriors_batch_major_and_stopped():
    post = small.agent().world_model.loss(small.rows(), SEED).post
    start = start_states(post)
    for b, t in ((0, 0), (2, 3)):
        np.testing.assert_array_equal(start.deter[b * small.T + t], post.deter[b, t])


def test_index_zero_is_the_replayed_state_and_actions_lead_to_their_row():
    agent = small.agent()
    rssm, start = agent.world_model.rssm, start_of(agent)
    trajectory = imagine(rssm, agent.actor_critic.policy, start, H, SEED)
    assert trajectory.feat.shape == (H + 1, N, rssm.feat_size)
    assert trajectory.action.shape == (H + 1, N, small.A)
    np.testing.assert_array_equal(trajectory.feat[0], start.feat)
    assert not np.any(trajectory.action[0])
    np.testing.assert_array_equal(tf.reduce_sum(trajectory.action[1:], -1), np.ones((H, N)))
    first = rssm.imagine_step(start, trajectory.action[1], SEED)
    np.testing.assert_allclose(trajectory.feat[1][:, -12:], first.deter, rtol=1e-5, atol=1e-6)


def test_the_policy_never_sends_a_gradient_through_its_features():
    """With dynamics gradients, what reaches the start state comes through the model alone."""
    agent = small.agent(discrete=False)
    start = start_of(agent)

    def blind(feat, seed):
        return agent.actor_critic.policy(tf.stop_gradient(feat), seed)

    gradients = []
    for policy in (agent.actor_critic.policy, blind):
        with tf.GradientTape() as tape:
            tape.watch(start.deter)
            trajectory = imagine(agent.world_model.rssm, policy, start, H, SEED)
            total = tf.reduce_sum(trajectory.feat[-1])
        gradients.append(tape.gradient(total, start.deter).numpy())
    assert np.any(gradients[0])
    np.testing.assert_array_equal(*gradients)


def test_draws_follow_from_the_seed():
    agent = small.agent()
    start = start_of(agent)

    def rollout(seed):
        policy = agent.actor_critic.policy
        return imagine(agent.world_model.rssm, policy, start, H, tf.constant(seed)).feat.numpy()

    np.testing.assert_array_equal(rollout([1, 2]), rollout([1, 2]))
    assert np.any(rollout([1, 2]) != rollout([1, 3]))
