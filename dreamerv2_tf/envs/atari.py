"""Atari games as the paper plays them: sticky actions, no-ops, maximum over two frames."""

import hashlib
import json
from types import ModuleType
from typing import Any

import gymnasium
import numpy as np

from ..errors import StateError, UserError, nearest
from ..spec import State

IMAGE_SIZE = (64, 64)  # pixels
STICKY_PROBABILITY = 0.25  # that a frame repeats the last action (paper, section 3)
MAX_NOOP_FRAMES = 30  # at the start of an episode; at least 1
ALL_ACTIONS = 18  # of the joystick; the legal set of some games is smaller
MULTIPLAYER = {'combat', 'joust', 'maze_craze', 'warlords'}  # ROMs on which ALE ends the process


def game_id(name: str) -> str:
    """Returns ALE's id of a game: `james_bond` and `jamesbond` are both `jamesbond`.

    Raises:
      UserError: there is no such game.
    """
    import ale_py.roms

    games = {game.replace('_', ''): game for game in ale_py.roms.get_all_rom_ids()}
    if games.get(name.replace('_', '')) in MULTIPLAYER:
        raise UserError(
            f'`atari_{name}` needs several players, and ale-py plays it with none; so do '
            f'{", ".join(sorted(MULTIPLAYER))}. All its other games can be played'
        )
    if name.replace('_', '') not in games:
        tasks = [f'atari_{game}' for game in games.values()]
        raise UserError(
            f'unknown task `atari_{name}`{nearest(f"atari_{name}", tasks)}; tasks are atari_GAME, such as atari_pong'
        )
    return games[name.replace('_', '')]


def make(name: str, action_repeat: int, grayscale: bool, full_actions: bool) -> 'Game':
    """Makes a game as a gymnasium environment whose steps are agent steps.

    A wrapper makes actions stick, not the emulator: its saved state would leave out the action that sticks.
    Rewards are raw, summed over the repeated frames. Losing a life gives no signal. Episodes end with
    the game; another wrapper counts a time limit, from after the no-ops.
    """
    import ale_py

    game = game_id(name)
    register(ale_py)
    env = gymnasium.make(
        f'ALE/{"".join(word.title() for word in game.split("_"))}-v5',
        frameskip=1,
        repeat_action_probability=0,
        full_action_space=full_actions,
        max_num_frames_per_episode=0,
        disable_env_checker=True,
    )
    return Game(
        gymnasium.wrappers.StickyAction(env, STICKY_PROBABILITY),
        noop_max=MAX_NOOP_FRAMES,
        frame_skip=action_repeat,
        screen_size=IMAGE_SIZE,
        grayscale_obs=grayscale,
        grayscale_newaxis=True,
    )


def action_notes(count: int) -> list[str]:
    """Returns sentences for people about a game that knows so many actions."""
    return [f'the game has {count} actions, not {ALL_ACTIONS} as others'] if count != ALL_ACTIONS else []


def register(ale_py: ModuleType) -> None:
    """Makes the ids of ale-py known to Gymnasium, and its emulator quiet."""
    ale_py.ALEInterface.setLoggerMode(ale_py.LoggerMode.Error)
    gymnasium.register_envs(ale_py)


class Game(gymnasium.wrappers.AtariPreprocessing):
    """A game that can go on in another process, to the last bit."""

    env: gymnasium.wrappers.StickyAction
    resumable = True

    @property
    def notes(self) -> list[str]:
        """Sentences for people: how many actions there are where the emulator knows fewer for this game."""
        return action_notes(len(self.ale.getLegalActionSet()))

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        """Repeats an action; the image is the maximum over the last two frames, also where a game ends before its last.

        The wrapper below would show frames of the step before in that case.
        """
        total = 0.0
        for _ in range(self.frame_skip):
            _, reward, terminated, truncated, info = self.env.step(action)
            total += float(reward)
            self.obs_buffer.reverse()
            self._look(self.obs_buffer[0])
            if terminated or truncated:
                break
        return self._get_obs(), total, terminated, truncated, info

    def _look(self, screen: np.ndarray) -> None:
        """Writes the frame of now into an array."""
        if self.grayscale_obs:
            self.ale.getScreenGrayscale(screen)
        else:
            self.ale.getScreenRGB(screen)

    def _get_obs(self) -> np.ndarray:
        """Returns the image of now; the two frames stay as they are."""
        import cv2  # sets environment variables when it is imported

        newest, before = self.obs_buffer
        frame = np.maximum(newest, before) if self.frame_skip > 1 else newest
        return cv2.resize(frame, self.screen_size, interpolation=cv2.INTER_AREA).reshape(*self.screen_size, -1)

    def get_state(self) -> State:
        """Returns ({}, {name: array}): emulator, random states, the screens and the action of the last frames."""
        state = self.ale.cloneState(include_rng=True).serialize()
        return {}, {
            'version': np.array(_version()),
            'emulator': np.frombuffer(state, np.uint8),
            'checksum': np.array(_checksum(state)),
            'random': np.array(json.dumps(self.unwrapped.np_random.bit_generator.state)),
            'screens': np.stack(self.obs_buffer),
            'last_action': np.array(self.env.last_action),
        }

    def set_state(self, plain: dict[str, Any], arrays: dict[str, np.ndarray]) -> None:
        """Goes on with a saved game.

        Raises:
          KeyError: an array is missing.
          StateError: the game was saved by another version of ale-py, or it is damaged.
        """
        import ale_py

        version, state = str(arrays['version']), arrays['emulator'].tobytes()
        if version != _version():
            raise StateError(f'it was saved by ale-py {version}, and this is {_version()}')
        if _checksum(state) != str(arrays['checksum']):  # the emulator would crash, or play on wrongly
            raise StateError('the saved state of the emulator is damaged')
        last_action = int(arrays['last_action'])
        if not self.action_space.contains(last_action):
            raise StateError(f'its last action, {last_action}, is none of this game')
        self.env.reset(seed=0)  # wrappers refuse steps before a reset
        self.ale.restoreState(ale_py.ALEState(state))
        self.unwrapped.np_random.bit_generator.state = json.loads(str(arrays['random']))
        for screen, saved in zip(self.obs_buffer, arrays['screens']):
            screen[...] = saved
        self.env.last_action = last_action


def _version() -> str:
    import ale_py

    return str(ale_py.__version__)


def _checksum(state: bytes) -> str:
    return hashlib.blake2b(state, digest_size=16).hexdigest()
