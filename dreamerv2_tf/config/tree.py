"""The settings of a run as one immutable tree."""

import io
from collections.abc import Iterator, Mapping
from typing import Any

import ruamel.yaml

from ..errors import UserError, shorten, shown
from . import schema

MAX_PATTERNS = 100  # of keys, in one set of changes


class Config(Mapping[str, Any]):
    """Settings by name: `config.rssm.deter`, `config['rssm.deter']`, `Layer(**config.rssm)`.

    Args:
      flat: {key: typed value}, such as {'rssm.deter': 600}; `updated` converts and checks values, this does not.
    """

    _flat: dict[str, Any]
    _tree: dict[str, Any]

    def __init__(self, flat: Mapping[str, Any]):
        sections: dict[str, Any] = {}
        for key, value in flat.items():
            head, _, rest = key.partition('.')
            if rest:
                sections.setdefault(head, {})[rest] = value
            else:
                sections[head] = value
        tree = {name: Config(value) if isinstance(value, dict) else value for name, value in sections.items()}
        self.__dict__.update(_flat=dict(flat), _tree=tree)

    def updated(self, changes: Mapping[str, object]) -> 'Config':
        """Returns a config with changes {key or pattern: value}; this one stays.

        Raises:
          UserError: an unknown key, or a value that is not allowed.
        """
        patterns = [name for name in changes if not schema.setting_of(name)]
        if len(patterns) > MAX_PATTERNS:
            raise UserError(f'more than {MAX_PATTERNS} patterns of keys: {", ".join(map(shorten, patterns[:5]))}, ...')
        flat = dict(self._flat)
        for name, value in changes.items():
            try:
                flat |= {key: schema.convert(key, value) for key in schema.match(name)}
            except UserError as error:
                quoted = f'`{shorten(name)}`'
                raise UserError(f'{error}' if quoted in str(error) else f'{quoted}: {error}') from None
        return Config(flat)

    @property
    def flat(self) -> dict[str, Any]:
        """The settings as {key: value}, a copy."""
        return dict(self._flat)

    def to_yaml(self) -> str:
        """Returns the settings as a YAML text that `presets.stack` reads."""
        stream = io.StringIO()
        writer = ruamel.yaml.YAML(typ='safe', pure=True)
        writer.default_flow_style = False
        writer.dump(_plain(self), stream)
        return stream.getvalue()

    def __getattr__(self, name: str) -> Any:
        # `copy` looks up special names before there are any settings.
        if name.startswith('_') or name not in self._tree:
            raise AttributeError(f'no setting {name!r}; there are {list(self.__dict__.get("_tree", ()))}')
        return self._tree[name]

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f'a Config cannot be changed; use config.updated({{{name!r}: {shown(value)}}})')

    def __delattr__(self, name: str) -> None:
        raise AttributeError('a Config cannot be changed')

    def __reduce__(self) -> tuple[type['Config'], tuple[dict[str, Any]]]:
        return Config, (self.flat,)

    def __getitem__(self, key: str) -> Any:
        return self._tree[key] if key in self._tree else self._flat[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._tree)

    def __len__(self) -> int:
        return len(self._tree)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Mapping) and dict(self.items()) == dict(other.items())

    def __repr__(self) -> str:
        return f'Config({self._flat})'


def _plain(value: Any) -> Any:
    """Returns a value with dicts and lists, which YAML knows, instead of configs and tuples."""
    if isinstance(value, Config):
        return {name: _plain(inner) for name, inner in value.items()}
    return list(value) if isinstance(value, tuple) else value
