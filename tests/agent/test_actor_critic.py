import numpy as np
import pytest
import tensorflow as tf

from dreamerv2_tf.agent import gradient_mix
from dreamerv2_tf.agent.actor_critic import RewardNorm
from dreamerv2_tf.agent.imagination import imagine, start_states
from dreamerv2_tf.errors import UserError
from dreamerv2_tf.spec import ActionPart, ActionSpec

from .. import reference, small

SEED = tf.constant([1, 2])
H = 5
REINFORCE, DYNAMICS = gradient_mix.reinforce(), gradient_mix.dynamics()


def imagined_by(agent, tape=None):
    rows = small.rows()
    start = start_states(agent.world_model.loss(rows, SEED).post)
    trajectory = imagine(agent.world_model.rssm, agent.actor_critic.policy, start, H, SEED)
    return agent.task.evaluate(trajectory, rows['is_terminal'])[0]


def reached(agent, pick):
    """Which parts get a gradient from `pick(imagined)`."""
    with tf.GradientTape() as tape:
        value = pick(imagined_by(agent))
    ac, model = agent.actor_critic, agent.world_model
    parts = model.parts | {'actor': ac.actor, 'critic': ac.critic, 'target_critic': ac.slow_critic}
    variables = [(name, v.value) for name, part in parts.items() for v in part.variables]
    gradients = tape.gradient(value, [v for _, v in variables], unconnected_gradients='zero')
    return {name for (name, _), gradient in zip(variables, gradients) if np.any(gradient)}


def parts_of_equation_6(agent, imagined):
    policy = agent.actor_critic.policy(imagined.feat[:-2], SEED)
    log_prob = np.float64(policy.log_prob(imagined.action[1:-1]))
    arrays = [np.float64(x) for x in (imagined.target, imagined.value, imagined.weight)]
    return log_prob, np.float64(policy.entropy()), *arrays


@pytest.mark.parametrize('mix, share', [(REINFORCE, 0.0), (gradient_mix.both(lambda step: 0.3), 0.3), (DYNAMICS, 1.0)])
def test_paper_form_equals_equation_6(mix, share):
    agent = small.agent()
    imagined = imagined_by(agent)
    loss, metrics = agent.actor_critic.actor_loss(imagined, 0.01, mix, share, SEED)
    log_prob, entropy, target, value, weight = parts_of_equation_6(agent, imagined)
    np.testing.assert_allclose(
        loss, reference.paper_actor_loss(log_prob, entropy, target, value, weight, share, 0.01), rtol=1e-4
    )
    np.testing.assert_allclose(metrics['actor_ent'], entropy.mean(), rtol=1e-5)


def test_release_form_shifts_the_advantage_and_uses_the_slow_critic():
    agent = small.agent(actor_advantage='release')
    imagined = imagined_by(agent)
    loss, _ = agent.actor_critic.actor_loss(imagined, 0.01, REINFORCE, 0.0, SEED)
    log_prob, entropy, target, _, weight = parts_of_equation_6(agent, imagined)
    advantage = target[1:] - np.float64(imagined.slow_value)[:-2]
    expected = -(weight[:-2] * (log_prob * advantage + 0.01 * entropy)).mean()
    np.testing.assert_allclose(loss, expected, rtol=1e-4)


def test_critic_loss_equals_equation_5():
    agent = small.agent()
    imagined = imagined_by(agent)
    loss, _ = agent.actor_critic.critic_loss(imagined)
    value, target, weight = (np.float64(x) for x in (imagined.value, imagined.target, imagined.weight))
    np.testing.assert_allclose(loss, reference.critic_loss(value, target, weight), rtol=1e-5)


def test_discounts_begin_with_what_truly_happened():
    agent = small.agent()
    imagined = imagined_by(agent)
    terminal = small.rows()['is_terminal'].reshape(-1)
    np.testing.assert_allclose(imagined.discount[0], 0.999 * (1 - terminal), rtol=1e-6)
    after_the_end = np.float64(imagined.weight)[1:, terminal]
    assert not np.any(after_the_end)
    predicted = agent.world_model.predicted_discount(imagined.feat[1:])
    np.testing.assert_allclose(imagined.discount[1:], predicted)


def test_reinforce_trains_the_actor_alone():
    agent = small.agent()
    assert reached(agent, lambda i: agent.actor_critic.actor_loss(i, 1e-3, REINFORCE, 0.0, SEED)[0]) == {'actor'}


def test_the_action_inside_log_pi_is_stopped():
    """Otherwise the straight-through action of the rollout would send a second gradient."""
    agent = small.agent()
    with tf.GradientTape(persistent=True) as tape:
        imagined = imagined_by(agent)
        flowing = agent.actor_critic.actor_loss(imagined, 1e-3, REINFORCE, 0.0, SEED)[0]
        stopped = agent.actor_critic.actor_loss(
            imagined._replace(action=tf.stop_gradient(imagined.action)), 1e-3, REINFORCE, 0.0, SEED
        )[0]
    variables = [v.value for v in agent.actor_critic.actor.variables]
    for a, b in zip(tape.gradient(flowing, variables), tape.gradient(stopped, variables)):
        np.testing.assert_array_equal(a, b)


def test_dynamics_go_through_the_model_and_the_slow_critic_but_not_the_critic():
    agent = small.agent(discrete=False)
    names = reached(agent, lambda i: agent.actor_critic.actor_loss(i, 0.0, DYNAMICS, 1.0, SEED)[0])
    assert {'actor', 'rssm', 'reward', 'discount', 'target_critic'} <= names
    assert 'critic' not in names and 'decoder' not in names


def test_the_critic_trains_itself_alone():
    agent = small.agent(discrete=False)
    assert reached(agent, lambda i: agent.actor_critic.critic_loss(i)[0]) == {'critic'}


def slow_and_fast(agent):
    ac = agent.actor_critic
    return [np.array(v) for v in ac.slow_critic.variables], [np.array(v) for v in ac.critic.variables]


def test_slow_critic_is_copied_at_update_0_then_moves_by_its_fraction_every_n():
    agent = small.agent(slow_target_update=3, slow_target_fraction=0.25)
    before, fast = slow_and_fast(agent)
    assert np.any(before[0] != fast[0])
    agent.actor_critic.update_slow_critic(tf.constant(0, tf.int64))
    for slow, value in zip(*slow_and_fast(agent)):
        np.testing.assert_array_equal(slow, value)
    for variable in agent.actor_critic.critic.variables:
        variable.assign_add(tf.ones(variable.shape))
    for update in (1, 2):
        agent.actor_critic.update_slow_critic(tf.constant(update, tf.int64))
        np.testing.assert_array_equal(slow_and_fast(agent)[0][0], fast[0])
    agent.actor_critic.update_slow_critic(tf.constant(3, tf.int64))
    np.testing.assert_allclose(slow_and_fast(agent)[0][0], fast[0] + 0.25, rtol=1e-5)


def test_without_slow_target_the_critic_itself_gives_targets():
    agent = small.agent(slow_target=False)
    assert agent.actor_critic.slow_critic is agent.actor_critic.critic
    assert not any(name.startswith('target_critic') for name in agent.weights)


def test_reward_norm_updates_first_then_divides():
    norm = RewardNorm(momentum=0.9, scale=2.0, eps=0.0)
    reward = tf.constant([[-3.0, 1.0]])  # mean size 2: magnitude 0.9 * 1 + 0.1 * 2 = 1.1
    np.testing.assert_allclose(norm(reward), [[-6 / 1.1, 2 / 1.1]], rtol=1e-6)
    np.testing.assert_allclose(norm.magnitude, 1.1, rtol=1e-6)


def test_reward_norm_with_momentum_1_is_off():
    norm = RewardNorm(momentum=1.0, scale=1.0, eps=1e-8)
    reward = tf.constant([5.0, -7.0])
    np.testing.assert_array_equal(norm(reward), reward)


MIXED = ActionSpec((ActionPart(2, True), ActionPart(2, False)))


@pytest.mark.parametrize('actor_grad, mix', [('auto', REINFORCE), ('dynamics', DYNAMICS)])
def test_actions_of_several_parts_are_imagined_and_learned(actor_grad, mix):
    agent = small.agent(action=MIXED, actor_grad=actor_grad)
    assert agent.task.mix.uses_dynamics == mix.uses_dynamics
    imagined = imagined_by(agent)
    np.testing.assert_array_equal(tf.reduce_sum(imagined.action[1:, :, :2], -1), 1)
    assert 0 < np.abs(imagined.action[1:, :, 2:]).max() < 1
    assert 'actor' in reached(agent, lambda i: agent.actor_critic.actor_loss(i, 1e-3, mix, mix.share(0), SEED)[0])


@pytest.mark.parametrize(
    'action, dist', [(MIXED, 'onehot'), (ActionSpec.numbers(4), 'onehot'), (ActionSpec.choice(4), 'normal')]
)
def test_a_distribution_that_does_not_fit_the_actions_is_refused(action, dist):
    with pytest.raises(UserError, match=f'`actor.dist` {dist} does not fit'):
        small.agent(action=action, actor__dist=dist)
