"""A saved agent plays whole episodes for its score."""

import json

import numpy as np
import PIL.Image
import pytest

import dreamerv2_tf
from dreamerv2_tf import evaluate
from dreamerv2_tf.envs.catch import BALLS
from dreamerv2_tf.errors import UserError
from dreamerv2_tf.learning import checkpoint
from dreamerv2_tf.replay import archive
from dreamerv2_tf.replay.episode_file import digest, filename

from . import small
from .fakes import catch_return


@pytest.fixture(scope='module')
def logdir(tmp_path_factory):
    """Two checkpoints of an agent that has learned nothing, the first one the best."""
    logdir = tmp_path_factory.mktemp('run')
    config = small.config(task='toy_catch', action_repeat=1)
    small.save(logdir, config, 500, best=True)
    small.save(logdir, config.updated({'seed': 7}), 900)
    return logdir


def result(logdir, capsys, *flags):
    assert evaluate.main(['--logdir', str(logdir), '--json', *flags]) == 0
    return json.loads(capsys.readouterr().out)


def test_it_plays_so_many_episodes_and_prints_their_returns(logdir, capsys):
    numbers = result(logdir, capsys, '--episodes', '3', '--envs', '2')
    returns = [episode['return'] for episode in numbers['episodes']]
    assert len(returns) == 3 and numbers['mean'] == pytest.approx(np.mean(returns))
    assert numbers['median'] == np.median(returns) and numbers['std'] == pytest.approx(np.std(returns))
    assert all(set(episode) == {'return', 'length'} for episode in numbers['episodes'])
    assert numbers['frames'] == 900


def test_episodes_are_the_same_however_many_are_played_at_once(logdir, capsys):
    alone, together = (
        result(logdir, capsys, '--episodes', '4', '--envs', envs, '--video', str(logdir / f'films{envs}'))['episodes']
        for envs in ('1', '3')
    )
    assert sorted(map(str, alone)) == sorted(map(str, together))
    films = [{path.read_bytes() for path in (logdir / f'films{envs}').iterdir()} for envs in '13']
    assert films[0] == films[1] and len(films[0]) == 4


def test_one_seed_plays_the_same_episodes_and_another_one_others(logdir, capsys):
    once, again, other = (
        result(logdir, capsys, '--policy', 'random', '--episodes', '8', '--seed', seed)['episodes'] for seed in '001'
    )
    assert once == again != other


def test_a_constant_action_is_as_good_as_it_is(logdir, capsys):
    numbers = result(logdir, capsys, '--policy', 'constant:1', '--episodes', '100')
    assert numbers['mean'] == pytest.approx(catch_return(lambda: 1), abs=1)


@pytest.mark.parametrize('which, steps', [('newest', 900), ('best', 500), ('900', 900)])
def test_checkpoints_have_names(logdir, which, steps):
    assert dreamerv2_tf.load_agent(logdir, which).steps == steps


def test_a_film_of_each_episode(logdir, tmp_path, capsys):
    numbers = result(logdir, capsys, '--episodes', '2', '--video', str(tmp_path / 'films'))
    films = sorted((tmp_path / 'films').iterdir())
    assert [path.name for path in films] == [
        f'image-{i:03d}-return-{episode["return"]:g}.gif' for i, episode in enumerate(numbers['episodes'], 1)
    ]
    with PIL.Image.open(films[0]) as film:
        assert film.n_frames > BALLS


def test_a_loaded_agent_acts_on_one_row_or_on_several_alike(logdir):
    agent = dreamerv2_tf.load_agent(logdir)
    row = agent.make_env().reset(seed=0)
    action, state = agent.policy(row)
    assert action.shape == (3,) and action.sum() == 1
    again, _ = agent.policy({key: np.stack([value] * 2) for key, value in row.items()})
    assert again.shape == (2, 3)
    assert state.latent.deter.shape[0] == 1
    begun, _ = agent.policy({**row, 'is_first': True}, state)
    assert begun.shape == (3,)


def test_a_loaded_agent_forgets_where_an_episode_begins(logdir):
    agent = dreamerv2_tf.load_agent(logdir, eval_state_mean=True)
    first, other = (agent.make_env().reset(seed=seed) for seed in (0, 1))
    _, fresh = agent.policy(first)
    _, before = agent.policy(other)
    _, begun = agent.policy({**first, 'is_first': True}, before)
    _, continued = agent.policy({'image': first['image']}, before)
    np.testing.assert_array_equal(begun.latent.deter, fresh.latent.deter)
    assert np.any(continued.latent.deter.numpy() != fresh.latent.deter.numpy())


@pytest.mark.parametrize(
    'flags, message',
    [
        (['--episode', '3'], 'did you mean `--episodes`'),
        (['--model', '--sample'], '`--sample` means nothing with --model'),
        (['--episodes-dir', 'x'], '`--episodes-dir` means nothing without --model'),
        (['--episodes', '0'], 'must be a whole number, 1 or more'),
        (['--envs', '5000'], '`--envs` must be a whole number from 1 to 64'),
        (['--policy', 'constant:3'], 'N from 0 to 2'),
        (['--policy', 'best'], 'must be agent or random'),
        (['--checkpoint', '17'], '000000000500, 000000000900'),
        (['--checkpoint', '/none/there'], 'allowed are newest'),
        (['--task', 'gym_CartPole-v1'], 'does not fit the agent'),
        (['--task', 'toy_cath'], 'did you mean'),
    ],
)
def test_bad_use_is_an_error_of_one_line(logdir, capsys, flags, message):
    assert evaluate.main(['--logdir', str(logdir), *flags]) == 2
    error = capsys.readouterr().err
    assert message in error and error.count('\n') == 1


def test_a_folder_without_a_run_is_an_error(tmp_path, capsys):
    assert evaluate.main(['--logdir', str(tmp_path / 'nothing')]) == 2
    assert 'no checkpoint `newest`' in capsys.readouterr().err


def test_no_file_makes_it_import_a_module(logdir, tmp_path, capsys):
    small.save(tmp_path, small.config(task='toy_catch', action_repeat=1), 0)
    path = tmp_path / 'checkpoints' / '000000000000.npz'
    arrays = checkpoint.read(path)
    config = str(arrays['config']).replace('toy_catch', 'gym_antigravity:Id-v0')
    checkpoint.write(path, {**arrays, 'config': config})
    assert evaluate.main(['--logdir', str(tmp_path)]) == 2
    assert 'name it to allow that' in capsys.readouterr().err
    with pytest.raises(UserError, match='imports a module'):
        dreamerv2_tf.load_agent(tmp_path)


@pytest.fixture(scope='module')
def held_out(logdir):
    """Two episodes in the run's eval_episodes."""
    return [small.catch_episode(logdir / 'eval_episodes', f'20260101T00000{i}', seed=i) for i in range(2)]


def test_the_world_model_is_judged_on_the_newest_held_out_episodes(logdir, held_out, capsys):
    numbers = result(logdir, capsys, '--model', '--episodes', '1')
    assert numbers['episodes'] == 1 and numbers['rows'] == 71 and numbers['columns'] == ['posterior', 1, 5, 15, 45]
    assert numbers['answers'] == [70, 66, 62, 52, 22]
    assert set(numbers['measures']['image_psnr']) == {'model', 'repeat', 'mean'}


def test_without_json_it_is_a_table(logdir, held_out, capsys):
    assert evaluate.main(['--logdir', str(logdir), '--model', '--episodes', '1']) == 0
    out = capsys.readouterr().out
    assert all(name in out for name in ('image_ssim', 'calibration_error', 'prior_entropy', '45 steps'))
    assert '…' not in out


def test_episodes_that_do_not_fit_the_model_are_named_with_both_shapes(logdir, tmp_path, capsys):
    pixels = tmp_path / filename('20260101T000000', digest(0, 0, 0), 60)
    archive.write(pixels, small.episode(60))
    assert evaluate.main(['--logdir', str(logdir), '--model', '--episodes-dir', str(tmp_path)]) == 2
    error = capsys.readouterr().err
    assert f'{pixels} does not fit the agent of' in error
    assert 'rows of `action` must be float32 of the shape (3,). Received: float32 of (4,)' in error
    assert evaluate.main(['--logdir', str(logdir), '--model', '--episodes-dir', str(tmp_path / 'none')]) == 2
    assert 'holds no episode' in capsys.readouterr().err
