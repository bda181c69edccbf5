"""What an agent foresees of recorded rows."""

import numpy as np
import pytest
import tensorflow as tf

from dreamerv2_tf.agent.foresight import SEQUENCE_ROWS, Foresight

from .. import small

DISCOUNT = 0.9


@pytest.fixture(scope='module')
def agent():
    return small.agent(discount=DISCOUNT)


def foresight(agent):
    return Foresight(agent.world_model, agent.actor_critic, DISCOUNT, seed=0)


def test_one_seed_gives_the_same_numbers_and_one_graph_serves_all_lengths(agent):
    measured = foresight(agent)
    first = measured.measure([small.episode(60)], 10)
    assert first == measured.measure([small.episode(60)], 10) != measured.measure([small.episode(60)], 11)
    measured.measure([small.episode(200), small.episode(30)], 10)
    assert measured._compiled.experimental_get_tracing_count() == 1


def test_episodes_shorter_than_a_sequence_count_together(agent):
    short = [small.episode(SEQUENCE_ROWS // 2 - 1), small.episode(SEQUENCE_ROWS // 2 - 1, seed=1)]
    assert foresight(agent).measure(short[:1], 0) == {}
    assert 'reward_skill' in foresight(agent).measure(short, 0)


def test_an_untrained_model_has_no_skill_and_values_too_little(agent):
    episode = small.episode(100) | {'reward': np.tile([0.0, 2.0], 51)[:101].astype(np.float32)}
    numbers = foresight(agent).measure([episode], 0)
    assert numbers['reward_skill'] < 0.1 and numbers['reward_skill_ahead'] < 0.1
    assert numbers['reward_recall'] < 0.2
    followed = np.tanh(2) / (1 - DISCOUNT**2)  # about half of it every other row
    assert numbers['value_bias'] == pytest.approx(-followed, rel=0.3)


def test_a_reward_head_that_reads_the_picture_is_seen_but_not_foreseen(agent):
    """The reward is whether the picture is bright, which the actions do not tell."""
    rng = np.random.default_rng(0)
    bright = rng.integers(2, size=200).astype(bool)
    episode = small.episode(199) | {
        'image': np.broadcast_to(np.where(bright, 255, 0)[:, None, None, None], (200, 64, 64, 1)).astype(np.uint8),
        'reward': bright.astype(np.float32),
    }
    batch = {key: tf.constant(value[None, :48]) for key, value in episode.items()}
    for step in range(150):
        agent.learner.update(batch, step)
    numbers = foresight(agent).measure([episode], 0)
    assert numbers['reward_skill'] > 0.5 > numbers['reward_skill_ahead']
    assert numbers['reward_skill'] - numbers['reward_skill_ahead'] > 0.4


def test_without_any_reward_nothing_is_said_of_rewards(agent):
    episode = small.episode(60) | {'reward': np.zeros(61, np.float32)}
    numbers = foresight(agent).measure([episode], 0)
    assert np.isnan(numbers['reward_skill']) and np.isnan(numbers['reward_recall'])
    assert np.isfinite(numbers['discount_error'])


def test_row_0_which_has_no_reward_of_its_own_is_not_judged(agent):
    episodes = [small.episode(30, seed) | {'reward': np.array([0.0] + [-1.0] * 30, np.float32)} for seed in range(3)]
    assert np.isnan(foresight(agent).measure(episodes, 0)['reward_skill'])
