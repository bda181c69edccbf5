"""Which settings of a run differ from saved ones."""

from ..errors import shorten
from . import presets
from .schema import setting_of
from .tree import Config


def changed_settings(saved: str, config: Config, name: str) -> dict[str, str]:
    """Returns {key: phrase} of settings that differ from saved ones and change what is computed or recorded.

    Args:
      saved: the settings as YAML.
      config: those of now.
      name: of the saved ones, for messages.

    Raises:
      UserError: the saved ones cannot be read.
    """
    old, _ = presets.from_text(saved, name, presets.defaults())
    before, now = old.flat, config.flat
    return {
        key: shorten(f'{key} {before.get(key, "not set")} -> {now.get(key, "not set")}')
        for key in sorted({*before, *now})
        if before.get(key) != now.get(key) and not _is_free(key)
    }


def _is_free(key: str) -> bool:
    setting = setting_of(key)
    return setting is not None and setting.resume == 'free'
