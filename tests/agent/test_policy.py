import numpy as np
import pytest
import tensorflow as tf

from dreamerv2_tf.agent.policy import action_noise, continuous_noise, discrete_noise
from dreamerv2_tf.spec import MOMENT, ActionPart, ActionSpec

from .. import small


def observations(count, seed=0, first=False):
    rng = np.random.default_rng(seed)
    return {
        'image': rng.integers(0, 256, (count, 64, 64, 1)).astype(np.uint8),
        'is_first': np.full(count, first),
        'reward': np.zeros(count, np.float32),
    }


def act(policy, *batches):
    state, actions = None, []
    for batch in batches:
        action, state = policy(batch, state)
        actions.append(action)
    return np.array(actions), state


def test_environments_that_act_together_do_not_see_each_other():
    together = small.agent(eval_state_mean=True).eval_policy
    alone = small.agent(eval_state_mean=True).eval_policy
    batches = [observations(3, seed) for seed in range(4)]
    single = [{key: value[1:2] for key, value in batch.items()} for batch in batches]
    _, state = act(together, *batches)
    _, state_alone = act(alone, *single)
    np.testing.assert_allclose(state.latent.deter[1:2], state_alone.latent.deter, rtol=1e-5, atol=1e-6)


def test_is_first_forgets_state_and_action_of_that_environment():
    policy = small.agent(eval_state_mean=True).eval_policy
    past, now = observations(2, 0), observations(2, 1)
    _, state = act(policy, past, now | {'is_first': np.array([True, False])})
    _, fresh = act(policy, now)
    np.testing.assert_allclose(state.latent.deter[0], fresh.latent.deter[0], rtol=1e-5, atol=1e-6)
    assert np.any(np.abs(state.latent.deter[1] - fresh.latent.deter[1]) > 1e-4)


def test_actions_are_one_hot_and_remembered_after_noise():
    policy = small.agent(expl_noise=1.0).train_policy
    actions, state = act(policy, *[observations(50, seed) for seed in range(4)])
    np.testing.assert_array_equal(actions.sum(-1), 1)
    np.testing.assert_array_equal(state.action, actions[-1])


def test_continuous_actions_stay_in_bounds_with_noise():
    policy = small.agent(discrete=False, expl_noise=0.5).train_policy
    actions, _ = act(policy, *[observations(50, seed) for seed in range(3)])
    assert np.abs(actions).max() <= 1 and len(np.unique(actions)) > 100


def test_evaluation_takes_the_mode_and_training_samples():
    agent = small.agent(eval_state_mean=True)
    batch = {key: np.repeat(value[:1], 200, 0) for key, value in observations(1).items()}
    greedy, _ = agent.eval_policy(batch, None)
    sampled, _ = agent.train_policy(batch, None)
    assert len(np.unique(greedy, axis=0)) == 1 < len(np.unique(sampled, axis=0))


def test_one_seed_acts_the_same_twice():
    batches = [observations(2, seed) for seed in range(5)]
    a, b, c = (act(small.agent(seed=seed).train_policy, *batches)[0] for seed in (3, 3, 4))
    np.testing.assert_array_equal(a, b)
    assert np.any(a != c)


@pytest.mark.parametrize(
    'changes',
    [{}, {'expl_noise': 0.3}, {'action': ActionSpec((ActionPart(3, True), ActionPart(2, True)))}],
    ids=['usual', 'noise', 'several choices'],
)
def test_xla_makes_the_same_draws(changes):
    batches = [observations(3, seed, first=seed == 3) for seed in range(6)]
    (plain, state), (compiled, other) = (
        act(small.agent(policy_jit=policy_jit, **changes).train_policy, *batches) for policy_jit in (False, True)
    )
    np.testing.assert_allclose(compiled, plain, rtol=1e-4, atol=1e-5)
    for name, array in state.to_arrays().items():
        np.testing.assert_allclose(other.to_arrays()[name], array, rtol=1e-4, atol=1e-5, err_msg=name)


@pytest.mark.parametrize('kind', [{}, {'discrete': False}, {'rssm__discrete': 0}], ids=['usual', 'numbers', 'Gaussian'])
@pytest.mark.parametrize('name', ['train_policy', 'eval_policy'])
def test_rows_with_a_moment_draw_for_themselves(kind, name):
    together, alone = (getattr(small.agent(eval_noise=0.3, **kind), name) for _ in range(2))
    moments = np.array([[7, 0], [8, 5], [7, 1]])
    batches = [observations(3, seed) | {MOMENT: moments + [0, step]} for step, seed in enumerate(range(4))]
    actions, state = act(together, *batches)
    single = [{key: value[1:2] for key, value in batch.items()} for batch in batches]
    expected, state_alone = act(alone, *single)
    np.testing.assert_allclose(actions[:, 1:2], expected, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(state.latent.stoch[1:2], state_alone.latent.stoch, rtol=1e-5, atol=1e-6)
    same = {key: np.repeat(value[:1], 3, 0) for key, value in observations(1).items()} | {MOMENT: moments}
    _, state = together(same, None)
    assert len(np.unique(np.reshape(state.latent.stoch, [3, -1]), axis=0)) == 3


def test_weights_that_are_held_stay_as_they_were_while_the_learner_changes_them():
    agent = small.agent()
    policy, batches = agent.train_policy, [observations(2, seed) for seed in range(3)]

    def latents():
        policy.set_state({'calls': 0}, {})
        return act(policy, *batches)[1].latent.deter

    policy.hold()
    before = latents()
    agent.learner.update(small.rows(), 0)
    np.testing.assert_array_equal(latents(), before)
    held = policy.held()
    policy.hold()
    after = latents()
    assert np.abs(after - before).max() > 1e-5
    policy.hold(held)
    np.testing.assert_array_equal(latents(), before)
    assert policy.traces == 1


def test_it_is_compiled_once():
    policy = small.agent().train_policy
    act(policy, *[observations(2, seed, first=seed == 2) for seed in range(4)])
    assert policy.traces == 1


@pytest.mark.parametrize('amount', [0.0, 0.3])
def test_discrete_noise_is_uniform_with_its_probability(amount):
    action = tf.repeat(tf.constant([[0.0, 1.0, 0.0, 0.0]]), 20000, 0)
    frequency = discrete_noise(amount)(action, [0, 1]).numpy().mean(0)
    expected = np.full(4, amount / 4) + [0, 1 - amount, 0, 0]
    np.testing.assert_allclose(frequency, expected, atol=0.012)


def test_continuous_noise_has_its_standard_deviation_and_is_clipped():
    noisy = continuous_noise(0.2)(tf.repeat([[0.0, 1.0]], 20000, 0), [0, 1]).numpy()
    assert noisy[:, 0].std() == pytest.approx(0.2, rel=0.05)
    assert noisy.max() == 1.0


def test_noise_of_several_parts_is_that_of_each():
    parts = ActionSpec((ActionPart(3, True), ActionPart(3, True), ActionPart(1, False)))
    action = tf.repeat([[0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 0.5]], 20000, 0)
    assert action_noise(parts, 0.0)(action, [0, 1]).numpy().tolist() == action.numpy().tolist()
    noisy = action_noise(parts, 0.3)(action, [0, 1]).numpy()
    np.testing.assert_array_equal(noisy[:, :3].sum(-1) + noisy[:, 3:6].sum(-1), 2)
    np.testing.assert_allclose(noisy[:, :6].mean(0), [0.1, 0.1, 0.8, 0.8, 0.1, 0.1], atol=0.012)
    assert np.corrcoef(noisy[:, 2], noisy[:, 3])[0, 1] == pytest.approx(0, abs=0.03)
    assert noisy[:, 6].max() == 1 and noisy[:, 6].std() == pytest.approx(0.27, abs=0.02)
