"""DreamerV2, "Mastering Atari with Discrete World Models" (Hafner et al., ICLR 2021).

    import dreamerv2_tf as dv2

    config = dv2.load_config('atari', 'cpu', task='atari_pong')     settings of a run
    result = dv2.train(Corridor, config, logdir='runs/corridor')    a run in an environment of your own; its agent
    dv2.check_env(Corridor)                                         what is wrong with it, and how an agent sees it
    dv2.register_task('corridor', Corridor)                         so that the command takes `--task corridor`
    envs = dv2.make_envs(config); agent = dv2.make_agent(config, envs)     parts of a new agent
    agent = dv2.load_agent(logdir); episodes = dv2.load_episodes(logdir)   agent and episodes of a run
    agent = dv2.load_agent('pretrained:toy_catch')             an agent that comes with the package, see dv2.pretrained
    dv2.DreamEnv(agent), dv2.DreamVectorEnv(agent, 64)         its world model as environments of Gymnasium
    dv2.figures, dv2.films, dv2.latents, dv2.quality_table     draw and count what `agent.dream` and others return

Importing the package changes nothing and does not load TensorFlow; functions that need it do.
"""

import importlib
import pathlib
from typing import TYPE_CHECKING, Any

from . import startup
from .errors import RunError, UserError
from .version import __version__

if TYPE_CHECKING:
    import numpy as np

    from .build import Agent
    from .config.tree import Config
    from .envs.python_tasks import EnvFn
    from .envs.vector import Environments
    from .evaluation.sources import Pretrained
    from .inspection.saved_agent import SavedAgent
    from .recordings.episodes import Episodes

__all__ = [
    'RunError',
    'UserError',
    '__version__',
    'gif',
    'load_agent',
    'load_config',
    'load_episodes',
    'make_agent',
    'make_envs',
    'pretrained',
    'register_envs',
    'register_task',
]

_MODULES = {'figures', 'films', 'latents', 'quality_table'}  # of inspection/, loaded when they are first used
_CLASSES = {'DreamEnv', 'DreamVectorEnv'}  # of playground/dream_env
_DOORS = {'train', 'check_env'}  # modules that are commands, and can be called, see `cli.make_callable`


def load_config(*presets: str, **changes: Any) -> 'Config':
    """Returns the settings of a run: presets, of which later ones win, then single changes.

    Args:
      presets: names of presets, or paths of YAML files; `atari` where there are none.
      changes: settings by name, sections as dicts: task='atari_pong', rssm={'deter': 200}.

    Raises:
      UserError: an unknown preset or key, or a value that is not allowed.
    """
    from .config.presets import load_config

    return load_config(*presets, **changes)


def make_envs(config: 'Config', mode: str = 'train') -> 'Environments':
    """Returns the environments of a config: `reset(index, seed)` and `step(actions)` return rows, or a `Failure`.

    mode: `train` or `eval`.

    Raises:
      UserError: an unknown task, or a package that is not installed.
    """
    with startup.loading_tensorflow():
        from . import build
    return build.make_envs(config, mode)


def make_agent(config: 'Config', envs: 'Environments') -> 'Agent':
    """Returns a new agent for environments, with all its variables; it has learned nothing.

    Raises:
      UserError: settings that do not fit the environments.
    """
    with startup.loading_tensorflow():
        from . import build
    return build.make_agent(config, envs.observation, envs.action)


def register_task(name: str, env_fn: 'EnvFn') -> None:
    """Lets `env_fn()` make the environments of a task: `train`, `--task NAME` and `task=NAME` find it in this process.

    A function of the same name and module replaces the one before it, so that the cell of a notebook may run again.

    Raises:
      UserError: the name is not allowed or in use, or `env_fn` is no function.
    """
    from .envs.registry import register_task

    register_task(name, env_fn)


def register_envs() -> None:
    """Makes the dream of an agent known to Gymnasium.

        gymnasium.make('dreamerv2_tf/Dream-v0', agent='pretrained:krull', horizon=50)

    `agent` is what `load_agent` takes; other arguments are those of `DreamEnv`. `gymnasium.make_vec` with
    `vectorization_mode='vector_entry_point'` makes a `DreamVectorEnv`.
    """
    from .playground import registration

    registration.register()


def load_agent(where: str | pathlib.Path, checkpoint: str | int = 'newest', **changes: Any) -> 'SavedAgent':
    """Returns a saved agent, to act with and to look inside.

    Args:
      where: folder of a run, a file that `python -m dreamerv2_tf.export` wrote, or `pretrained:NAME`, see `pretrained`.
      checkpoint: of a run: newest, best, the agent steps of one, or the path of one.
      changes: settings that differ from those of the run, such as seed=1.

    Raises:
      UserError: there is no such checkpoint, or it cannot be used.
    """
    with startup.loading_tensorflow():
        from .inspection.saved_agent import load_agent
    return load_agent(where, checkpoint, **changes)


def pretrained() -> 'list[Pretrained]':
    """Returns the agents that come with the package: name, task, frames, how well they play, megabytes."""
    from .evaluation.sources import pretrained

    return pretrained()


def load_episodes(where: str | pathlib.Path) -> 'Episodes':
    """Returns saved episodes, oldest first; their arrays are read when they are used.

    Args:
      where: a folder of episodes or of a run (then its train_episodes), a file, or a pattern of them.

    Raises:
      UserError: there is none.
    """
    from .recordings.episodes import load_episodes

    return load_episodes(where)


def gif(frames: 'np.ndarray', frames_per_second: int = 10) -> bytes:
    """The bytes of an animated GIF of frames, uint8 [T, H, W, C] with 1, 3 or 4 channels, such as those of `films`."""
    from .media.gif import gif

    return gif(frames, frames_per_second)


def __getattr__(name: str) -> Any:
    if name in _DOORS:
        return importlib.import_module(f'.{name}', __name__)
    if name in _CLASSES:
        with startup.loading_tensorflow():
            return getattr(importlib.import_module('.playground.dream_env', __name__), name)
    if name not in _MODULES:
        raise AttributeError(f'module {__name__!r} has no attribute {name!r}')
    with startup.loading_tensorflow():
        return importlib.import_module(f'.inspection.{name}', __name__)


def __dir__() -> list[str]:
    return sorted({*globals(), *_MODULES, *_CLASSES, *_DOORS})
