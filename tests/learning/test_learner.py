import numpy as np
import pytest
import tensorflow as tf

from .. import small

METRICS = {
    'kl_loss',
    'image_loss',
    'reward_loss',
    'discount_loss',
    'model_loss',
    'model_kl',
    'prior_ent',
    'post_ent',
    'model_grad_norm',
    'actor_loss',
    'actor_ent',
    'actor_ent_scale',
    'actor_grad_norm',
    'critic_loss',
    'critic',
    'critic_slow',
    'critic_target',
    'critic_grad_norm',
    'reward_mean',
    'reward_std',
    'reward_normed_mean',
    'reward_normed_std',
}


@pytest.fixture
def eagerly():
    tf.config.run_functions_eagerly(True)
    yield
    tf.config.run_functions_eagerly(False)


def run(agent, updates, **kwargs):
    return [
        {name: float(value) for name, value in agent.learner.update(small.rows(i, **kwargs), i).items()}
        for i in range(updates)
    ]


def test_metrics_have_the_releases_names():
    assert set(run(small.agent(), 1)[0]) == METRICS


def test_one_seed_gives_the_same_numbers_twice_and_is_compiled_once():
    tf.config.experimental.enable_op_determinism()
    agents = [small.agent(seed=seed) for seed in (1, 1, 2)]
    one, same, other = (run(agent, 4) for agent in agents)
    assert one == same and one[0] != other[0]
    for a, b in zip(small.variables(agents[0]).values(), small.variables(agents[1]).values()):
        np.testing.assert_array_equal(a, b)
    assert agents[0].learner.traces == 1


@pytest.mark.parametrize('precision', ['mixed_float16', 'mixed_bfloat16'])
@pytest.mark.parametrize('discrete', [True, False])
def test_low_precision_stays_finite_and_near_float32(precision, discrete):
    agent = small.agent(discrete, precision)
    metrics = run(agent, 200, discrete=discrete)
    assert all(np.isfinite(list(m.values())).all() for m in metrics)
    assert agent.learner.traces == 1
    exact = run(small.agent(discrete), 50, discrete=discrete)
    bounds = {'image_loss': 0.02, 'reward_loss': 0.02, 'discount_loss': 0.02, 'actor_loss': 0.2, 'critic_loss': 0.2}
    for name, bound in bounds.items():
        assert metrics[0][name] == pytest.approx(exact[0][name], rel=bound), name
    kl, exact_kl = (np.mean([row['kl_loss'] for row in rows[:50]]) for rows in (metrics, exact))
    assert kl == pytest.approx(exact_kl, rel=0.05)  # one sample that falls otherwise changes that of a batch by more


def test_mixed_gradients_follow_their_schedules():
    agent = small.agent(actor_grad='both', actor_grad_mix='linear(0.1,0,4)', actor_ent='linear(4e-3,0,4)')
    metrics = run(agent, 3)
    assert [m['actor_grad_mix'] for m in metrics] == pytest.approx([0.1, 0.075, 0.05])
    assert [m['actor_ent_scale'] for m in metrics] == pytest.approx([4e-3, 3e-3, 2e-3])
    assert agent.learner.traces == 1


@pytest.mark.parametrize(
    'changes',
    [
        {'rssm__discrete': 'False'},
        {'actor__dist': 'normal'},
        {'actor__dist': 'tanh_normal'},
        {'rssm__ensemble': 2},
        {r'.*\.norm': 'layer'},
        {'actor_grad': 'both'},
        {'kl__balance': 0.5},
        {'slow_target': False},
        {'rssm__gru_norm': False},
        {'actor_grad': 'reinforce'},
    ],
)
def test_variants_learn_without_a_gap(changes, eagerly):
    """Every kernel that is trained moves in one update."""
    agent = small.agent(discrete=False, **changes)
    before = {name: np.array(value) for name, value in agent.weights.items()}
    metrics = run(agent, 1, discrete=False)[0]
    assert np.isfinite(list(metrics.values())).all()
    still = {name for name, value in agent.weights.items() if np.all(before[name] == np.array(value))}
    assert not {name for name in still if name.endswith('kernel')}


def test_xla_computes_the_same(monkeypatch):
    from ..parity.golden import take_modes

    take_modes(monkeypatch)
    agent = small.agent(jit_compile=True)
    plain, compiled = run(small.agent(), 2), run(agent, 2)
    assert agent.learner.traces == 1
    for a, b in zip(plain, compiled):
        for name in METRICS:
            assert a[name] == pytest.approx(b[name], rel=1e-3, abs=1e-4), name
