"""Makes environments by their Gymnasium ids, and registers those of packages that wait to be asked."""

import re
from collections.abc import Callable
from types import ModuleType
from typing import NamedTuple

import gymnasium

from ..errors import UserError, nearest, require
from . import atari, gym_api


class Plugin(NamedTuple):
    """A package whose ids Gymnasium does not find by itself.

    Attributes:
      module: of the package, to be imported.
      extra: of this project, which brings the package; '' if it is always there.
      register: function of the imported package that makes its ids known.
      wrap: function that makes its environments show images or vectors.
    """

    module: str
    extra: str
    register: Callable[[ModuleType], None]
    wrap: Callable[[gymnasium.Env], gymnasium.Env] = lambda env: env


def is_id(text: str) -> bool:
    """Returns whether a text is an id that is known, or looks like one."""
    return ':' in text or text in gymnasium.registry or bool(re.search(r'-v\d+$', text))


def make(name: str) -> gymnasium.Env:
    """Makes the environment of ID or MODULE:ID, which imports MODULE.

    Raises:
      UserError: there is no such id, or a package is missing or fails.
    """
    task = f'`gym_{name}`'
    identifier = name.rpartition(':')[2]
    plugin = next((plugin for prefix, plugin in PLUGINS.items() if identifier.startswith(prefix)), None)
    if plugin:
        plugin.register(require(plugin.module, plugin.extra, task))
    elif ':' not in name and name not in gymnasium.registry:
        known = [f'gym_{registered}' for registered in gymnasium.registry]
        raise UserError(
            f'unknown task {task}{nearest(f"gym_{name}", known)}; gym_ID must name a registered environment'
        )
    try:
        made = gymnasium.make(name)
    except (gymnasium.error.Error, ImportError) as error:
        raise UserError(f'{task} cannot be made: {" ".join(str(error).split())}') from error
    except Exception as error:  # of any kind: it is the package's own
        raise gym_api.failure(f'{task} cannot be made, {_package(name)} fails', error) from error
    return plugin.wrap(made) if plugin else made


def _package(name: str) -> str:
    """Returns the package that makes an id, as a phrase."""
    spec = gymnasium.registry.get(name.rpartition(':')[2])
    entry = spec.entry_point if spec else None
    module = entry if isinstance(entry, str) else getattr(entry, '__module__', '')
    package = module.partition(':')[0].partition('.')[0]
    return f'the package {package}' if package else 'its package'


def _register_minatar(minatar_gym: ModuleType) -> None:
    if not any(registered.startswith('MinAtar/') for registered in gymnasium.registry):  # else Gymnasium warns
        minatar_gym.register_envs()


def _minigrid_image(env: gymnasium.Env) -> gymnasium.Env:
    from minigrid.wrappers import RGBImgPartialObsWrapper

    return RGBImgPartialObsWrapper(env)


_minigrid = Plugin('minigrid', 'minigrid', gymnasium.register_envs, _minigrid_image)

PLUGINS = {  # {beginning of ids: plugin}
    'ALE/': Plugin('ale_py', '', atari.register),
    'MiniGrid-': _minigrid,
    'BabyAI-': _minigrid,
    'MinAtar/': Plugin('minatar.gym', 'minatar', _register_minatar),
}
