"""Atari games as the paper plays them: sticky actions, no-ops, maximum over two frames."""

import gymnasium

from ..errors import UserError, nearest

SIZE = (64, 64)
STICKY = 0.25  # probability that the emulator repeats the last action (paper 3)
NOOPS = 30  # at most, at least 1, at the start of an episode


def game_id(name):
    """ALE's id of a game: `james_bond` and `jamesbond` are both `jamesbond`.

    Raises:
      UserError: no such game.
    """
    import ale_py.roms
    games = {game.replace('_', ''): game for game in ale_py.roms.get_all_rom_ids()}
    if name.replace('_', '') not in games:
        tasks = [f'atari_{game}' for game in games.values()]
        raise UserError(f'unknown task `atari_{name}`{nearest(f"atari_{name}", tasks)}; '
                        'tasks are atari_GAME, such as atari_pong')
    return games[name.replace('_', '')]


def make(name, action_repeat, grayscale, full_actions):
    """A game as a gymnasium environment whose steps are agent steps.

    Rewards are raw, summed over the repeated frames. Losing a life gives no signal. Episodes end with
    the game: a time limit is counted outside, from after the no-ops.
    """
    import ale_py
    game = game_id(name)
    ale_py.ALEInterface.setLoggerMode(ale_py.LoggerMode.Error)
    gymnasium.register_envs(ale_py)
    env = gymnasium.make(
        f'ALE/{"".join(word.title() for word in game.split("_"))}-v5',
        frameskip=1, repeat_action_probability=STICKY, full_action_space=full_actions,
        max_num_frames_per_episode=0, disable_env_checker=True)
    return gymnasium.wrappers.AtariPreprocessing(
        env, noop_max=NOOPS, frame_skip=action_repeat, screen_size=SIZE, grayscale_obs=grayscale,
        grayscale_newaxis=True)
