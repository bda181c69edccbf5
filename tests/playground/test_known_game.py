"""Dreams of a game that is known: what is dreamt is what would have happened."""

import numpy as np
import tensorflow as tf

import dreamerv2_tf as dv2
from dreamerv2_tf.envs.catch import BALLS, Catch

FALL = 7  # agent steps from one ball to the next


def scripted(agent, episode):
    """An episode of the game with a script: always left, always right, or at random."""
    env, generator = agent.make_env(), np.random.default_rng(episode)
    row, rows = env.reset(seed=episode), []
    vector = np.zeros(3, np.float32)
    while True:
        rows.append({**row, 'action': vector})
        if row['is_last']:
            return {key: np.stack([each[key] for each in rows]) for key in rows[0]}
        vector = np.eye(3, dtype=np.float32)[(0, 2, generator.integers(3))[episode % 3]]
        row = env.step(vector)


def test_the_dream_knows_which_balls_are_caught(catcher):
    """From where two rows of a ball were seen, five steps ahead, whatever is done."""
    landing = FALL * (1 + np.arange(BALLS))
    seen, agree = landing - 5, []
    env = dv2.DreamEnv(catcher, ends='never')
    for number in range(9):
        episode = scripted(catcher, number)
        actions = np.stack([episode['action'][seen + 1 + step] for step in range(5)])
        observed = catcher.observe(episode)
        for ball, row in enumerate(seen):
            env.state = observed.at(row)
            rewards = [env.step(int(action.argmax()))[1] for action in actions[:, ball]]
            agree.append(np.sign(rewards[-1]) == episode['reward'][landing[ball]] and abs(sum(rewards[:-1])) < 0.5)
    assert np.mean(agree) >= 0.9


def test_random_actions_get_as_much_in_dreams_as_in_the_game(catcher):
    generator, real = np.random.default_rng(0), []
    for seed in range(200):
        game, total, done = Catch(), 0.0, False
        game.reset(seed=seed)
        while not done:
            _, reward, done, _, _ = game.step(int(generator.integers(3)))
            total += reward
        real.append(total)
    steps = FALL * BALLS
    firsts = [{key: episode[key][:1] for key in episode.keys()} for episode in dv2.load_episodes(_episodes())]
    start = tf.nest.map_structure(lambda *x: np.concatenate(x), *[catcher.observe(first).at(0) for first in firsts])
    env = dv2.DreamVectorEnv(catcher, 200, start=start, horizon=steps, ends='never')
    env.reset(seed=0)
    dreamt = sum(env.step(generator.integers(3, size=200))[1] for _ in range(steps))
    assert abs(dreamt.mean() - np.mean(real)) <= 1.5


def _episodes():
    return 'dreamerv2_tf/pretrained/toy_catch_episodes'
