"""Environments that fail, each episode in the way that its seed decides.

Registered as `tests.misbehaving:NAME-v0`, see `TROUBLES`. In the folder PIDS_OF, a variable of the environment, files
are called like the processes that live: those of environments, and one that each of these starts.
"""

import os
import pathlib
import signal
import subprocess
import sys
import time

import gymnasium
import numpy as np

LENGTH, TROUBLE_STEP = 6, 3  # steps of an episode, and the one in which an episode fails
PIDS = 'PIDS_OF'
HANGING = 'hanging'  # a file in that folder, once an environment hangs


def die():
    os.kill(os.getpid(), signal.SIGKILL)


def hang():
    if PIDS in os.environ:
        (pathlib.Path(os.environ[PIDS]) / HANGING).touch()
    time.sleep(10_000)


def fail():
    raise ValueError('no path to the goal')


TROUBLES = {
    'troubled': (die, hang, fail, 'nan observation', 'infinite reward', None, None, None),
    'healthy': (None,),
    'hangs': (hang,),
    'fails': (fail,),
    'sometimes_fails': (fail, 'nan observation', None),
    'gives_nan': ('nan observation',),
    'endless': ('endless',),
}


class Misbehaving(gymnasium.Env):
    """Observes [steps of the episode], and whether TensorFlow is loaded; the seed picks one of the troubles."""

    def __init__(self, troubles):
        self._troubles = troubles
        self.observation_space = gymnasium.spaces.Dict(
            {
                'vector': gymnasium.spaces.Box(-np.inf, np.inf, (1,), np.float32),
                'log_tensorflow': gymnasium.spaces.MultiBinary(1),
            }
        )
        self.action_space = gymnasium.spaces.Discrete(2)
        if PIDS in os.environ:
            child = subprocess.Popen(['sleep', '10000'], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            for pid in (os.getpid(), child.pid):
                (pathlib.Path(os.environ[PIDS]) / str(pid)).touch()

    def reset(self, *, seed=None, options=None):
        self._trouble, self._step = trouble_of(self._troubles, seed), 0
        return self._observed(0.0), {}

    def step(self, action):
        self._step += 1
        fails = self._step == TROUBLE_STEP
        if fails and callable(self._trouble):
            self._trouble()
        reward = np.inf if fails and self._trouble == 'infinite reward' else 1.0
        value = np.nan if fails and self._trouble == 'nan observation' else self._step
        return self._observed(value), reward, False, self._step >= LENGTH and self._trouble != 'endless', {}

    def _observed(self, value):
        return {
            'vector': np.array([value], np.float32),
            'log_tensorflow': np.array(['tensorflow' in sys.modules], np.int8),
        }


def trouble_of(troubles, seed):
    """What happens in the episode of a seed."""
    return troubles[seed % len(troubles)]


def living(folder):
    """Numbers of the processes in a folder of `PIDS` that are there and no zombies."""
    return [path.name for path in sorted(folder.glob('[0-9]*')) if _lives(path.name)]


def wait_until_gone(folder):
    """Returns once none of them is left."""
    while living(folder):
        time.sleep(0.01)


def _lives(pid):
    try:
        return pathlib.Path(f'/proc/{pid}/stat').read_text().rpartition(')')[2].split()[0] != 'Z'
    except FileNotFoundError:
        return False


for name, troubles in TROUBLES.items():
    gymnasium.register(f'{name}-v0', Misbehaving, kwargs={'troubles': troubles}, disable_env_checker=True)
