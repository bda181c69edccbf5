"""Learns a policy in dreams alone, with plain REINFORCE, and then plays the real game with it."""

import sys

import keras
import numpy as np
import tensorflow as tf

import dreamerv2_tf as dv2
from dreamerv2_tf.envs.catch import Catch

DREAMS, STEPS, DISCOUNT = 64, 70, 0.9
agent = dv2.load_agent('pretrained:toy_catch')
env = dv2.DreamVectorEnv(agent, DREAMS, horizon=STEPS, ends='never')
keras.utils.set_random_seed(0)
policy = keras.Sequential([keras.layers.Dense(64, 'relu'), keras.layers.Dense(3)])
optimizer = keras.optimizers.Adam(0.01)


def seen(images, before):
    """Two images in a row as numbers: the 8 x 8 cells of each."""
    cells = [each[:, 4::8, 4::8, 0].reshape(len(each), -1) / np.float32(255) for each in (images, before)]
    return np.concatenate(cells, 1)


def act(x, rng):
    """Actions drawn from the policy."""
    probs = tf.nn.softmax(policy(x)).numpy()
    return (probs.cumsum(1) > rng.random((len(x), 1))).argmax(1)


@tf.function
def learn(x, action, advantage):
    with tf.GradientTape() as tape:
        logits = policy(x)
        log_prob = -tf.nn.sparse_softmax_cross_entropy_with_logits(action, logits)
        entropy = -tf.reduce_sum(tf.nn.softmax(logits) * tf.nn.log_softmax(logits), 1)
        loss = -tf.reduce_mean(log_prob * advantage + 0.02 * entropy)
    optimizer.apply(tape.gradient(loss, policy.trainable_weights), policy.trainable_weights)


def real_return(seed):
    """The return of one real game."""
    game, rng, total, done = Catch(), np.random.default_rng(seed), 0.0, False
    before = image = game.reset(seed=seed)[0]
    while not done:
        action = act(seen(image[None], before[None]), rng)[0]
        before, (image, reward, done, _, _) = image, game.step(int(action))
        total += reward
    return total


policy(np.zeros((1, 128), np.float32))
print(f'real game before: {np.mean([real_return(seed) for seed in range(30)]):.1f}')
rng, rounds = np.random.default_rng(0), int(sys.argv[1]) if len(sys.argv) > 1 else 40
for number in range(rounds):
    before = images = env.reset(seed=number)[0]
    xs, actions, rewards = [], [], []
    for _ in range(STEPS):
        xs.append(seen(images, before))
        actions.append(act(xs[-1], rng))
        before, (images, reward, *_) = images, env.step(actions[-1])
        rewards.append(reward)
    returns = np.zeros((STEPS, DREAMS), np.float32)
    following = np.zeros(DREAMS)
    for step in reversed(range(STEPS)):
        returns[step] = following = rewards[step] + DISCOUNT * following
    advantage = (returns - returns.mean(1, keepdims=True)) / (returns.std() + 1e-6)
    x, action, advantage = np.concatenate(xs), np.concatenate(actions), advantage.ravel()
    for part in np.array_split(rng.permutation(len(x)), 4):
        learn(x[part], action[part], advantage[part])
    if number % 10 == 9:
        print(f'round {number + 1}: {np.sum(rewards, 0).mean():.1f} in the dream')
print(f'real game after: {np.mean([real_return(seed) for seed in range(30)]):.1f}')
