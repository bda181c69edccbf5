"""ModelLoss: a head learns how large a loss of the world model is in a state."""

import numpy as np
import pytest
import tensorflow as tf

from dreamerv2_tf.agent.imagination import Trajectory

from .. import small


def made(**changes):
    agent = small.agent(expl_behavior='modelloss', expl_head__layers=1, expl_head__units=9, **changes)
    return agent, agent.behaviours['ModelLoss']


@pytest.mark.parametrize('name', ['kl', 'reward', 'discount', 'image'])
def test_it_predicts_the_loss_of_each_row(name):
    agent, explorer = made(expl_model_loss=name)
    rows = {key: tf.constant(value) for key, value in small.rows().items()}
    output = agent.world_model.loss(rows, tf.constant([0, 1]))
    losses = output.row_losses[name].numpy()
    assert losses.shape == (small.B, small.T)
    expected = output.metrics['model_kl' if name == 'kl' else f'{name}_loss']
    assert losses.mean() == pytest.approx(float(expected), rel=1e-5)
    head = explorer.curiosity.reward(Trajectory(output.post.feat, None)).numpy()
    negative_log_prob = 0.5 * (np.float64(losses) - head) ** 2 + 0.5 * np.log(2 * np.pi)
    with tf.GradientTape() as tape:
        loss = explorer.curiosity.loss(rows, agent.world_model.loss(rows, tf.constant([0, 1])))
    assert float(loss) == pytest.approx(negative_log_prob.mean(), rel=1e-5)
    model = [variable.value for part in agent.world_model.parts.values() for variable in part.trainable_variables]
    assert all(gradient is None for gradient in tape.gradient(loss, model))


def test_updates_bring_the_prediction_nearer():
    agent, _ = made(expl_opt__lr=1e-2)
    losses = [float(agent.learner.update(small.rows(), 0)['expl_curiosity_loss']) for _ in range(30)]
    least = 0.5 * np.log(2 * np.pi)  # of a head that is never wrong
    assert losses[-1] - least < 0.2 * (losses[0] - least)
