"""The world model as environments."""

import warnings

import gymnasium
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env

import dreamerv2_tf as dv2
from dreamerv2_tf import build
from dreamerv2_tf.errors import UserError
from dreamerv2_tf.evaluation.restore import RestoredAgent
from dreamerv2_tf.inspection.saved_agent import SavedAgent

from .. import small

LEFT, STAY, RIGHT = 0, 1, 2


def untrained(task, preset=(), **changes):
    """A `SavedAgent` with tiny layers for a task."""
    config = small.config(task=task, action_repeat=1, **changes)
    env = build.env_constructor(config, 'eval')()
    agent = build.make_agent(config, env.observation, env.action)
    return SavedAgent(RestoredAgent(config, agent, 'untrained.npz', 0, gym_spaces=env.gym_spaces))


def zeros(agent):
    return agent.world_model.rssm.initial(1)


def play(env, actions, seed=3):
    """All that an environment gives for a seed and actions."""
    given = [env.reset(seed=seed)]
    for action in actions:
        given.append(env.step(action))
    return given


def assert_same(one, other):
    for left, right in zip(one, other, strict=True):
        np.testing.assert_array_equal(left[0], right[0])
        assert left[1:-1] == right[1:-1]
        for key, value in left[-1].items():
            np.testing.assert_array_equal(value, right[-1][key])


def test_gymnasium_finds_nothing_wrong_with_it(catcher):
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter('always')
        check_env(dv2.DreamEnv(catcher, horizon=20))
    assert [str(each.message) for each in found if 'dream' in str(each.filename)] == []


@pytest.mark.parametrize(
    'task, changes',
    [
        ('gym_CartPole-v1', {'encoder__mlp_keys': '.*', 'decoder__mlp_keys': '.*'}),
        ('gym_Pendulum-v1', {'encoder__mlp_keys': '.*', 'decoder__mlp_keys': '.*', 'rssm__discrete': 'False'}),
    ],
)
def test_vectors_numbers_as_actions_and_gaussian_latents_are_dreamt_too(task, changes):
    agent = untrained(task, **changes)
    env = dv2.DreamEnv(agent, start=zeros(agent), horizon=3)
    assert env.action_space == gymnasium.make(task.removeprefix('gym_')).action_space
    observation, _ = env.reset(seed=1)
    assert observation.dtype == np.float32 and env.observation_space.contains(observation)
    steps = [env.step(env.action_space.sample()) for _ in range(3)]
    assert [step[3] for step in steps] == [False, False, True]  # truncated at the horizon


def test_one_seed_is_one_dream_and_another_one_another(catcher):
    actions = [LEFT, RIGHT, STAY, STAY, LEFT, RIGHT]
    env, other = dv2.DreamEnv(catcher), dv2.DreamEnv(catcher, seed=9)
    assert_same(play(env, actions), play(other, actions))
    unequal = zip(play(env, actions), play(env, actions, seed=4))
    assert any((a[0] != b[0]).any() for a, b in unequal)


def test_without_a_seed_for_reset_the_seed_of_the_environment_counts(catcher):
    first, second = (dv2.DreamEnv(catcher, seed=5).reset()[0] for _ in range(2))
    np.testing.assert_array_equal(first, second)


def test_a_branch_begins_where_the_dream_is_and_goes_its_own_way(catcher):
    env = dv2.DreamEnv(catcher, ends='never')
    env.reset(seed=0)
    env.step(STAY)
    before = env.state
    branch = env.branch()
    np.testing.assert_array_equal(branch.state.latent.deter, before.latent.deter)
    branch.step(LEFT)
    branch.step(LEFT)
    np.testing.assert_array_equal(env.state.latent.deter, before.latent.deter)  # the dream itself has not moved
    env.step(RIGHT)
    assert (env.state.latent.deter != branch.state.latent.deter).any()


def test_a_state_that_is_set_is_where_the_dream_goes_on(catcher):
    episode = dv2.load_episodes('dreamerv2_tf/pretrained/toy_catch_episodes')[0]
    env = dv2.DreamEnv(catcher, ends='never')
    env.state = catcher.observe(episode).at(12)
    image, reward, *_ = env.step(episode.action[13].argmax())
    true, seen = np.asarray(episode.image[13], int), np.asarray(image, int)
    assert abs(true - seen).mean() < 10  # of 255: ball and paddle are where they were
    saved = env.state
    env.step(LEFT)
    env.state = saved
    np.testing.assert_array_equal(env.state.latent.stoch, saved.latent.stoch)
    assert env.state.steps == saved.steps == 1


def test_what_is_seen_in_a_state_that_is_set_is_that_state(catcher):
    episode = dv2.load_episodes('dreamerv2_tf/pretrained/toy_catch_episodes')[0]
    env = dv2.DreamEnv(catcher, start=episode, render_mode='rgb_array')
    env.state = catcher.observe(episode).at(20)
    assert abs(env.render()[..., 0].astype(int) - episode.image[20][..., 0]).mean() < 10
    np.testing.assert_array_equal(env.branch().render(), env.render())
    began = dv2.DreamEnv(catcher, start=env.state)
    began.reset(seed=1)
    np.testing.assert_array_equal(began.state.latent.deter, env.state.latent.deter)


def test_info_tells_what_the_agent_makes_of_it(catcher):
    env = dv2.DreamEnv(catcher)
    env.reset(seed=0)
    *_, info = env.step(STAY)
    variables, classes = catcher.config.rssm.stoch, catcher.config.rssm.discrete
    assert info['latent'].shape == (variables, classes) and (info['latent'].sum(-1) == 1).all()
    assert info['feat'].shape == (variables * classes + catcher.config.rssm.deter,)
    state = env.state.latent
    expected = catcher.predict(state)
    np.testing.assert_allclose(info['value'], expected.value[0], rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(info['entropy'], expected.entropy[0], rtol=1e-3, atol=1e-5)
    continues = expected.discount[0] / catcher.config.discount
    np.testing.assert_allclose(info['end_probability'], 1 - min(continues, 1), atol=1e-5)


def test_rewards_are_those_of_the_task_and_not_their_tanh():
    tanh, sign = untrained('toy_catch'), untrained('toy_catch', clip_rewards='sign')
    for agent, of in ((tanh, np.arctanh), (sign, lambda reward: reward)):
        env = dv2.DreamEnv(agent, start=zeros(agent))
        env.reset(seed=0)
        _, reward, *_ = env.step(STAY)
        np.testing.assert_allclose(reward, of(agent.predict(env.state.latent).reward[0]), rtol=1e-4, atol=1e-6)


def ends_of(agent, ends, steps=60):
    env = dv2.DreamVectorEnv(agent, 16, start=zeros(agent), horizon=steps, ends=ends)
    env.reset(seed=0)
    return np.array([env.step(np.full(16, STAY))[2] for _ in range(steps - 1)])


def test_ends_are_drawn_or_thresholded_or_left_to_the_horizon():
    agent = untrained('toy_catch', discount=0.5)
    for kernel in (v for v in agent.world_model.discount_head.variables if v.path.endswith('out/kernel')):
        kernel.assign(np.zeros(kernel.shape))
    [bias] = [v for v in agent.world_model.discount_head.variables if v.path.endswith('out/bias')]
    bias.assign([np.log(0.45 / 0.55)])  # discount about 0.45 of gamma 0.5: the episode ends with about 0.1
    share = ends_of(agent, 'draw').mean()
    assert 0.03 < share < 0.2
    assert not ends_of(agent, 'threshold').any() and not ends_of(agent, 'never').any()
    bias.assign([-3.0])  # it ends nearly for sure
    assert ends_of(agent, 'threshold')[0].all() and not ends_of(agent, 'never').any()


def test_side_by_side_a_dream_that_ended_begins_anew_with_its_next_step(catcher):
    env = dv2.DreamVectorEnv(catcher, 3, horizon=2, ends='never')
    assert env.metadata['autoreset_mode'] == gymnasium.vector.AutoresetMode.NEXT_STEP
    images, infos = env.reset(seed=0)
    assert images.shape == (3, 64, 64, 1) and infos['value'].shape == (3,) and infos['_value'].all()
    env.step(np.array([LEFT, STAY, RIGHT]))
    *_, truncated, _ = env.step(np.array([LEFT, STAY, RIGHT]))
    assert truncated.all()
    _, rewards, terminated, truncated, _ = env.step(np.array([LEFT, STAY, RIGHT]))
    assert not rewards.any() and not terminated.any() and not truncated.any()  # it has begun, nothing was done
    assert env.traces == 1


def test_vectors_of_dreams_follow_from_the_seed(catcher):
    env = dv2.DreamVectorEnv(catcher, 4)
    runs = []
    for _ in range(2):
        env.reset(seed=2)
        runs.append([env.step(np.array([LEFT, STAY, RIGHT, LEFT]))[:2] for _ in range(5)])
    for (image, reward), (again, same) in zip(*runs):
        np.testing.assert_array_equal(image, again)
        np.testing.assert_array_equal(reward, same)


def test_gymnasium_makes_it_by_its_id():
    dv2.register_envs()
    dv2.register_envs()  # twice is once
    env = gymnasium.make('dreamerv2_tf/Dream-v0', agent='pretrained:toy_catch', horizon=4, render_mode='rgb_array')
    env.reset(seed=0)
    assert env.render().shape == (64, 64, 3)
    several = gymnasium.make_vec('dreamerv2_tf/Dream-v0', 2, vectorization_mode='vector_entry_point')
    assert several.reset(seed=0)[0].shape == (2, 64, 64, 1)


@pytest.mark.parametrize(
    'settings, message',
    [
        ({'horizon': 0}, '`horizon` must be a whole number, 1 or more. Received: 0'),
        ({'horizon': True}, '`horizon` must be a whole number, 1 or more. Received: True'),
        ({'ends': 'maybe'}, '`ends` must be one of draw, threshold, never'),
        ({'start': 3}, '`start` must be states, such as'),
        ({'start': []}, '`start` must be states, such as'),
        ({'start': 'episodes'}, '`start` must be states, such as'),
        ({'start': [3]}, '`start` must hold episodes'),
        ({'start': {'image': np.zeros((4, 64, 64, 1), np.uint8)}}, '`start` must hold episodes'),
        ({'seed': -1}, '`seed` must be a whole number, 0 or more. Received: -1'),
        ({'seed': 1.5}, '`seed` must be a whole number, 0 or more. Received: 1.5'),
        ({'render_mode': 'human'}, '`render_mode` must be None or rgb_array'),
    ],
)
def test_what_cannot_be_used_is_named(catcher, settings, message):
    with pytest.raises(UserError, match=message):
        dv2.DreamEnv(catcher, **settings)


def test_states_and_actions_of_another_agent_are_refused(catcher):
    other = untrained('toy_catch')
    with pytest.raises(UserError, match='`start` does not fit the agent'):
        dv2.DreamEnv(catcher, start=zeros(other))
    env = dv2.DreamEnv(catcher)
    with pytest.raises(UserError, match='no dream has begun'):
        env.step(STAY)
    with pytest.raises(UserError, match='`state` does not fit the agent'):
        env.state = zeros(other)
    env.reset(seed=0)
    for action in (3, -1, 'left', None, [1, 2], 1.5, np.float32(1)):
        with pytest.raises(UserError, match='this is no action of Discrete'):
            env.step(action)
    for latent, steps in ((np.nan, [0]), (0, [-1]), (0, ['a']), (0, [0, 0])):
        state = env.state
        with pytest.raises(UserError, match='`state` must be'):
            env.state = state._replace(
                latent=state.latent._replace(deter=state.latent.deter + latent), steps=np.array(steps)
            )
    with pytest.raises(UserError, match='`agent` must be what dv2.load_agent returns'):
        dv2.DreamEnv('pretrained:toy_catch')
    several = dv2.DreamVectorEnv(catcher, np.int64(2))
    with pytest.raises(UserError, match=r'no dream has begun: reset\(\) begins them'):
        several.step(np.array([0, 1]))
    several.reset(seed=0)
    with pytest.raises(UserError, match='there must be 2 actions. Received: 3'):
        several.step(np.array([0, 1, 2]))
    with pytest.raises(UserError, match='where episodes of this agent are is not known'):
        dv2.DreamEnv(other)
