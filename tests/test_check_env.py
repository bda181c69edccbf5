"""The command that checks an environment, and the call of the same name."""

import pytest

import dreamerv2_tf as dv2
from dreamerv2_tf import check_env

from . import corridor


def test_a_sound_environment_is_described_and_ends_well(capsys):
    assert check_env.main(['CartPole-v1']) == 0
    printed = capsys.readouterr().out
    for text in (
        'gym_CartPole-v1',
        'vector of 4, float32',
        '2 discrete actions',
        '1,000 random steps',
        'nothing is wrong',
    ):
        assert text in printed


def test_settings_change_what_an_agent_sees(capsys):
    assert check_env.main(['atari_skiing', '--atari_grayscale', 'False', '--action_repeat', '4']) == 0
    printed = capsys.readouterr().out
    assert 'image of 64 x 64 pixels, 3 channels' in printed and 'has 9 actions, not 18' in printed


def test_what_is_wrong_is_listed_and_ends_badly(capsys):
    assert check_env.main(['tests.misbehaving:gives_nan-v0']) == 1
    printed = capsys.readouterr().out
    assert 'one thing is wrong:' in printed and '`vector` holds nan at step 3' in printed


@pytest.mark.parametrize('task', ['CartPol-v1', 'atari_pnog', 'nowhere:Maze-v0', 'maze'])
def test_what_cannot_be_made_is_bad_use(task, capsys):
    assert check_env.main([task]) == 2
    assert capsys.readouterr().err.count('\n') == 1


def test_an_error_shows_where_it_is_from_on_demand(capsys):
    assert check_env.main(['tests.corridor:None-v0', '--debug_errors']) == 2
    error = capsys.readouterr().err
    assert error.startswith('Traceback') and error.splitlines()[-1].startswith('error: ')


def test_from_python_a_function_or_an_environment_is_checked(capsys):
    assert dv2.check_env(corridor.Corridor).problems == dv2.check_env(corridor.Corridor()).problems == []
    assert len(dv2.check_env(corridor.RewardedByArrays).problems) == 1
    with pytest.raises(dv2.UserError, match='must make a gymnasium.Env'):
        dv2.check_env(corridor.no_env)
